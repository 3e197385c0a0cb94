#include "netctl/store/etcd/stored_cloud.h"

#include "netctl/store/etcd/values.h"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace netctl::store {

Result<std::optional<Guard>> readGuard(etcd::Client& client, const std::string& prefix) {
  const auto page = client.range({.first = prefix + std::string(kMetaKey)});
  if (!page) return page.error();
  if (page->pairs.empty()) return std::optional<Guard>{};
  const auto& pair = page->pairs.front();
  auto meta = parseMeta(pair.value);
  if (!meta) return meta.error();
  return std::optional(Guard{*std::move(meta), pair.mod_revision});
}

Result<StoredCloud> readStored(etcd::Client& client, const std::string& prefix,
                               cloud::Settings settings) {
  const auto page = client.all(prefix);
  if (!page) return page.error();
  StoredCloud stored{{}, cloud::Cloud(std::move(settings)), {}, {}};
  bool has_meta = false;
  for (const auto& pair : page->pairs) {
    const auto key = std::string_view(pair.key).substr(prefix.size());
    if (key == kMetaKey) {
      auto meta = parseMeta(pair.value);
      if (!meta) return meta.error();
      stored.guard = {*std::move(meta), pair.mod_revision};
      has_meta = true;
    } else if (key == kReviewsKey) {
      auto reviews = parseReviews(pair.value);
      if (!reviews) return reviews.error();
      stored.reviews = *std::move(reviews);
      stored.reviews_text = pair.value;
    } else if (auto done = etcd_values::readInto(stored.cloud, key, pair.value); !done) {
      return done.error();
    }
  }
  (void)stored.cloud.takeChanges();
  if (!has_meta) {
    return Error{ErrorCode::NotFound, "InvalidConfiguration",
                 fmt::format("there is not a cloud below {} in etcd", prefix)};
  }
  return stored;
}

Result<void> checkStored(const StoredCloud& stored, const std::string& prefix) {
  if (auto done = etcd_values::checkReferences(stored.cloud); !done) return done;
  const auto differs = difference(stored.guard.meta.inventory, inventoryOf(stored.cloud));
  if (differs.empty()) return {};
  return Error{ErrorCode::Internal, "InternalError",
               fmt::format("the cloud below {} in etcd has lost something, or was changed by "
                           "another program: {}; restore etcd from a snapshot, or take what is "
                           "there for the cloud (netctl state accept)",
                           prefix, differs)};
}

Result<void> remember(const cloud::Cloud& cloud, CloudMeta& meta) {
  const auto& settings = cloud.settings();
  const auto keep = [&](const char* key, std::string& former, std::string now) -> Result<void> {
    if (former == now) return {};
    if (!former.empty() && !cloud.instances().empty()) {
      return Error{ErrorCode::Conflict, "InvalidConfiguration",
                   fmt::format("{} is {}, but {} instances are attached under {}, {} is one; "
                               "restore it, or detach them under the former configuration",
                               key, now, cloud.instances().size(), former,
                               cloud.instances().begin()->first.text())};
    }
    former = std::move(now);
    return {};
  };
  if (auto done = keep("VNET_MODE", meta.mode, std::string(cloud::format(settings.mode))); !done) {
    return done;
  }
  if (auto done = keep("VNET_SUBNET/VNET_NETMASK", meta.subnet, net::format(settings.plan.subnet));
      !done) {
    return done;
  }
  return keep("VNET_ADDRSPERNET", meta.network_size, std::to_string(settings.plan.network_size));
}

std::string newId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace netctl::store
