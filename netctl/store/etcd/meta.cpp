#include "netctl/store/etcd/meta.h"

#include "base/text.h"
#include "modes/cloud/faults.h"
#include "netctl/json/fields.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <limits>
#include <vector>

namespace netctl::store {
namespace {

/// Of all values of the cloud.
constexpr std::int64_t kFormat = 1;

constexpr json::Field kMetaMembers[] = {{.name = "format",
                                         .type = json::Type::Number,
                                         .maximum = std::numeric_limits<std::int64_t>::max()},
                                        {.name = "identity"},
                                        {.name = "writer"},
                                        {.name = "writer_host"},
                                        {.name = "last"},
                                        {.name = "inventory"},
                                        {.name = "mode"},
                                        {.name = "subnet"},
                                        {.name = "network_size"}};

constexpr json::Field kReviewMembers[] = {{.name = "review", .type = json::Type::Strings},
                                          {.name = "keep", .type = json::Type::Strings}};

Error wrongValue(std::string_view key, std::string_view value, std::string_view why) {
  return {ErrorCode::Internal, "InternalError",
          fmt::format("etcd: key {}: {} (its value: {})", key, why, quote(value))};
}

Result<boost::json::value> parseValue(std::string_view key, std::string_view text) {
  boost::system::error_code error;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
  if (error) return wrongValue(key, text, "it is not JSON");
  return value;
}

boost::json::array textsOf(const std::set<net::Ipv4Address>& addresses) {
  boost::json::array array;
  for (const auto address : addresses) array.emplace_back(net::format(address));
  return array;
}

std::set<net::Ipv4Address> addressesOf(const json::Fields& fields, std::string_view name) {
  std::set<net::Ipv4Address> addresses;
  for (const auto& text : fields.texts(name).value_or(std::vector<std::string>{})) {
    const auto address = net::parseIpv4Address(text);
    if (fields.check(name, address)) addresses.insert(*address);
  }
  return addresses;
}

}  // namespace

std::string format(const CloudMeta& meta) {
  return boost::json::serialize(boost::json::object{{"format", kFormat},
                                                    {"identity", meta.identity},
                                                    {"writer", meta.writer},
                                                    {"writer_host", meta.writer_host},
                                                    {"last", meta.last},
                                                    {"inventory", format(meta.inventory)},
                                                    {"mode", meta.mode},
                                                    {"subnet", meta.subnet},
                                                    {"network_size", meta.network_size}});
}

Result<CloudMeta> parseMeta(std::string_view text) {
  const auto value = parseValue(kMetaKey, text);
  if (!value) return value.error();
  if (const auto* object = value->if_object()) {
    const auto* written = object->if_contains("format");
    if (written != nullptr && written->is_int64() && written->get_int64() > kFormat) {
      return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                   fmt::format("a newer netctld has written the cloud in etcd: its format is {}, "
                               "and this one knows {}; upgrade netctl",
                               written->get_int64(), kFormat)};
    }
  }
  cloud::Faults faults;
  const json::Fields fields(*value, kMetaMembers, "", faults, "member");
  const auto member = [&](std::string_view name) { return fields.text(name).value_or(""); };
  const auto inventory = parseInventory(member("inventory"));
  if (faults.empty()) (void)fields.check("inventory", inventory);
  if (!faults.empty()) {
    const auto fault = faults.error().faults.front();
    return wrongValue(kMetaKey, text, fmt::format("{}: {}", fault.where, fault.message));
  }
  return CloudMeta{.identity = member("identity"),
                   .writer = member("writer"),
                   .writer_host = member("writer_host"),
                   .last = member("last"),
                   .inventory = *inventory,
                   .mode = member("mode"),
                   .subnet = member("subnet"),
                   .network_size = member("network_size")};
}

std::string format(const PendingReviews& pending) {
  return boost::json::serialize(
      boost::json::object{{"review", textsOf(pending.review)}, {"keep", textsOf(pending.keep)}});
}

Result<PendingReviews> parseReviews(std::string_view text) {
  const auto value = parseValue(kReviewsKey, text);
  if (!value) return value.error();
  cloud::Faults faults;
  const json::Fields fields(*value, kReviewMembers, "", faults, "member");
  PendingReviews pending{addressesOf(fields, "review"), addressesOf(fields, "keep")};
  if (faults.empty()) return pending;
  const auto fault = faults.error().faults.front();
  return wrongValue(kReviewsKey, text, fmt::format("{}: {}", fault.where, fault.message));
}

}  // namespace netctl::store
