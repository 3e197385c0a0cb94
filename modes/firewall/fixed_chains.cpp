#include "modes/firewall/fixed_chains.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"
#include "modes/host/names.h"

namespace netctl::firewall {
namespace {

using host::Accept;
using host::Chain;
using host::ConntrackMatch;
using host::Drop;
using host::InterfaceMatch;
using host::Rule;
using host::Table;

constexpr auto kLater = ConntrackMatch::kEstablished | ConntrackMatch::kRelated;
constexpr std::uint8_t kEchoRequest = 8;
constexpr std::uint8_t kRedirect = 5;
constexpr std::uint16_t kDhcpServerPort = 67;
constexpr std::uint16_t kDhcpClientPort = 68;
constexpr net::Ipv4Address kBroadcast{0xffffffffU};

class FixedChains {
 public:
  FixedChains(const cloud::Settings& settings, const InstanceInterface& interface,
              bool dns_is_local)
      : subnet_(host::matchOf(settings.plan.subnet)),
        network_mask_(settings.plan.network(net::Tag{net::Tag::kFirst}).netmask()),
        settings_(settings),
        interface_(interface),
        dns_is_local_(dns_is_local) {}

  /// All packets of the host come by here: what is not the instances' leaves after a few rules.
  [[nodiscard]] Chain forward() const {
    return {
        // A private source that does not come from our side is forged.
        {.source = subnet_, .in = notFromInstances(), .target = Drop{}},
        {.destination = subnet_,
         .conntrack = state(kLater),
         .connlabel = label(host::kAdmittedLabel),
         .target = Accept{}},
        {.source = subnet_,
         .conntrack = state(kLater),
         .connlabel = label(host::kAdmittedLabel),
         .target = Accept{}},
        {.destination = subnet_, .target = host::Goto{kRouted}},
        {.source = subnet_, .target = host::Goto{kRouted}},
        // Public addresses that lead to no instance: see nc_deny.
        {.conntrack = state(ConntrackMatch::kNew),
         .set = destinationIn(kPoolSet),
         .target = Drop{}},
    };
  }

  /// What goes to or comes from instances, and does not go on by an admission.
  [[nodiscard]] Chain routed() const {
    Chain chain{
        // Entries that are older than our rules have no room for labels.
        {.conntrack = state(kLater),
         .connmark = host::ConnmarkMatch{host::kCutMark, host::kCutMark, true},
         .connlabel = hasNoRoom(),
         .target = Accept{}},
        // Before all that lets in, since a flow without an answer yet is new at each packet.
        {.connlabel = label(host::kCutLabel), .target = host::Goto{kCut}},
        {.connmark = host::ConnmarkMatch{host::kCutMark, host::kCutMark},
         .target = host::Goto{kCut}},
        // It is of the flow that it names, and to admit it would admit that.
        {.protocol = net::kIcmp.number,
         .conntrack = state(ConntrackMatch::kRelated),
         .target = Drop{}},
        {.source = subnet_, .set = fromOtherNetworks(), .target = Drop{}},
        // Routed packets of one network, and bridged ones where br_netfilter is on. Before those
        // that go on: of bridged flows conntrack need not see both directions.
        {.source = subnet_,
         .destination = subnet_,
         .same_network = host::SameNetworkMatch{network_mask_},
         .target = admit()},
        // What is not tracked is as invalid: no cut would end it, and no entry be judged.
        {.conntrack = ConntrackMatch{.states = ConntrackMatch::kNew, .inverted = true},
         .target = host::Goto{kGoingOn}},
        // The middle of a flow that conntrack does not know. From outside it is let in as the first
        // packet would be; by egress alone the later packets of a flow that was cut would go on.
        {.source = subnet_,
         .protocol = net::kTcp.number,
         .tcp_flags = host::TcpFlags::NotSyn,
         .conntrack = state(ConntrackMatch::kNew),
         .target = host::Jump{kAgain}},
    };
    if (settings_.metadata_endpoint) chain.push_back(admitted(metadataRequest(settings_)));
    chain.push_back({.source = subnet_, .set = isRestricted(), .target = host::Goto{kRestricted}});
    chain.push_back({.target = host::Goto{kOnward}});
    return chain;
  }

  /// What no egress permission holds back: whether it may go to where it goes.
  [[nodiscard]] Chain onward() const {
    return {
        {.destination = subnet_, .target = host::Jump{kIn}},
        // In the middle of a flow: the instance learns that it is over.
        {.source = subnet_,
         .destination = subnet_,
         .protocol = net::kTcp.number,
         .tcp_flags = host::TcpFlags::NotSyn,
         .target = host::Reset{}},
        // Nothing of its groups permits it.
        {.destination = subnet_, .set = counted(destinationIn(kInstanceSet)), .target = Drop{}},
        {.destination = subnet_, .target = Drop{}},
        {.set = destinationIn(kDenySet), .target = Drop{}},
        {.target = admit()},
    };
  }

  /// From an instance whose groups do not permit everything out.
  [[nodiscard]] Chain restricted() const {
    return {
        {.target = host::Jump{kOut}},
        {.protocol = net::kTcp.number,
         .tcp_flags = host::TcpFlags::NotSyn,
         .target = host::Reset{}},
        {.set = counted(sourceIn(kInstanceSet)), .target = Drop{}},
        {.target = Drop{}},
    };
  }

  /// What such an instance may send; all else returns.
  [[nodiscard]] Chain out() const {
    Chain chain;
    // The site's DNS is the instances' whatever their groups say, as DHCP and the metadata are.
    for (const auto protocol : {net::kUdp, net::kTcp}) {
      chain.push_back({.destination = host::matchOf(settings_.dns),
                       .protocol = protocol.number,
                       .ports = host::PortMatch{.destination = {kDnsPort, kDnsPort}},
                       .target = host::Goto{kOnward}});
    }
    chain.insert(chain.end(),
                 {
                     {.set = host::SetMatch{kOutOpenSet, {kSourceDimension, kDestinationDimension}},
                      .target = host::Goto{kOnward}},
                     {.set = host::SetMatch{kOutAllowSet,
                                            {kSourceDimension, kDestinationDimension,
                                             kDestinationDimension}},
                      .target = host::Goto{kOnward}},
                     {.set = sourceIn(kInstanceSet), .target = host::Goto{kOutTrie}},
                 });
    return chain;
  }

  /// The instance learns that its flow is over, and the other side finds nobody.
  [[nodiscard]] Chain cut() const {
    return {
        {.source = subnet_, .protocol = net::kTcp.number, .target = host::Reset{}},
        {.target = Drop{}},
    };
  }

  /// TCP in the middle of a flow, from an instance. What nothing lets go on is reset, so that
  /// nobody waits for it.
  [[nodiscard]] Chain again() const {
    const auto reset = [](Rule rule) {
      rule.protocol = net::kTcp.number;
      rule.target = host::Reset{};
      return rule;
    };
    return {
        // It leads to no instance: see nc_deny.
        reset({.set = destinationIn(kPoolSet)}),
        {.destination = subnet_, .set = sourceIn(kOutFreeSet), .target = host::Jump{kIn}},
        {.destination = subnet_, .set = isRestricted(), .target = host::Jump{kOut}},
        // Whether the other instance might have begun it is shown by its own packet.
        reset({.destination = subnet_,
               .set = host::SetMatch{kOutFreeSet, {kDestinationDimension}, true}}),
        // A permission lets the other side begin it.
        {.set = host::SetMatch{kOpenSet, {kSourceDimension, kSourceDimension}},
         .target = host::Goto{kAdmitBack}},
        {.set =
             host::SetMatch{kAllowSet, {kSourceDimension, kSourceDimension, kDestinationDimension}},
         .target = host::Goto{kAdmitBack}},
        {.set = sourceIn(kInstanceSet), .target = host::Jump{kBackTrie}},
        reset({.destination = subnet_}),
        // For a while after all flows were lost: see nft::natTable.
        {.connlabel = label(host::kHealingLabel), .target = host::Return{}},
        reset({}),
    };
  }

  /// Without the bit nobody would know what to judge the flow by.
  static Chain admittingBack() {
    return {
        {.connlabel = host::ConnlabelMatch{host::kTurnedLabel, true}, .target = admit()},
        {.protocol = net::kTcp.number, .target = host::Reset{}},
    };
  }

  [[nodiscard]] Chain goingOn() const {
    return {
        // Nobody admitted it, as while rules were missing: as if it were cut.
        {.source = subnet_,
         .protocol = net::kTcp.number,
         .conntrack = state(ConntrackMatch::kEstablished),
         .target = host::Reset{}},
        // The end of a flow that conntrack knows nothing of any more, which would be sent for
        // minutes. Nothing else that is invalid: it may be of a flow that lives, as a late packet,
        // and a reset would end that.
        {.source = subnet_,
         .protocol = net::kTcp.number,
         .tcp_flags = host::TcpFlags::Fin,
         .conntrack = state(ConntrackMatch::kInvalid),
         .target = host::Reset{}},
        // What a helper expects.
        {.conntrack = state(ConntrackMatch::kRelated), .target = admit()},
        {.target = Drop{}},
    };
  }

  /// An entry without room for labels, and a packet without an entry, are let in all the same.
  [[nodiscard]] static Chain admitting() {
    return {
        {.connlabel = host::ConnlabelMatch{host::kAdmittedLabel, true}, .target = Accept{}},
        {.target = Accept{}},
    };
  }

  [[nodiscard]] static Chain in() {
    return {
        {.set = host::SetMatch{kOpenSet, {kDestinationDimension, kDestinationDimension}},
         .target = admit()},
        {.set = host::SetMatch{kAllowSet,
                               {kDestinationDimension, kDestinationDimension, kSourceDimension}},
         .target = admit()},
        // The trie's leaves are networks: it is not asked about addresses of no instance.
        {.set = destinationIn(kInstanceSet), .target = host::Goto{kRuledTrie}},
    };
  }

  [[nodiscard]] Chain input() const {
    return {
        // Answers to the host's own traffic, also to elastic addresses.
        {.source = subnet_,
         .conntrack = ConntrackMatch{.states = kLater, .reply_only = true},
         .target = Accept{}},
        // No packet to a public address reaches a socket of the host, whoever sends it.
        {.set = destinationIn(kPoolSet), .target = Drop{}},
        {.in = InterfaceMatch{"lo"}, .target = host::Return{}},
        {.source = host::matchOf(net::Ipv4Address{0}),
         .in = fromInstances(),
         .protocol = net::kUdp.number,
         .ports = dhcp(),
         .target = Accept{}},
        {.source = subnet_, .target = host::Goto{kHost}},
        // The metadata are the instances' alone.
        {.destination = host::matchOf(kMetadataAddress), .target = Drop{}},
    };
  }

  [[nodiscard]] Chain host() const {
    Chain chain{
        {.in = notFromInstances(), .target = Drop{}},
        {.set = fromOtherNetworks(), .target = Drop{}},
        // The server identifier is some gateway address of ours, not always the instance's own.
        {.destination = subnet_, .protocol = net::kUdp.number, .ports = dhcp(), .target = admit()},
        {.destination = host::matchOf(kBroadcast),
         .protocol = net::kUdp.number,
         .ports = dhcp(),
         .target = admit()},
        {.protocol = net::kIcmp.number,
         .icmp = net::IcmpMatch{kEchoRequest, {}},
         .same_network = host::SameNetworkMatch{network_mask_},
         .target = admit()},
        admitted(metadataRequest(settings_)),
    };
    if (dns_is_local_) {
      for (const auto protocol : {net::kUdp, net::kTcp}) {
        chain.push_back({.destination = host::matchOf(settings_.dns),
                         .protocol = protocol.number,
                         .ports = host::PortMatch{.destination = {kDnsPort, kDnsPort}},
                         .target = admit()});
      }
    }
    if (const auto& ec2 = settings_.host.ec2_for_instances) {
      Rule rule{.protocol = net::kTcp.number,
                .ports = host::PortMatch{.destination = {ec2->port, ec2->port}},
                .target = admit()};
      if (ec2->address != net::Ipv4Address{}) rule.destination = host::matchOf(ec2->address);
      chain.push_back(std::move(rule));
    }
    chain.push_back({.target = Drop{}});
    return chain;
  }

  /// With several networks on one wire the host would tell instances to go past the gateway.
  [[nodiscard]] Chain output() const {
    return {{.destination = subnet_,
             .protocol = net::kIcmp.number,
             .icmp = net::IcmpMatch{kRedirect, {}},
             .target = Drop{}}};
  }

 private:
  [[nodiscard]] InterfaceMatch fromInstances() const { return {interface_.pattern}; }
  [[nodiscard]] InterfaceMatch notFromInstances() const { return {interface_.pattern, true}; }
  /// Not the source of an active network that comes in by that network's interface.
  static host::SetMatch fromOtherNetworks() {
    return {kSourceSet, {kSourceDimension, kSourceDimension}, true};
  }
  /// From an instance that is asked for what it sends. One without a member in the set is.
  static host::SetMatch isRestricted() { return {kOutFreeSet, {kSourceDimension}, true}; }
  static host::ConnlabelMatch label(std::uint16_t bit) { return {.bit = bit}; }
  /// Where there is room the bit is set, and so found.
  static host::ConnlabelMatch hasNoRoom() { return {host::kRoomLabel, true, true}; }
  static Rule admitted(Rule rule) {
    rule.target = admit();
    return rule;
  }
  static host::PortMatch dhcp() {
    return {.source = {kDhcpClientPort, kDhcpClientPort},
            .destination = {kDhcpServerPort, kDhcpServerPort}};
  }

  host::AddressMatch subnet_;
  net::Ipv4Address network_mask_;
  const cloud::Settings& settings_;
  const InstanceInterface& interface_;
  bool dns_is_local_;
};

}  // namespace

void addFixedChains(const InstanceInterface& interface, bool dns_is_local,
                    render::Renderers& renderers) {
  addFixed(renderers, [=](const cloud::Settings& settings, host::HostState& state) {
    const FixedChains fixed(settings, interface, dns_is_local);
    state.chains[{Table::Filter, kForward}] = fixed.forward();
    state.chains[{Table::Filter, kRouted}] = fixed.routed();
    state.chains[{Table::Filter, kGoingOn}] = fixed.goingOn();
    state.chains[{Table::Filter, kAgain}] = fixed.again();
    state.chains[{Table::Filter, kAdmitBack}] = FixedChains::admittingBack();
    state.chains[{Table::Filter, kCut}] = fixed.cut();
    state.chains[{Table::Filter, kAdmit}] = FixedChains::admitting();
    state.chains[{Table::Filter, kIn}] = FixedChains::in();
    state.chains[{Table::Filter, kOnward}] = fixed.onward();
    state.chains[{Table::Filter, kRestricted}] = fixed.restricted();
    state.chains[{Table::Filter, kOut}] = fixed.out();
    state.chains[{Table::Filter, kInput}] = fixed.input();
    state.chains[{Table::Filter, kHost}] = fixed.host();
    state.chains[{Table::Filter, kOutput}] = fixed.output();
    state.jumps[{Table::Filter, "FORWARD"}] = kForward;
    state.jumps[{Table::Filter, "INPUT"}] = kInput;
    state.jumps[{Table::Filter, "OUTPUT"}] = kOutput;
  });
}

}  // namespace netctl::firewall
