#pragma once

#include "base/result.h"
#include "modes/net/mac.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netctl::kernel {

/// A network device as the kernel describes it.
struct Link {
  int index = 0;
  std::string name;
  std::vector<std::string> alternative_names;
  bool is_bridge = false;
  int master = 0;        ///< index of the bridge (or other device) that it is a port of; 0: none
  bool hairpin = false;  ///< of a bridge's port: frames may leave by the port that they came in
  std::uint32_t mtu = 0;
  net::MacAddress mac;
  bool is_ethernet = false;  ///< has Ethernet frames and addresses
  bool up = false;           ///< administratively
  bool carrier = false;      ///< can carry frames now
  /// How often it has got its carrier: the kernel tells of a loss up to a second later, and of none
  /// at all where the carrier is back by then.
  std::uint32_t carrier_ups = 0;
  std::uint32_t group = 0;  ///< device group
  /// Index of the device that it stands on, like a VLAN device's trunk; 0: none in this namespace.
  int parent = 0;
  std::optional<std::uint16_t> vlan_id;  ///< of a VLAN device

  bool operator==(const Link&) const = default;
};

/// What an RTM_NEWLINK or RTM_DELLINK message describes.
Link parseLink(nlmsghdr& message);

using LinksByIndex = std::map<int, Link>;

/// All devices of the namespace.
Result<LinksByIndex> readLinks(RouteSocket& socket);

/// The VLAN devices of the namespace; with a `master`, those of them that are its ports.
Result<std::vector<Link>> readVlanDevices(RouteSocket& socket, std::optional<int> master = {});

/// The device of that name. The kernel finds a device by its alternative names too: then
/// `Link::name` is another one.
Result<std::optional<Link>> findLink(RouteSocket& socket, const std::string& name);
/// Absent: no device has this index.
Result<std::optional<Link>> findLink(RouteSocket& socket, int index);

/// What drivers that look together know of the devices: each thing is read when it is first asked
/// for, and then stays as it was.
class LinkSnapshot {
 public:
  LinkSnapshot() = default;
  /// All of them are known already.
  explicit LinkSnapshot(LinksByIndex all) : all_(std::move(all)) {}

  /// All devices of the namespace; as long as this object.
  Result<const LinksByIndex*> all(RouteSocket& socket);
  /// The name of the device with this index; empty: there is none, or `index` is 0.
  Result<std::string> name(RouteSocket& socket, int index);

 private:
  std::optional<LinksByIndex> all_;
  std::map<int, std::string> names_;  ///< of those that were asked for before
};

}  // namespace netctl::kernel
