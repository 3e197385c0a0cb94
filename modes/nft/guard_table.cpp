#include "modes/nft/guard_table.h"

#include "modes/host/names.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::nft {
namespace {

// Frames to these do not leave a link: STP, LLDP, pause frames (IEEE 802.1Q, table 8-1).
constexpr std::string_view kLinkLocal = "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00";
constexpr std::string_view kMulticast = "ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00";
// All but IPv4 over Ethernet.
constexpr std::string_view kOtherArp =
    "arp htype . arp ptype . arp hlen . arp plen != { 1 . ip . 6 . 4 }";
// RARP has no name in nft.
constexpr std::string_view kTypes = "ip, arp, 0x8035";

// nft compares a field with constants and sets only, never two fields. So own_macs has each MAC
// twice: a frame whose two MACs are equal is found there.
constexpr std::string_view kSets = R"(
	# Each port, by device; its comment says all that it is bound to.
	set ports { type ifname; }
	# As ports, of instances whose device is not known yet: bound by MAC.
	set unseen { type ether_addr; }
	set port_macs { type ifname . ether_addr; }
	set own_macs { type ether_addr . ether_addr; }
	# Of own_macs, those whose instance may be on another host: it migrates.
	set migrating { type ether_addr; }
	set own_addresses { type ether_addr . ipv4_addr; }
	set any_address { type ether_addr; }
	set port_networks { type ifname . mark; }
	map members { type ether_addr : mark; }
	set member_networks { type ether_addr . mark; }
	set gateway_macs { type ether_addr; }
	set seal { type ifname; }

	counter foreign_mac { }
	counter foreign_address { }
	counter dhcp_server { }
	counter router_advertisement { }
	counter ether_type { }
	counter link_local { }
	counter other_network { }
	counter outsider { }
	counter unknown_port { }
	counter not_for_port { }
	counter own_broadcast { }
)";

class Writer {
 public:
  Writer(const host::GuardRules& rules, bool bridge_names)
      : rules_(rules), bridge_names_(bridge_names) {}

  std::string write() {
    text_ = fmt::format("table bridge {} {{{}", host::kGuardTable, kSets);
    // Before br_netfilter (priority 0) translates anything.
    Rules prerouting;
    // A bridge takes a frame to its MAC for another host's if its port has another MAC. The kernel
    // lets nobody change that elsewhere.
    addIf(rules_.is_gateway, prerouting, "ether daddr @gateway_macs meta pkttype set host");
    prerouting.emplace_back("jump from_any");
    base("prerouting", std::move(prerouting));
    // Frames that are not to leave a link come to the host without prerouting.
    base("input", {fmt::format("{} jump from_any", kLinkLocal)});
    base("forward", {"jump to_any"});
    base("output", {"jump to_any"});
    fromAnyPort();
    fromInstance();
    toAnyPort();
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  using Rules = std::vector<std::string>;

  void chain(std::string_view name, const Rules& rules) {
    fmt::format_to(std::back_inserter(text_), "\n\tchain {} {{\n", name);
    for (const auto& rule : rules) text_ += "\t\t" + rule + "\n";
    text_ += "\t}\n";
  }
  void base(std::string_view hook, Rules rules) {
    rules.insert(rules.begin(),
                 fmt::format("type filter hook {} priority -200; policy accept;", hook));
    chain(hook, rules);
  }
  static void addIf(bool condition, Rules& rules, std::string rule) {
    if (condition) rules.push_back(std::move(rule));
  }

  [[nodiscard]] std::string ownBridge(std::string_view direction) const {
    return fmt::format("meta {}brname \"{}*\"", direction, rules_.own_bridges);
  }
  [[nodiscard]] std::string bearsPrefix(std::string_view field) const {
    return fmt::format("ether {} & ff:ff:00:00:00:00 == {}:00:00:00:00", field,
                       net::format(rules_.mac_prefix));
  }

  /// Which port a frame comes from.
  void fromAnyPort() {
    const bool own = !rules_.own_bridges.empty();
    Rules from_any{"iifname @ports goto from_port"};
    addIf(own, from_any, ownBridge("i") + " goto from_own_bridge");
    addIf(!rules_.shared_bridge.empty(), from_any,
          bridge_names_
              ? fmt::format("meta ibrname \"{}\" goto from_elsewhere", rules_.shared_bridge)
              : "goto from_elsewhere");
    chain("from_any", from_any);
    chain("from_port", {"iifname . ether saddr != @port_macs counter name foreign_mac drop",
                        "goto from_instance"});
    if (own) {
      // The trunk's VLAN device is known by its group.
      chain("from_own_bridge",
            {fmt::format("iifgroup != {} ether saddr != @unseen counter name unknown_port drop",
                         host::kLinkGroup),
             "goto from_elsewhere"});
    }
    // Frames from outside, the gateway, instances of other hosts, and devices not seen yet.
    Rules elsewhere{"ether saddr @unseen goto from_instance",
                    "ether saddr . ether saddr @own_macs ether saddr != @migrating "
                    "counter name foreign_mac drop"};
    addIf(rules_.parts_networks, elsewhere, "meta mark set ether saddr map @members goto part");
    addIf(rules_.parts_networks, elsewhere,
          bearsPrefix("saddr") + " counter name foreign_mac drop");
    chain("from_elsewhere", elsewhere);
  }

  /// What an instance may send, once its MAC is known to be right.
  void fromInstance() {
    chain("from_instance",
          {fmt::format("{} counter name link_local drop", kLinkLocal),
           fmt::format("ether type vmap {{ ip : goto from_ipv4, arp : goto from_arp, 0x8035 : goto "
                       "right_sender{} }}",
                       rules_.ipv6 ? ", ip6 : goto from_ipv6" : ""),
           "counter name ether_type drop"});
    // A packet has no protocol at all where its header is not whole.
    chain("from_ipv4",
          {"udp sport 67 counter name dhcp_server drop", "meta l4proto 0-255 goto ipv4_sender",
           "counter name foreign_address drop"});
    chain("ipv4_sender",
          {"ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 goto right_sender",
           "ether saddr . ip saddr @own_addresses goto right_sender",
           "ether saddr @any_address goto right_sender", "counter name foreign_address drop"});
    // Where the address is not known yet, a claim is heard at the port and does not go further: it
    // might be another machine's address. Who asks again is known by then.
    chain("from_arp", {fmt::format("{} counter name ether_type drop", kOtherArp),
                       "ether saddr . arp saddr ether != @own_macs counter name foreign_mac drop",
                       "arp operation request arp saddr ip 0.0.0.0 goto right_sender",
                       "ether saddr . arp saddr ip @own_addresses goto right_sender",
                       "counter name foreign_address drop"});
    if (rules_.ipv6) {
      chain("from_ipv6",
            {"icmpv6 type nd-router-advert counter name router_advertisement drop",
             "udp sport 547 counter name dhcp_server drop", "meta l4proto 0-255 goto right_sender",
             "counter name foreign_address drop"});
    }
    if (!rules_.parts_networks) {
      chain("right_sender", {"accept"});
      return;
    }
    chain("right_sender",
          {"meta mark set ether saddr map @members goto part", "counter name other_network drop"});
    // The mark is the sender's network, and leaves no trace.
    Rules part{fmt::format("{} goto parted", kMulticast),
               "ether daddr . meta mark @member_networks goto parted",
               "meta mark set ether daddr map @members counter name other_network drop",
               bearsPrefix("daddr") + " counter name other_network drop"};
    addIf(knowsGateway(), part, "ether daddr != @gateway_macs counter name outsider drop");
    part.emplace_back("goto parted");
    chain("part", part);
    chain("parted", {"meta mark set 0", "accept"});
  }

  void toAnyPort() {
    Rules to_any{"oifname @ports goto to_port"};
    addIf(!rules_.own_bridges.empty(), to_any,
          fmt::format("{} oifgroup != {} ether daddr != @unseen counter name unknown_port drop",
                      ownBridge("o"), host::kLinkGroup));
    chain("to_any", to_any);
    Rules to_port{fmt::format("ether type != {{ {}{} }} counter name ether_type drop", kTypes,
                              rules_.ipv6 ? ", ip6" : ""),
                  fmt::format("{} goto to_many", kMulticast),
                  "oifname . ether daddr != @port_macs counter name not_for_port drop"};
    if (keepsOutsidersOut()) {
      to_port.push_back(fromGateway() + " accept");
      // Translated within the bridge, and permitted by the rules for IP.
      addIf(rules_.is_gateway, to_port, "meta pkttype host accept");
      to_port.emplace_back("meta mark set ether saddr map @members goto parted");
      to_port.emplace_back("counter name outsider drop");
    }
    chain("to_port", to_port);
    // A port in hairpin mode would get its own back.
    Rules to_many{"oifname . ether saddr @port_macs counter name own_broadcast drop"};
    addIf(rules_.parts_networks, to_many, "meta mark set ether saddr map @members goto to_network");
    if (keepsOutsidersOut()) {
      to_many.push_back(fromGateway() + " accept");
      to_many.emplace_back("counter name outsider drop");
    }
    chain("to_many", to_many);
    if (!rules_.parts_networks) return;
    chain("to_network", {"oifname . meta mark != @port_networks counter name other_network drop",
                         "meta mark set 0"});
  }

  [[nodiscard]] bool knowsGateway() const {
    return rules_.parts_networks && !rules_.gateway_macs.empty();
  }
  [[nodiscard]] bool keepsOutsidersOut() const {
    return knowsGateway() || (rules_.parts_networks && !rules_.uplink.empty());
  }
  [[nodiscard]] std::string fromGateway() const {
    return knowsGateway() ? "ether saddr @gateway_macs"
                          : fmt::format("iifname \"{}\"", rules_.uplink);
  }

  const host::GuardRules& rules_;
  bool bridge_names_;
  std::string text_;
};

}  // namespace

std::string guardTable(const host::GuardRules& rules, bool bridge_names) {
  return Writer(rules, bridge_names).write();
}

}  // namespace netctl::nft
