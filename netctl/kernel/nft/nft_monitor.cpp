#include "netctl/kernel/nft/nft_monitor.h"

#include "modes/host/names.h"
#include "netctl/kernel/netlink/netlink_attributes.h"
#include "netctl/kernel/netlink/news.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace netctl::kernel {
namespace {

// A transaction of some ten thousand elements.
constexpr int kReceiveBuffer = 4 << 20;
/// The attribute that has the name of the table, in the messages about tables, chains, rules, sets
/// and elements alike (nf_tables.h).
constexpr std::uint16_t kTableName = NFTA_TABLE_NAME;
static_assert(NFTA_CHAIN_TABLE == kTableName && NFTA_RULE_TABLE == kTableName &&
              NFTA_SET_TABLE == kTableName && NFTA_SET_ELEM_LIST_TABLE == kTableName);
/// The table of iptables-nft that has a rule of ours (dhcp_checksums.h).
constexpr const char* kMangle = "mangle";

Error failed(std::string_view what) {
  return {
      ErrorCode::Kernel, "",
      fmt::format("cannot {} the kernel's news of nft's tables: {}", what, std::strerror(errno))};
}

std::optional<host::Area> areaOf(std::uint8_t family, const std::string& table) {
  if (family == NFPROTO_BRIDGE && table == host::kGuardTable) return host::Area::Guards;
  if (family == NFPROTO_IPV4 && table == host::kNatTable) return host::Area::Nat;
  if (family == NFPROTO_IPV4 && table == kMangle) return host::Area::DhcpChecksums;
  return {};
}

std::optional<host::Area> areaOf(const nlmsghdr& message) {
  // A generation's end, for one, is of no table.
  const auto type = message.nlmsg_type & 0xffU;
  if (message.nlmsg_type >> 8U != NFNL_SUBSYS_NFTABLES || type > NFT_MSG_DELSETELEM ||
      message.nlmsg_len < NLMSG_HDRLEN + sizeof(nfgenmsg)) {
    return {};
  }
  const auto* header = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message));
  const auto table = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg)).text(kTableName);
  return table ? areaOf(header->nfgen_family, *table) : std::nullopt;
}

}  // namespace

Result<NftMonitor> NftMonitor::open() {
  mnl_socket* created = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (created == nullptr) return failed("open a socket for");
  NftMonitor monitor(created);
  int group = NFNLGRP_NFTABLES;
  if (mnl_socket_bind(created, 0, MNL_SOCKET_AUTOPID) < 0 ||
      mnl_socket_setsockopt(created, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
    return failed("subscribe to");
  }
  // Beyond the limit of rmem_max where we may; with less the news overflow earlier.
  if (setsockopt(monitor.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                 sizeof kReceiveBuffer) < 0 &&
      errno != EPERM) {
    return failed("make room for");
  }
  return monitor;
}

Result<host::Areas> NftMonitor::drain() {
  host::Areas areas;
  own_.forget();
  const int number = drainNews(
      descriptor(),
      [&](const nlmsghdr& message) {
        const auto area = areaOf(message);
        if (area && !areas.contains(*area) && !own_.has(message.nlmsg_pid)) areas.insert(*area);
      },
      [&] {
        areas.insert({host::Area::Guards, host::Area::Nat, host::Area::DhcpChecksums});
        return true;
      });
  if (number == 0) return areas;
  errno = number;
  return failed("read");
}

}  // namespace netctl::kernel
