#include "netctl/kernel/netlink/answer_limit.h"

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace netctl::kernel {
namespace {

std::string nameOf(int protocol, std::uint16_t type) {
  if (protocol == NETLINK_ROUTE) return "rtnetlink";
  if (protocol != NETLINK_NETFILTER) return fmt::format("netlink protocol {}", protocol);
  switch (NFNL_SUBSYS_ID(type)) {
    case NFNL_SUBSYS_CTNETLINK:
      return "conntrack";
    case NFNL_SUBSYS_IPSET:
      return "ipset";
    case NFNL_SUBSYS_NFTABLES:
    case NFNL_SUBSYS_NONE:  // the brackets around a transaction, which only nftables has
      return "nftables";
    default:
      return fmt::format("nfnetlink subsystem {}", NFNL_SUBSYS_ID(type));
  }
}

}  // namespace

int limitReads(int descriptor, std::chrono::milliseconds limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(limit - seconds);
  const timeval value{seconds.count(), rest.count()};
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) < 0) return errno;
  return 0;
}

std::string describeNoAnswer(int protocol, std::uint16_t type, std::chrono::milliseconds limit) {
  // Of nfnetlink's types the high byte is the subsystem.
  const auto request = protocol == NETLINK_NETFILTER ? NFNL_MSG_TYPE(type) : type;
  return fmt::format("no answer within {} ms to request {} of {}", limit.count(), request,
                     nameOf(protocol, type));
}

}  // namespace netctl::kernel
