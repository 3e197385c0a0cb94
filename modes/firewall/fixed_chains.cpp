#include "modes/firewall/fixed_chains.h"

#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"
#include "modes/firewall/names.h"
#include "modes/host/names.h"

namespace netctl::firewall {
namespace {

using host::Accept;
using host::Chain;
using host::ConntrackMatch;
using host::Drop;
using host::InterfaceMatch;
using host::Table;

constexpr auto kGoingOn = ConntrackMatch::kEstablished | ConntrackMatch::kRelated;
constexpr std::uint8_t kEchoRequest = 8;
constexpr std::uint8_t kRedirect = 5;
constexpr std::uint16_t kDnsPort = 53;
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

  [[nodiscard]] Chain forward() const {
    Chain chain{
        // A private source that does not come from our side is forged.
        {.source = subnet_, .in = notFromInstances(), .target = Drop{}},
        {.destination = subnet_,
         .conntrack = state(kGoingOn),
         .connmark = notCut(),
         .target = Accept{}},
        {.source = subnet_, .conntrack = state(kGoingOn), .connmark = notCut(), .target = Accept{}},
        // Before all that lets in, since a flow without an answer yet is new at each packet.
        {.destination = subnet_, .connmark = cut(), .target = Drop{}},
        {.source = subnet_, .connmark = cut(), .target = Drop{}},
        {.source = subnet_, .set = fromOtherNetworks(), .target = Drop{}},
        // Routed packets of one network, and bridged ones where br_netfilter is on. Before the
        // INVALID rules: of bridged flows conntrack need not see both directions.
        {.source = subnet_,
         .destination = subnet_,
         .same_network = host::SameNetworkMatch{network_mask_},
         .target = Accept{}},
        {.destination = subnet_, .conntrack = state(ConntrackMatch::kInvalid), .target = Drop{}},
        {.source = subnet_, .conntrack = state(ConntrackMatch::kInvalid), .target = Drop{}},
        // Else the later packets of a flow that ended here would begin it anew.
        {.destination = subnet_,
         .protocol = net::kTcp.number,
         .not_syn = host::NotSyn{},
         .conntrack = state(ConntrackMatch::kNew),
         .target = Drop{}},
        {.source = subnet_,
         .protocol = net::kTcp.number,
         .not_syn = host::NotSyn{},
         .conntrack = state(ConntrackMatch::kNew),
         .target = Drop{}},
    };
    if (settings_.metadata_endpoint) chain.push_back(metadataRequest(settings_));
    chain.insert(chain.end(),
                 {
                     {.destination = subnet_, .target = host::Jump{kIn}},
                     {.destination = subnet_, .target = Drop{}},
                     {.source = subnet_, .set = destinationIn(kDenySet), .target = Drop{}},
                     {.source = subnet_, .target = Accept{}},
                     // Public addresses that lead to no instance: see nc_deny.
                     {.conntrack = state(ConntrackMatch::kNew),
                      .set = destinationIn(kPoolSet),
                      .target = Drop{}},
                 });
    return chain;
  }

  [[nodiscard]] static Chain in() {
    return {
        {.set = host::SetMatch{kOpenSet, {kDestinationDimension, kDestinationDimension}},
         .target = Accept{}},
        {.set = host::SetMatch{kAllowSet,
                               {kDestinationDimension, kDestinationDimension, kSourceDimension}},
         .target = Accept{}},
        // The trie's leaves are networks: it is not asked about addresses of no instance.
        {.set = destinationIn(kInstanceSet), .target = host::Goto{kRuledTrie}},
    };
  }

  [[nodiscard]] Chain input() const {
    return {
        // Answers to the host's own traffic, also to elastic addresses.
        {.source = subnet_,
         .conntrack = ConntrackMatch{.states = kGoingOn, .reply_only = true},
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
        {.destination = subnet_, .protocol = net::kUdp.number, .ports = dhcp(), .target = Accept{}},
        {.destination = host::matchOf(kBroadcast),
         .protocol = net::kUdp.number,
         .ports = dhcp(),
         .target = Accept{}},
        {.protocol = net::kIcmp.number,
         .icmp = net::IcmpMatch{kEchoRequest, {}},
         .same_network = host::SameNetworkMatch{network_mask_},
         .target = Accept{}},
        metadataRequest(settings_),
    };
    if (dns_is_local_) {
      for (const auto protocol : {net::kUdp, net::kTcp}) {
        chain.push_back({.destination = host::matchOf(settings_.dns),
                         .protocol = protocol.number,
                         .ports = host::PortMatch{.destination = {kDnsPort, kDnsPort}},
                         .target = Accept{}});
      }
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
  static host::ConnmarkMatch cut() { return {host::kCutMark, host::kCutMark}; }
  static host::ConnmarkMatch notCut() { return {host::kCutMark, host::kCutMark, true}; }
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
    state.chains[{Table::Filter, kIn}] = FixedChains::in();
    state.chains[{Table::Filter, kInput}] = fixed.input();
    state.chains[{Table::Filter, kHost}] = fixed.host();
    state.chains[{Table::Filter, kOutput}] = fixed.output();
    state.jumps[{Table::Filter, "FORWARD"}] = kForward;
    state.jumps[{Table::Filter, "INPUT"}] = kInput;
    state.jumps[{Table::Filter, "OUTPUT"}] = kOutput;
  });
}

}  // namespace netctl::firewall
