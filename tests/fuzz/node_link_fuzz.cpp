// Bytes as either end of the node link may get them. What is taken can be written again and read
// back as the same, and a host can be made of a part.
#include "modes/cloud/part.h"
#include "netctl/node/link_messages.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace netctl;

void require(bool promise) {
  if (!promise) std::abort();
}

void takePart(const cloud::Part& part) {
  require(cloud::check(part).has_value());
  cloud::Settings own;
  own.host.node_name = "n1";
  cloud::Cloud cloud(cloud::settingsOf(part.settings, own));
  cloud::edit(cloud, cloud::difference({}, part));
  require(cloud.instances().size() == part.instances.size());
  cloud::edit(cloud, cloud::difference(part, {part.settings, {}, {}}));
  require(cloud.instances().empty() && cloud.groups().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto message = node::decodeFromNode(text)) {
    const auto again = node::decodeFromNode(node::encode(*message));
    require(again.has_value() && node::encode(*again) == node::encode(*message));
  }
  if (const auto message = node::decodeFromCluster(text)) {
    const auto again = node::decodeFromCluster(node::encode(*message));
    require(again.has_value() && node::encode(*again) == node::encode(*message));
    if (const auto* const whole = std::get_if<node::WholePart>(&*message)) takePart(whole->part);
    if (const auto* const change = std::get_if<node::PartChange>(&*message)) {
      cloud::Part part;
      cloud::apply(change->difference, part);
    }
  }
  return 0;
}
