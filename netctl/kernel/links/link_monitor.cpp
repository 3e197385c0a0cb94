#include "netctl/kernel/links/link_monitor.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/forwarding.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/links/public_route.h"
#include "netctl/kernel/netlink/news.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace netctl::kernel {
namespace {

// Some thousand devices that come at once; each is about 1.5 kB.
constexpr int kReceiveBuffer = 4 << 20;

Error failed(std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} the kernel's news of devices: {}", what, std::strerror(errno))};
}

// What a port's or an interface's state depends on; counters are not among it.
bool differs(const Link& a, const Link& b) {
  return a.name != b.name || a.master != b.master || a.up != b.up || a.carrier != b.carrier ||
         a.mac != b.mac || a.mtu != b.mtu || a.alternative_names != b.alternative_names;
}

bool isDisturbed(const Link& before, const Link& after) {
  return before.name != after.name || (before.master != 0 && before.master != after.master) ||
         (before.up && !after.up) || before.mac != after.mac || before.mtu != after.mtu;
}

/// Has the kernel keep back what nobody asks for: a router's routes come by the million. Of routes
/// only those are told of that go and that the kernel itself or we have made, and default routes
/// that come into a table with a large number, as ours is: one may take the place of ours.
bool passOver(int descriptor) {
  // A message begins with nlmsghdr, whose numbers are in the host's order, where the filter reads
  // them as the network's; a route's own header (rtmsg) is behind it.
  constexpr unsigned kType = offsetof(nlmsghdr, nlmsg_type);
  constexpr unsigned kProtocol = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
  constexpr unsigned kLength = NLMSG_HDRLEN + offsetof(rtmsg, rtm_dst_len);
  constexpr unsigned kTable = NLMSG_HDRLEN + offsetof(rtmsg, rtm_table);
  constexpr unsigned kAll = 0xffffffffU;
  std::array<sock_filter, 12> filter{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kType),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 8),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_KERNEL, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, host::kAddressProtocol, 5, 4),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLength),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kTable),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_COMPAT, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, kAll),
  }};
  const sock_fprog program{filter.size(), filter.data()};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

}  // namespace

Result<LinkMonitor> LinkMonitor::open() {
  nl_sock* created = nl_socket_alloc();
  if (created == nullptr) throw std::bad_alloc();
  LinkMonitor monitor(created);
  if (const int result = nl_connect(created, NETLINK_ROUTE); result < 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot open an rtnetlink socket: {}", nl_geterror(result))};
  }
  // Before the devices are read, so that nothing falls between.
  if (nl_socket_add_memberships(created, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_NETCONF,
                                RTNLGRP_TC, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, 0) < 0 ||
      nl_socket_set_nonblocking(created) < 0) {
    return failed("subscribe to");
  }
  // Beyond the limit of rmem_max where we may; with less the news overflow earlier.
  if (setsockopt(monitor.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                 sizeof kReceiveBuffer) < 0 &&
      errno != EPERM) {
    return failed("make room for");
  }
  if (!passOver(monitor.descriptor())) return failed("filter");
  if (auto learned = monitor.learn(); !learned) return learned.error();
  return monitor;
}

Result<void> LinkMonitor::learn() {
  auto socket = RouteSocket::open();
  if (!socket) return socket.error();
  auto links = readLinks(*socket);
  if (!links) return links.error();
  known_ = std::move(*links);
  return {};
}

void LinkMonitor::take(nlmsghdr& message, LinkChanges& changes) {
  switch (message.nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return takeAddress(message, changes);
    case RTM_NEWNETCONF:
      return takeForwarding(message, changes);
    case RTM_NEWTFILTER:
    case RTM_DELTFILTER:
    case RTM_NEWQDISC:
    case RTM_DELQDISC:
      return takeFilter(message, changes);
    case RTM_DELROUTE:
      takePublicRoute(message, changes);
      return takeRoute(message, changes);
    case RTM_NEWROUTE:
    case RTM_NEWRULE:
    case RTM_DELRULE:
      return takePublicRoute(message, changes);
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return takeLink(message, changes);
    default:
      return;
  }
}

void LinkMonitor::takeAddress(nlmsghdr& message, LinkChanges& changes) {
  const auto assigned = parseAddress(message);
  // A device that is not known yet has its own news behind this.
  const auto device = known_.find(assigned.index);
  if (device == known_.end()) return;
  const auto& name = device->second.name;
  changes.devices[name] = device->second;
  if (assigned.protocol != host::kAddressProtocol) return;
  if (own_.has(message.nlmsg_pid)) {
    // Its route goes with it, which nobody asks for.
    const NetworkRoute route{assigned.index, assigned.address, assigned.length};
    if (message.nlmsg_type == RTM_DELADDR && assigned.length < 31) removed_.insert(route);
    return;
  }
  changes.suspects.addresses.insert({name, assigned.address, assigned.length, assigned.is_source});
}

void LinkMonitor::takeForwarding(nlmsghdr& message, LinkChanges& changes) const {
  const auto forwarding = parseForwarding(message);
  // Where it was set on nobody is stopped, and what we set comes back here.
  if (!forwarding || forwarding->on) return;
  changes.suspects.sysctls.insert(std::string(host::kForwarding));
  if (const auto device = known_.find(forwarding->index); device != known_.end()) {
    changes.suspects.sysctls.insert(host::deviceForwarding(device->second.name));
  }
}

void LinkMonitor::takeFilter(nlmsghdr& message, LinkChanges& changes) {
  const auto* header = static_cast<const tcmsg*>(nlmsg_data(&message));
  const auto device = known_.find(header->tcm_ifindex);
  if (device == known_.end() || own_.has(message.nlmsg_pid)) return;
  changes.suspects.redirects.insert(device->second.name);
}

void LinkMonitor::takeRoute(nlmsghdr& message, LinkChanges& changes) {
  const auto route = parseNetworkRoute(message);
  if (!route || removed_.erase(*route) > 0) return;
  const auto device = known_.find(route->index);
  if (device == known_.end()) return;
  changes.suspects.addresses.insert({device->second.name, route->address, route->length});
}

void LinkMonitor::takePublicRoute(nlmsghdr& message, LinkChanges& changes) {
  if (own_.has(message.nlmsg_pid) || !PublicRoutes::isAbout(message)) return;
  changes.suspects.public_router = true;
}

void LinkMonitor::takeLink(nlmsghdr& message, LinkChanges& changes) {
  // A bridge tells of its ports' states in the same group, and of a port that left by DELLINK.
  if (static_cast<const ifinfomsg*>(nlmsg_data(&message))->ifi_family != AF_UNSPEC) return;
  Link link = parseLink(message);
  const auto before = known_.find(link.index);
  if (message.nlmsg_type == RTM_DELLINK) {
    if (before != known_.end()) {
      changes.devices[before->second.name] = std::nullopt;
      changes.links.insert(before->second.name);
      changes.disturbed.insert(before->second.name);
      known_.erase(before);
    }
    changes.devices[link.name] = std::nullopt;
    changes.links.insert(link.name);
    changes.disturbed.insert(link.name);
    return;
  }
  if (before != known_.end()) {
    if (!differs(before->second, link)) {
      if (before->second.carrier_ups != link.carrier_ups) changes.carriers.insert(link.name);
      before->second = std::move(link);
      return;
    }
    if (isDisturbed(before->second, link)) changes.disturbed.insert(before->second.name);
    changes.devices[before->second.name] = std::nullopt;
    changes.links.insert(before->second.name);
  }
  changes.devices[link.name] = link;
  changes.links.insert(link.name);
  known_.insert_or_assign(link.index, std::move(link));
}

Result<LinkChanges> LinkMonitor::drain() {
  LinkChanges changes;
  own_.forget();
  Result<void> learned = {};
  const int number = drainNews(
      descriptor(), [&](nlmsghdr& message) { take(message, changes); },
      [&] {
        changes.overflow = true;
        learned = learn();
        return bool(learned);
      });
  if (!learned) return learned.error();
  if (number == 0) return changes;
  errno = number;
  return failed("read");
}

}  // namespace netctl::kernel
