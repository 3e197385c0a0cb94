#include "netctl/kernel/iptables/rule_codec.h"

#include "modes/host/host_state.h"
#include "netctl/kernel/iptables/iptables.h"
#include "tests/kernel/support/every_rule.h"
#include "tests/kernel/support/network_namespace.h"

#include <libiptc/libiptc.h>
#include <netdb.h>

#include <cstring>
#include <memory>
#include <random>
#include <sstream>

namespace netctl::kernel {
namespace {

using host::ChainId;
using host::Rule;
using host::Table;

// Sets that exist on paper.
class PaperSets final : public SetIndexes {
 public:
  Result<std::uint16_t> indexOf(const std::string& name) override {
    return std::uint16_t{name == "nc_ip" ? std::uint16_t{3} : std::uint16_t{4}};
  }
  Result<std::string> nameOf(std::uint16_t index) override {
    return std::string(index == 3 ? "nc_ip" : "nc_allow");
  }
};

// In a heap block of exactly its size, so that a sanitizer sees each step over its edge.
class Blob {
 public:
  explicit Blob(std::span<const std::byte> bytes)
      : bytes_(new std::byte[bytes.size()]), size_(bytes.size()) {
    std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  std::byte* data() { return bytes_.get(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

  // As libiptc shows a rule: the name of a verdict or chain is not in the target, but told by the
  // handle.
  std::string takeVerdict() {
    const std::size_t at = reinterpret_cast<ipt_entry*>(bytes_.get())->target_offset;
    auto* target = reinterpret_cast<xt_entry_target*>(bytes_.get() + at);
    std::string name = target->u.user.name;
    const bool is_module = name == "DNAT" || name == "MASQUERADE" || name == "REJECT";
    if (!is_module) std::memset(target->u.user.name, 0, sizeof target->u.user.name);
    return name;
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_;
};

std::vector<Rule> everyRuleOfAnyTable() {
  auto rules = everyRule();
  rules.push_back({.target = host::Dnat{{0x0a010203}}});
  rules.push_back({.protocol = net::kTcp.number, .target = host::Dnat{{0x0a010203}, 8773}});
  rules.push_back({.target = host::Masquerade{}});
  return rules;
}

TEST(RuleCodec, DecodesWhatItEncoded) {
  PaperSets sets;
  for (const Rule& rule : everyRuleOfAnyTable()) {
    const auto encoded = encode(rule, sets);
    ASSERT_TRUE(encoded) << encoded.error().message;
    Blob blob(encoded->bytes());
    const std::string verdict = blob.takeVerdict();
    const auto decoded = decode(blob.bytes(), verdict, sets);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, rule) << format(rule) << "\n" << format(*decoded);
  }
}

TEST(RuleCodec, RefusesRulesThatWouldReadBackAsOthers) {
  PaperSets sets;
  const std::vector<Rule> rules{
      {.source = host::AddressMatch{}},
      {.destination = host::AddressMatch{{0x0a010203}, {0xffffff00}}},
      {.in = host::InterfaceMatch{"+"}},
      {.out = host::InterfaceMatch{""}},
      {.in = host::InterfaceMatch{"sixteen-letters-"}},
      {.protocol = 0},
      {.ports = host::PortMatch{}},
      {.protocol = 47, .ports = host::PortMatch{}},
      {.protocol = 17, .tcp_flags = host::TcpFlags::NotSyn},
      {.protocol = 6, .ports = host::PortMatch{}, .tcp_flags = host::TcpFlags::NotSyn},
      {.protocol = 1, .icmp = net::IcmpMatch{}},
      {.protocol = 1, .icmp = net::IcmpMatch{255, {}}},
      {.icmp = net::IcmpMatch{8, {}}},
      {.conntrack = host::ConntrackMatch{}},
      {.conntrack = host::ConntrackMatch{0x80, false, false}},
      {.connmark = host::ConnmarkMatch{3, 1}},
      {.connlabel = host::ConnlabelMatch{128}},
      {.target = host::Reset{}},
      {.protocol = 17, .target = host::Reset{}},
      {.set = host::SetMatch{"nc_ip", {}, false}},
      {.target = host::Jump{"FOREIGN"}},
      {.target = host::Goto{"NC_a_name_that_has_29_letters"}},
      {.target = host::Unknown{"-j LOG"}},
  };
  for (const Rule& rule : rules) {
    const auto encoded = encode(rule, sets);
    ASSERT_FALSE(encoded) << format(rule);
    EXPECT_EQ(encoded.error().code, ErrorCode::Internal);
  }
}

TEST(RuleCodec, TakesOnlyTheExactJumpForOurs) {
  Blob exact(encodeJump("NC_FORWARD").bytes());
  exact.takeVerdict();
  EXPECT_EQ(jumpKind(exact.bytes(), "NC_FORWARD"), JumpKind::Exact);
  EXPECT_EQ(jumpKind(exact.bytes(), "FOREIGN"), JumpKind::Foreign);
  EXPECT_EQ(jumpKind(exact.bytes(), "ACCEPT"), JumpKind::Foreign);
  auto* entry = reinterpret_cast<ipt_entry*>(exact.data());
  entry->ip.proto = 6;
  EXPECT_EQ(jumpKind(exact.bytes(), "NC_FORWARD"), JumpKind::Foreign);
  entry->ip.proto = 0;
  entry->ip.flags = IPT_F_GOTO;
  EXPECT_EQ(jumpKind(exact.bytes(), "NC_FORWARD"), JumpKind::Foreign);
}

// Damaged rules of a foreign program are read as something, and never beyond their end.
TEST(RuleCodec, SurvivesAnyBytes) {
  PaperSets sets;
  std::mt19937 random(7);
  for (const Rule& rule : everyRuleOfAnyTable()) {
    const auto encoded = encode(rule, sets);
    for (int round = 0; round < 400; ++round) {
      const std::size_t size =
          random() % 4 == 0 ? random() % (encoded->bytes().size() + 1) : encoded->bytes().size();
      Blob blob(encoded->bytes().first(size));
      for (unsigned i = random() % 4; i > 0 && size > 0; --i) {
        // Offsets and sizes stand near the begin of each part.
        const std::size_t at = random() % 2 == 0 ? random() % size : 88 + random() % 60;
        if (at < size) blob.data()[at] = static_cast<std::byte>(random());
      }
      (void)decode(blob.bytes(), "ACCEPT", sets);
      (void)jumpKind(blob.bytes(), "NC_A");
    }
  }
}

TEST(RuleCodec, SeesEveryBitThatDiffers) {
  PaperSets sets;
  // Ports, flags, types, states and addresses have no bit that means nothing.
  const Rule rule{.source = host::AddressMatch{{0x0a010203}, {0xffffffff}},
                  .protocol = 6,
                  .ports = host::PortMatch{{0, 65535}, {80, 80}},
                  .conntrack = host::ConntrackMatch{host::ConntrackMatch::kNew, false, false},
                  .target = host::Accept{}};
  const auto encoded = encode(rule, sets);
  constexpr std::size_t kPart = sizeof(xt_entry_match);
  const std::size_t tcp = sizeof(ipt_entry) + kPart;
  const std::size_t conntrack = tcp + XT_ALIGN(sizeof(xt_tcp)) + kPart;
  for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, sizeof(ipt_ip)},
                                   {tcp, tcp + sizeof(xt_tcp)},
                                   {conntrack, conntrack + 160}}) {
    for (std::size_t bit = begin * 8; bit < end * 8; ++bit) {
      Blob blob(encoded->bytes());
      const std::string verdict = blob.takeVerdict();
      blob.data()[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      EXPECT_NE(*decode(blob.bytes(), verdict, sets), rule) << "bit " << bit;
    }
  }
}

class RulesInKernel : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ipset create nc_ip hash:ip; ipset create nc_allow hash:ip,port,net");
    auto opened = Iptables::open();
    ASSERT_TRUE(opened) << opened.error().message;
    iptables_.emplace(std::move(*opened));
  }

  void put(Table table, const host::Chain& rules) {
    const host::EditTable edit{table, {{"NC_ALL", rules}, {"NC_OTHER", {}}}, {}, {}, {}};
    const auto done = iptables_->apply(edit);
    ASSERT_TRUE(done) << done.error().message;
  }

  host::Chain read(Table table) {
    host::HostState state;
    host::Scope scope;
    scope.chains.insert({table, "NC_ALL"});
    const auto looked = iptables_->look(table, scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state.chains[{table, "NC_ALL"}];
  }

  // `text` with the numbers of protocols, but for those that we name too: iptables looks in
  // /etc/protocols.
  static std::string withNumber(std::string text) {
    const std::size_t at = text.find("-p ");
    if (at == std::string::npos) return text;
    const std::size_t end = text.find(' ', at + 3);
    const std::string name = text.substr(at + 3, end - at - 3);
    const protoent* known = getprotobyname(name.c_str());
    if (known != nullptr && name != "tcp" && name != "udp" && name != "icmp") {
      text.replace(at + 3, name.size(), std::to_string(known->p_proto));
    }
    return text;
  }

  // The rules of NC_ALL as iptables-save prints them.
  static std::vector<std::string> saved(Table table) {
    std::istringstream lines(output("iptables-legacy-save -t " + std::string(format(table)) +
                                    " 2> /dev/null | grep '^-A NC_ALL'"));
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);) {
      texts.push_back(withNumber(line.substr(std::string("-A NC_ALL ").size())));
    }
    return texts;
  }

  // Our rules are read back, printed by iptables as we print them, and read back when iptables
  // writes them.
  void check(Table table, const host::Chain& rules) {
    put(table, rules);
    EXPECT_EQ(read(table), rules);
    std::vector<std::string> texts;
    for (const Rule& rule : rules) texts.push_back(format(rule));
    const auto printed = saved(table);
    ASSERT_EQ(printed.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(printed[i], texts[i]);
    put(table, {});
    for (const std::string& text : texts) {
      output("iptables-legacy -t " + std::string(format(table)) + " -A NC_ALL " + text);
    }
    const auto from_iptables = read(table);
    ASSERT_EQ(from_iptables.size(), rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
      EXPECT_EQ(from_iptables[i], rules[i]) << texts[i] << "\n" << format(from_iptables[i]);
    }
    // What iptables saved can be restored.
    output("iptables-legacy-save -t " + std::string(format(table)) + " | iptables-legacy-restore");
    EXPECT_EQ(read(table), rules);
  }

  std::optional<Iptables> iptables_;
};

TEST_F(RulesInKernel, AreWrittenAndReadAsIptablesDoesInFilter) {
  check(Table::Filter, everyRule());
}

// A chain is checked for every hook from which it can be reached; one that nothing calls takes any
// target.
TEST_F(RulesInKernel, AreWrittenAndReadAsIptablesDoesInNat) {
  const auto elastic = host::matchOf(net::Ipv4Address{0xc0000207});
  const auto own = host::matchOf(net::Ipv4Address{0x0a010203});
  check(Table::Nat, {{.destination = elastic, .target = host::Dnat{{0x0a010203}}},
                     {.source = own, .target = host::Masquerade{}},
                     {.destination = elastic, .target = host::Goto{"NC_OTHER"}},
                     {.source = own, .target = host::Return{}}});
}

TEST_F(RulesInKernel, OfOtherKindsAreUnknown) {
  put(Table::Filter, {});
  const std::vector<std::string> foreign{
      "-j LOG",
      "-m limit --limit 3/sec -j ACCEPT",
      "-m comment --comment netctl -j ACCEPT",
      "-p tcp -m tcp --tcp-flags SYN SYN -j ACCEPT",
      "-p tcp -m tcp --tcp-option 3 -j ACCEPT",
      "! -s 10.0.0.0/8 -j ACCEPT",
      "! -p tcp -j ACCEPT",
      "-p tcp ! --dport 22 -j ACCEPT",
      "-f -j ACCEPT",
      "-m conntrack --ctproto 6 -j ACCEPT",
      "-m conntrack --ctstate SNAT -j ACCEPT",
      "-m connlabel --label 7 -m connlabel --label 8 -j ACCEPT",
      "-p tcp -j REJECT",
      "-m set --match-set nc_ip src --return-nomatch -j ACCEPT",
      "-m set --match-set nc_ip src --packets-gt 3 -j ACCEPT",
      "-m bpf --bytecode '1,6 0 0 1' -j ACCEPT",
      "-p icmp -m icmp ! --icmp-type 8 -j ACCEPT",
      "-p icmp -m icmp --icmp-type any -j ACCEPT",
      "-m set --match-set nc_ip src -m set --match-set nc_ip dst -j ACCEPT",
      "-j FOREIGN",
      "",
  };
  output("iptables-legacy -N FOREIGN");
  for (const auto& text : foreign) output("iptables-legacy -A NC_ALL " + text);
  const auto rules = read(Table::Filter);
  ASSERT_EQ(rules.size(), foreign.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_TRUE(std::holds_alternative<host::Unknown>(rules[i].target)) << foreign[i];
  }
}

}  // namespace
}  // namespace netctl::kernel
