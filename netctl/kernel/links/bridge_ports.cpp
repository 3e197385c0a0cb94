#include "netctl/kernel/links/bridge_ports.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/interface_addresses.h"

// Before linux/if.h, which then leaves out what both define (linux/libc-compat.h).
#include <net/if.h>

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace netctl::kernel {
namespace {

constexpr std::uint8_t kFirstByteOfTaps = 0xfe;
/// libvirt needs milliseconds, but on a host that is very busy.
constexpr std::chrono::seconds kPluggedWithin{1};
constexpr std::size_t kMostAsked = 4096;

/// libvirt gives a tap its machine's MAC with another first byte. What is known of the instance's
/// is compared.
bool isTapOf(const host::Port& port, const net::MacAddress& mac) {
  if (mac.bytes[0] != kFirstByteOfTaps) return false;
  return !port.mac ||
         std::equal(mac.bytes.begin() + 1, mac.bytes.end(), port.mac->bytes.begin() + 1);
}

std::string nameOf(const std::string& instance) {
  return fmt::format("{}{}", host::kPortPrefix, instance);
}

bool isOurs(const std::string& name) {
  return name.starts_with(host::kPortPrefix);
}

bool bears(const Link& link, const std::string& name) {
  const auto& names = link.alternative_names;
  return std::find(names.begin(), names.end(), name) != names.end();
}

RouteMessage nameMessage(int type, int index, const std::string& name) {
  ifinfomsg header{};
  header.ifi_index = index;
  RouteMessage message(type, 0, header);
  message.nest(IFLA_PROP_LIST);
  message.put(IFLA_ALT_IFNAME, name);
  return message;
}

RouteMessage masterMessage(int index, int master) {
  ifinfomsg header{};
  header.ifi_index = index;
  RouteMessage message(RTM_SETLINK, 0, header);
  message.put(IFLA_MASTER, static_cast<std::uint32_t>(master));
  return message;
}

RouteMessage hairpinMessage(int index, bool hairpin) {
  ifinfomsg header{};
  header.ifi_family = AF_BRIDGE;
  header.ifi_index = index;
  RouteMessage message(RTM_SETLINK, 0, header);
  message.nest(IFLA_PROTINFO | NLA_F_NESTED);
  message.put(IFLA_BRPORT_MODE, static_cast<std::uint8_t>(hairpin ? 1 : 0));
  return message;
}

RouteMessage mtuMessage(int index, std::uint32_t mtu) {
  ifinfomsg header{};
  header.ifi_index = index;
  RouteMessage message(RTM_SETLINK, 0, header);
  message.put(IFLA_MTU, mtu);
  return message;
}

RouteMessage stateMessage(int index, bool up) {
  ifinfomsg header{};
  header.ifi_index = index;
  header.ifi_flags = up ? IFF_UP : 0;
  header.ifi_change = IFF_UP;
  return {RTM_SETLINK, 0, header};
}

}  // namespace

std::optional<std::string> instanceOf(const Link& link) {
  const auto& names = link.alternative_names;
  const auto ours = std::find_if(names.begin(), names.end(), isOurs);
  if (ours == names.end()) return {};
  return ours->substr(host::kPortPrefix.size());
}

Result<Ports> Ports::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  return Ports(std::move(*socket));
}

Result<void> Ports::look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into) {
  if (scope.everything) {
    const auto all = links.all(socket_);
    if (!all) return all.error();
    for (const auto& [index, link] : **all) {
      if (auto looked = lookAt(link, links, into); !looked) return looked;
    }
    return {};
  }
  for (const auto& device : scope.ports) {
    const auto link = findLink(socket_, device);
    if (!link) return link.error();
    if (!*link || (*link)->name != device) continue;
    if (auto looked = lookAt(**link, links, into); !looked) return looked;
  }
  return {};
}

Result<void> Ports::lookAt(const Link& link, LinkSnapshot& links, host::HostState& into) {
  auto instance = instanceOf(link);
  if (!instance) return {};
  auto bridge = links.name(socket_, link.master);
  if (!bridge) return bridge.error();
  into.ports[link.name] =
      host::Port{std::move(*instance), std::move(*bridge), link.up, link.hairpin, link.mtu};
  return {};
}

Result<Link> Ports::bridge(const std::string& name) {
  const auto link = findLink(socket_, name);
  if (!link) return link.error();
  if (!*link || (*link)->name != name) {
    // Not NotFound, which says that the port's own device is awaited: this is to be tried again.
    return Error{
        ErrorCode::Kernel, "",
        fmt::format("there is no bridge {}; create it, or name another in VNET_BRIDGE", name)};
  }
  if (!(*link)->is_bridge) {
    return Error{ErrorCode::Conflict, "",
                 fmt::format("the device {} is not a bridge; name a bridge in VNET_BRIDGE", name)};
  }
  return **link;
}

Result<void> Ports::checkFree(const Link& link, const host::Port& port) {
  if (link.master != 0) {
    const auto other = findLink(socket_, link.master);
    if (!other) return other.error();
    return Error{ErrorCode::Conflict, "",
                 fmt::format("the device {} is a port of {}; take it out of there, or let the "
                             "hypervisor plug it into {}",
                             link.name, *other ? (*other)->name : "another device", port.bridge)};
  }
  const auto addresses = readAddresses(socket_, link.index);
  if (!addresses) return addresses.error();
  if (addresses->empty()) return {};
  return Error{ErrorCode::Conflict, "",
               fmt::format("the device {} has the host's address {}; name the host's end of the "
                           "instance's network device",
                           link.name, net::format(addresses->front().address))};
}

bool Ports::isAboutToBePlugged(const Link& link, const host::Port& port) {
  // Into bridges of ours the hypervisor plugs nothing.
  const bool looks_so = !link.up && link.master == 0 && isTapOf(port, link.mac) &&
                        !port.bridge.starts_with(host::kSegmentBridgePrefix);
  if (!looks_so) return false;
  const auto now = std::chrono::steady_clock::now();
  // Who is forgotten waits once more.
  if (asked_.size() >= kMostAsked) asked_.clear();
  return now - asked_.emplace(link.index, now).first->second < kPluggedWithin;
}

Result<void> Ports::keepAddress(const Link& bridge) {
  ifinfomsg header{};
  header.ifi_index = bridge.index;
  RouteMessage message(RTM_SETLINK, 0, header);
  message.put(IFLA_ADDRESS, bridge.mac.bytes.data(), bridge.mac.bytes.size());
  const auto answer = socket_.request(std::move(message));
  if (answer.ok()) return {};
  return answer.error(fmt::format("cannot keep the MAC of the bridge {}", bridge.name));
}

Result<void> Ports::mark(const Link& link, const std::string& name) {
  if (bears(link, name)) return {};
  // Of an instance that had the device before.
  for (const auto& other : link.alternative_names) {
    if (!isOurs(other)) continue;
    if (auto removed = unmark(link, other); !removed) return removed;
  }
  const auto answer = socket_.request(nameMessage(RTM_NEWLINKPROP, link.index, name));
  if (answer.ok()) return {};
  if (answer.number == EEXIST) {
    const auto holder = findLink(socket_, name);
    if (!holder) return holder.error();
    return Error{ErrorCode::Busy, "",
                 fmt::format("cannot mark the device {}: the name {} is borne by the device {}",
                             link.name, name, *holder ? (*holder)->name : "(just gone)")};
  }
  return answer.error(fmt::format("cannot give the device {} the name {}", link.name, name));
}

Result<void> Ports::unmark(const Link& link, const std::string& name) {
  const auto answer = socket_.request(nameMessage(RTM_DELLINKPROP, link.index, name));
  // ENODEV and ENOENT: the device or the name has just gone.
  if (answer.ok() || answer.number == ENODEV || answer.number == ENOENT) return {};
  return answer.error(fmt::format("cannot remove the name {} from the device {}", name, link.name));
}

Result<void> Ports::apply(const host::OpenPort& step) {
  const auto found = findLink(socket_, step.device);
  if (!found) return found.error();
  if (!*found || (*found)->name != step.device) {
    return Error{ErrorCode::NotFound, kWaiting,
                 fmt::format("the device {} is not there yet", step.device)};
  }
  const Link& link = **found;
  const auto name = nameOf(step.port.instance);
  if (!bears(link, name) && isAboutToBePlugged(link, step.port)) {
    return Error{
        ErrorCode::Busy, "",
        fmt::format("the device {} has just been made, and its hypervisor is about to plug "
                    "it into {}",
                    step.device, step.port.bridge)};
  }
  const auto master = bridge(step.port.bridge);
  if (!master) return master.error();
  if (link.master != master->index && !bears(link, name)) {
    if (auto free = checkFree(link, step.port); !free) return free;
  }
  // Marked first: if this process ends here, the next one finds a device that bears our name.
  if (auto marked = mark(link, name); !marked) return marked;
  // First, so that the bridge does not take a smaller one from its new port.
  if (link.mtu != step.port.mtu) {
    const auto set = socket_.request(mtuMessage(link.index, step.port.mtu));
    if (!set.ok()) {
      return set.error(
          fmt::format("cannot set the MTU of the device {} to {}", step.device, step.port.mtu));
    }
  }
  if (link.master != master->index) {
    if (link.mac < master->mac) {
      if (auto kept = keepAddress(*master); !kept) return kept;
    }
    if (auto plugged = socket_.request(masterMessage(link.index, master->index)); !plugged.ok()) {
      // A name that stays would call the device ours though it never became a port.
      if (!bears(link, name)) {
        if (auto removed = unmark(link, name); !removed) return removed;
      }
      const auto doing =
          fmt::format("cannot make the device {} a port of {}", step.device, step.port.bridge);
      // BR_MAX_PORTS is 1 << BR_PORT_BITS (br_private.h), and number 0 is not given out.
      if (plugged.number != EXFULL) return plugged.error(doing);
      return Error{ErrorCode::Kernel, "",
                   fmt::format("{}: it has 1023 ports, and Linux gives a bridge no more; run the "
                               "instance on another node",
                               doing)};
    }
  }
  if (link.hairpin != step.port.hairpin) {
    const auto set = socket_.request(hairpinMessage(link.index, step.port.hairpin));
    if (!set.ok()) {
      return set.error(fmt::format("cannot set the mode of the port {}", step.device));
    }
  }
  if (link.up || !step.port.up) return {};
  const auto answer = socket_.request(stateMessage(link.index, true));
  if (answer.ok()) return {};
  return answer.error(fmt::format("cannot set the device {} up", step.device));
}

Result<void> Ports::apply(const host::ClosePort& step) {
  const auto found = findLink(socket_, step.device);
  if (!found) return found.error();
  const auto name = nameOf(step.port.instance);
  if (!*found || (*found)->name != step.device || !bears(**found, name)) return {};
  const Link& link = **found;
  // It will look as one that was just made.
  asked_.insert_or_assign(link.index, std::chrono::steady_clock::time_point());
  // First down: what an instance sends from outside of the bridge would reach the host itself.
  if (const auto down = socket_.request(stateMessage(link.index, false)); !down.ok()) {
    if (down.number == ENODEV) return {};
    return down.error(fmt::format("cannot set the device {} down", step.device));
  }
  if (link.master != 0) {
    const auto master = findLink(socket_, link.master);
    if (!master) return master.error();
    if (*master && (*master)->mac == link.mac) {
      if (auto kept = keepAddress(**master); !kept) return kept;
    }
    const auto unplugged = socket_.request(masterMessage(link.index, 0));
    if (unplugged.number == ENODEV) return {};
    if (!unplugged.ok()) {
      return unplugged.error(
          fmt::format("cannot take the device {} out of its bridge", step.device));
    }
  }
  return unmark(link, name);
}

}  // namespace netctl::kernel
