#include "netctl/kernel/links/network_news.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>

namespace netctl::kernel {

Result<NetworkNews> NetworkNews::open() {
  nl_sock* created = nl_socket_alloc();
  if (created == nullptr) throw std::bad_alloc();
  NetworkNews news(created);
  int result = nl_connect(created, NETLINK_ROUTE);
  if (result >= 0) {
    result = nl_socket_add_memberships(created, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                       RTNLGRP_IPV4_ROUTE, 0);
  }
  if (result >= 0) result = nl_socket_set_nonblocking(created);
  if (result >= 0) return news;
  return Error{
      ErrorCode::Kernel, "",
      fmt::format("cannot subscribe to the kernel's news of the network: {}", nl_geterror(result))};
}

void NetworkNews::drain() {
  std::array<char, 65536> buffer{};
  // News that the kernel could not keep (ENOBUFS) is news, too.
  while (recv(descriptor(), buffer.data(), buffer.size(), 0) >= 0 || errno == ENOBUFS ||
         errno == EINTR) {
  }
}

}  // namespace netctl::kernel
