#include "netctl/kernel/nft/namespace_lock.h"

#include "netctl/kernel/nft/nft_message.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

namespace netctl::kernel {
namespace {

constexpr const char* kLockTable = "netctl_lock";

// In linux/netfilter/nf_tables.h since Linux 5.12, which is younger than some headers.
constexpr std::uint32_t kOwnerFlag = 2;

}  // namespace

Result<NamespaceLock> NamespaceLock::take() {
  auto socket = MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  MnlBatch batch;
  auto* message = beginNft(batch, NFPROTO_IPV4, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
  mnl_attr_put_strz(message, NFTA_TABLE_NAME, kLockTable);
  mnl_attr_put_u32(message, NFTA_TABLE_FLAGS, htonl(kOwnerFlag));
  batch.end();
  const auto refusals = socket->transact(batch, NFNL_SUBSYS_NFTABLES);
  if (!refusals) return refusals.error();
  if (refusals->empty()) return NamespaceLock(*std::move(socket));
  const auto& refusal = refusals->front();
  // Who does not own a table cannot name it in a change (nf_tables_api.c, nft_table_lookup).
  if (refusal.number == EPERM) {
    return Error{ErrorCode::Busy, "Unavailable",
                 "another netctld serves this network namespace, which has one at a time; stop it "
                 "first (nft list tables shows its table ip netctl_lock)"};
  }
  if (refusal.number == EEXIST) {
    return Error{ErrorCode::Conflict, "Unavailable",
                 "somebody has made nft's table ip netctl_lock, by which netctld keeps to one "
                 "process in a network namespace; delete it (nft delete table ip netctl_lock)"};
  }
  return Error{ErrorCode::Kernel, "Unavailable",
               fmt::format("cannot make nft's table ip {}: {}", kLockTable, describe(refusal))};
}

}  // namespace netctl::kernel
