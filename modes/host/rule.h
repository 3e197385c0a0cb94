#pragma once

#include "modes/net/address.h"
#include "modes/net/protocol.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// iptables rules as values: exactly the matches and targets that our layout uses, no more.
namespace netctl::host {

/// Mangle is only ever observed: a former version had a chain there, which goes.
enum class Table { Filter, Nat, Mangle };
inline constexpr std::array kTables{Table::Filter, Table::Nat, Table::Mangle};
std::string_view format(Table table);

/// A packet's address compared with `value` under `mask`, which need not be a prefix (iptables
/// -s/-d).
struct AddressMatch {
  net::Ipv4Address value;
  net::Ipv4Address mask;

  auto operator<=>(const AddressMatch&) const = default;
};
AddressMatch matchOf(const net::Ipv4Prefix& prefix);
AddressMatch matchOf(net::Ipv4Address address);

/// A name, or its opposite. An interface name that ends in `+` matches all that begin so.
struct InterfaceMatch {
  std::string name;
  bool inverted = false;

  auto operator<=>(const InterfaceMatch&) const = default;
};

/// -p tcp --dport first:last, or udp.
struct PortMatch {
  net::PortRange source{0, 65535};
  net::PortRange destination{0, 65535};

  auto operator<=>(const PortMatch&) const = default;
};

/// Which segments of TCP a rule matches, by their flags.
enum class TcpFlags {
  NotSyn,  ///< ! --syn: neither the first packet of a connection nor anything like it
  Fin,     ///< --tcp-flags FIN FIN: its sender has nothing more to say
};

/// States of xt_conntrack, as a mask of its bits (linux/netfilter/xt_conntrack.h).
struct ConntrackMatch {
  enum State : std::uint8_t { kInvalid = 1, kNew = 2, kEstablished = 4, kRelated = 8, kDnat = 16 };

  std::uint8_t states = 0;  ///< of State
  bool inverted = false;
  bool reply_only = false;  ///< --ctdir REPLY

  auto operator<=>(const ConntrackMatch&) const = default;
};

/// -m connmark --mark value/mask, or its opposite.
struct ConnmarkMatch {
  std::uint32_t value = 0;
  std::uint32_t mask = 0;
  bool inverted = false;

  auto operator<=>(const ConnmarkMatch&) const = default;
};

/// -m connlabel --label BIT [--set]: that bit of the conntrack entry's labels, or its opposite.
/// With `set` the bit is set first, so that only an entry without room for labels has it not.
struct ConnlabelMatch {
  std::uint16_t bit = 0;
  bool set = false;
  bool inverted = false;

  auto operator<=>(const ConnlabelMatch&) const = default;
};

/// -m set --match-set NAME src|dst,...: one direction per dimension of the set.
struct SetMatch {
  enum class Direction : std::uint8_t { Source, Destination };

  std::string set;
  std::vector<Direction> directions;
  bool inverted = false;
  bool counts = false;  ///< packets, at the member of a HashIp that they match

  auto operator<=>(const SetMatch&) const = default;
};

/// Source and destination are equal under `mask`: both are in one network, whichever it is
/// (xt_bpf).
struct SameNetworkMatch {
  net::Ipv4Address mask;

  auto operator<=>(const SameNetworkMatch&) const = default;
};

struct Accept {
  auto operator<=>(const Accept&) const = default;
};
struct Drop {
  auto operator<=>(const Drop&) const = default;
};
struct Return {
  auto operator<=>(const Return&) const = default;
};
/// -j REJECT --reject-with tcp-reset: dropped, and the sender's connection ends. With protocol tcp.
struct Reset {
  auto operator<=>(const Reset&) const = default;
};
struct Jump {
  std::string chain;
  auto operator<=>(const Jump&) const = default;
};
/// As Jump, but the end of that chain returns to where this chain was called from.
struct Goto {
  std::string chain;
  auto operator<=>(const Goto&) const = default;
};
struct Dnat {
  net::Ipv4Address to;
  std::uint16_t port = 0;  ///< 0: as it was; else with protocol tcp or udp
  auto operator<=>(const Dnat&) const = default;
};
struct Masquerade {
  auto operator<=>(const Masquerade&) const = default;
};
/// What was read and is none of the above: equal to no rule of ours, so it is replaced.
struct Unknown {
  std::string text;
  auto operator<=>(const Unknown&) const = default;
};

using Target = std::variant<Accept, Drop, Return, Reset, Jump, Goto, Dnat, Masquerade, Unknown>;

struct Rule {
  std::optional<AddressMatch> source = {};
  std::optional<AddressMatch> destination = {};
  std::optional<InterfaceMatch> in = {};
  std::optional<InterfaceMatch> out = {};
  std::optional<std::uint8_t> protocol = {};
  std::optional<PortMatch> ports = {};      ///< with protocol tcp or udp
  std::optional<TcpFlags> tcp_flags = {};   ///< with protocol tcp
  std::optional<net::IcmpMatch> icmp = {};  ///< with protocol icmp and a type
  std::optional<ConntrackMatch> conntrack = {};
  std::optional<ConnmarkMatch> connmark = {};
  std::optional<ConnlabelMatch> connlabel = {};
  std::optional<SameNetworkMatch> same_network = {};
  std::optional<SetMatch> set = {};
  Target target = Accept{};

  auto operator<=>(const Rule&) const = default;
};

/// A chain's rules in their order.
using Chain = std::vector<Rule>;

struct ChainId {
  Table table = Table::Filter;
  std::string name;

  auto operator<=>(const ChainId&) const = default;
};

/// As iptables-save prints it, without `-A CHAIN`; for plans, events and golden tests.
std::string format(const Rule& rule);

}  // namespace netctl::host
