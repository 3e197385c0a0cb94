#pragma once

#include "modes/host/plan.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/nft_reader.h"

#include <string_view>
#include <utility>
#include <vector>

namespace netctl::kernel {

/// Fills in the UDP checksum of DHCP replies (HostState::dhcp_checksums), by a rule in nft's table
/// `ip mangle`, chain OUTPUT, that is known by its comment.
///
/// Only iptables' target CHECKSUM can do it, and only in a table of that name. As a table of
/// iptables (legacy) it would have hooks on the way of every packet, while this chain sees what the
/// host itself sends. nft's language has no word for the target, so the rule is written by netlink:
/// as iptables-nft would, which shares the table.
class DhcpChecksums {
 public:
  static Result<DhcpChecksums> open(Result<MnlSocket> socket = MnlSocket::open(NETLINK_NETFILTER));

  /// Adds its part of `scope` to `into`. What is there and not as we write it is foreign.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// One transaction. The chain and the table go with our rule where nothing else is in them.
  Result<void> apply(const host::SetDhcpChecksums& step);

 private:
  DhcpChecksums(NftReader reader, MnlSocket socket)
      : reader_(std::move(reader)), socket_(std::move(socket)) {}
  Result<std::vector<NftReader::Rule>> ourRules();
  Result<void> removeEmpty();
  /// A refusal with the number `passed_over` is not an error.
  Result<void> transact(MnlBatch& batch, std::string_view what, int passed_over = 0);

  NftReader reader_;
  MnlSocket socket_;
};

}  // namespace netctl::kernel
