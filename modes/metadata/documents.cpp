#include "modes/metadata/documents.h"

#include "base/base64.h"
#include "modes/metadata/object_text.h"
#include "modes/render/by_object.h"

#include <boost/json.hpp>

#include <optional>
#include <utility>

namespace netctl::metadata {
namespace {

using cloud::Instance;

std::optional<net::Ipv4Address> publicAddressOf(const cloud::Cloud& cloud,
                                                const cloud::InstanceId& id) {
  const auto address = cloud.addressOf(id);
  return address ? std::optional(address->address) : std::nullopt;
}
std::optional<net::Ipv4Address> publicAddressOf(const render::FormerCloud& former,
                                                const cloud::InstanceId& id) {
  return former.publicAddressOf(id);
}

/// Those that the server needs.
boost::json::object optionsOf(const cloud::MetadataOptions& options) {
  return {{"needs_token", options.needs_token},
          {"token_hops", options.token_hops},
          {"enabled", options.enabled}};
}

struct Documents {
  using Source = Instance;
  using Key = net::Ipv4Address;

  static std::optional<Key> key(const auto& /*cloud*/, const Instance& instance) {
    return instance.private_address;
  }
  static std::string value(const auto& cloud, const Instance& instance) {
    InstanceFacts facts{.settings = cloud.settings(),
                        .instance = instance,
                        .group_names = {},
                        .public_address = publicAddressOf(cloud, instance.id)};
    for (const auto& id : instance.groups) facts.group_names.push_back(cloud.group(id)->name);
    auto options = instance.metadata;
    options.shows_tags = false;  // they are items
    return format(Document{instance.id.text(), itemsOf(facts), options});
  }
  static cloud::Ref<Instance> find(const cloud::Cloud& cloud, Key address) {
    return cloud.instanceByPrivateAddress(address);
  }
  static void touchBesides(const render::FormerCloud& former, const auto& touch) {
    for (const auto& [address, change] : former.changes().addresses) {
      for (const auto& holder : {change.before, change.after}) {
        if (!holder || !holder->instance) continue;
        const auto instance = former.now().instance(*holder->instance);
        if (instance && instance->private_address) touch(*instance->private_address);
      }
    }
  }
  static void claim(Key address, host::Rendering& rendering) {
    rendering.scope.metadata_documents.insert(address);
  }
  static void put(Key address, std::string text, host::HostState& state) {
    state.metadata.documents[address] = std::move(text);
  }
};

}  // namespace

std::string format(const Document& document) {
  constexpr std::size_t kUsualSize = 2048;
  ObjectText items(kUsualSize);
  std::string_view user_data;
  for (const auto& [path, text] : document.items) {
    if (path == kUserData) {
      user_data = text;
    } else {
      items.add(path, text);
    }
  }
  ObjectText whole(kUsualSize);
  whole.add("instance", document.instance);
  whole.addJson("items", items.take());
  whole.add("user_data", encodeBase64(user_data));
  if (document.options != cloud::MetadataOptions{}) {
    whole.addJson("options", boost::json::serialize(optionsOf(document.options)));
  }
  return whole.take();
}

void addMetadata(render::Renderers& renderers) {
  addFixed(renderers, [](const cloud::Settings& settings, host::HostState& state) {
    state.metadata.server = host::MetadataServer{settings.metadata_needs_token};
  });
  addByObject(renderers, Documents{});
}

}  // namespace netctl::metadata
