#include "netctl/kernel/links/link_monitor.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
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
  if (nl_socket_add_memberships(created, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, 0) < 0 ||
      nl_socket_set_nonblocking(created) < 0) {
    return failed("subscribe to");
  }
  // Beyond the limit of rmem_max where we may; with less the news overflow earlier.
  if (setsockopt(monitor.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                 sizeof kReceiveBuffer) < 0 &&
      errno != EPERM) {
    return failed("make room for");
  }
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
  if (message.nlmsg_type == RTM_NEWADDR || message.nlmsg_type == RTM_DELADDR) {
    const auto* header = static_cast<const ifaddrmsg*>(nlmsg_data(&message));
    // A device that is not known yet has its own news behind this.
    const auto device = known_.find(static_cast<int>(header->ifa_index));
    if (device != known_.end()) changes.devices[device->second.name] = device->second;
    return;
  }
  if (message.nlmsg_type != RTM_NEWLINK && message.nlmsg_type != RTM_DELLINK) return;
  // A bridge tells of its ports' states in the same group, and of a port that left by DELLINK.
  if (static_cast<const ifinfomsg*>(nlmsg_data(&message))->ifi_family != AF_UNSPEC) return;
  Link link = parseLink(message);
  const auto before = known_.find(link.index);
  if (message.nlmsg_type == RTM_DELLINK) {
    if (before != known_.end()) {
      changes.devices[before->second.name] = std::nullopt;
      known_.erase(before);
    }
    changes.devices[link.name] = std::nullopt;
    return;
  }
  if (before != known_.end()) {
    if (!differs(before->second, link)) return;
    changes.devices[before->second.name] = std::nullopt;
  }
  changes.devices[link.name] = link;
  known_.insert_or_assign(link.index, std::move(link));
}

Result<LinkChanges> LinkMonitor::drain() {
  LinkChanges changes;
  alignas(nlmsghdr) std::array<char, 65536> buffer{};
  for (;;) {
    const auto size = recv(descriptor(), buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return changes;
      if (errno != ENOBUFS) return failed("read");
      changes.overflow = true;
      if (auto learned = learn(); !learned) return learned.error();
      continue;
    }
    int left = static_cast<int>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(message, left) != 0;
         message = nlmsg_next(message, &left)) {
      take(*message, changes);
    }
  }
}

}  // namespace netctl::kernel
