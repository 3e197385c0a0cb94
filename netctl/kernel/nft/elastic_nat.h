#pragma once

#include "modes/nft/elastic_table.h"
#include "netctl/kernel/nft/nft_reader.h"
#include "netctl/kernel/nft/nft_writer.h"

#include <memory>

namespace netctl::kernel {

/// The translation of public addresses: nft's table `ip netctl` (modes/nft/elastic_table.h),
/// written through libnftables and read by netlink. Sealed as the bridge guards are.
class ElasticNat {
 public:
  /// Writes nothing.
  static Result<ElasticNat> open(Result<MnlSocket> socket = MnlSocket::open(NETLINK_NETFILTER),
                                 std::shared_ptr<NftProcess> nft = std::make_shared<NftProcess>());

  /// Adds the part of `scope` to `into`. What is not as we write it is foreign: an address with a
  /// way back that leads elsewhere, or the rules, which then are replaced with all that is in the
  /// maps. The rules are foreign too where some addresses are asked for and there is no table.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// One transaction, and one that seals where the rules are new.
  Result<void> apply(const host::EditNat& step);

  /// As nft::healingCommands has it.
  Result<void> letFlowsHeal(const std::vector<host::Flow>& cut) {
    return writer_.write(nft::healingCommands(cut));
  }
  /// As host::Host has it.
  Result<host::TrafficReading> traffic(const std::optional<std::set<net::Ipv4Address>>& addresses);
  /// Answers of the DHCP server; absent where there is no table.
  Result<std::optional<std::uint64_t>> dhcpAnswers();

  /// As nft::holdCommands has it.
  Result<void> hold(const std::set<net::Ipv4Address>& addresses) {
    return writer_.write(nft::holdCommands(addresses));
  }

 private:
  /// A map of the table, both ways.
  using Addresses = std::map<net::Ipv4Address, net::Ipv4Address>;

  ElasticNat(NftReader reader, NftWriter writer)
      : reader_(std::move(reader)), writer_(std::move(writer)) {}
  /// The rules of a table that is there and whose seal is whole.
  Result<std::optional<host::NatRules>> sealedRules();
  Result<Addresses> find(std::string_view map, const std::set<net::Ipv4Address>& keys);
  Result<Addresses> all(std::string_view map);
  using Forwards = std::map<host::PublicPort, host::PrivatePort>;
  Result<Forwards> findForwards(const std::set<host::PublicPort>& ports);
  Result<Forwards> allForwards();
  /// What a set of the table has counted for these addresses, or (absent) for all.
  Result<std::map<net::Ipv4Address, host::Traffic>> counted(
      std::string_view set, const std::optional<std::set<net::Ipv4Address>>& addresses);
  using Senders = std::set<host::Sender>;
  Result<Senders> findSenders(const Senders& senders);
  Result<Senders> allSenders();

  NftReader reader_;
  NftWriter writer_;
};

}  // namespace netctl::kernel
