#include "netctl/kernel/nft/namespace_lock.h"

#include "netctl/kernel/nft/nft_message.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

namespace netctl::kernel {
namespace {

constexpr const char* kLockTable = "netctl_lock";

// In linux/netfilter/nf_tables.h since Linux 5.12, which is younger than some headers.
constexpr std::uint32_t kOwnerFlag = 2;

// A netctld that was killed may have had a child that had just begun, with a copy of its socket.
constexpr std::chrono::seconds kTakeover{2};
constexpr std::chrono::milliseconds kTakeoverPause{20};

/// Empty where the table was made.
Result<std::vector<MnlRefusal>> makeTable(MnlSocket& socket) {
  MnlBatch batch;
  auto* message = beginNft(batch, NFPROTO_IPV4, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
  mnl_attr_put_strz(message, NFTA_TABLE_NAME, kLockTable);
  mnl_attr_put_u32(message, NFTA_TABLE_FLAGS, htonl(kOwnerFlag));
  batch.end();
  return socket.transact(batch, NFNL_SUBSYS_NFTABLES);
}

}  // namespace

Result<NamespaceLock> NamespaceLock::take() {
  auto socket = MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  const auto end = std::chrono::steady_clock::now() + kTakeover;
  auto refusals = makeTable(*socket);
  // Who does not own a table cannot name it in a change (nf_tables_api.c, nft_table_lookup).
  while (refusals && !refusals->empty() && refusals->front().number == EPERM &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kTakeoverPause);
    refusals = makeTable(*socket);
  }
  if (!refusals) return refusals.error();
  if (refusals->empty()) return NamespaceLock(*std::move(socket));
  const auto& refusal = refusals->front();
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
