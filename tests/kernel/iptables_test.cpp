#include "netctl/kernel/iptables/iptables.h"

#include "netctl/kernel/iptables/iptables_table.h"
#include "netctl/kernel/iptables/table_dump.h"
#include "tests/kernel/support/network_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace netctl::kernel {
namespace {

using host::Chain;
using host::ChainId;
using host::EditTable;
using host::HostState;
using host::Rule;
using host::Scope;
using host::Table;
using testing::HasSubstr;
using testing::Not;

Rule from(std::uint32_t address, host::Target target = host::Accept{}) {
  return {.source = host::matchOf(net::Ipv4Address{0x0a000000 + address}),
          .target = std::move(target)};
}

Chain chainOf(std::initializer_list<std::uint32_t> addresses) {
  Chain rules;
  for (const auto address : addresses) rules.push_back(from(address));
  return rules;
}

class IptablesDriver : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    open();
  }

  void open(std::chrono::milliseconds patience = Iptables::kLockPatience) {
    auto opened = Iptables::open(patience);
    ASSERT_TRUE(opened) << opened.error().message;
    iptables_.emplace(std::move(*opened));
  }

  void apply(const EditTable& edit) {
    const auto done = iptables_->apply(edit);
    ASSERT_TRUE(done) << done.error().message;
  }

  Error refused(const EditTable& edit) {
    const auto done = iptables_->apply(edit);
    EXPECT_FALSE(done);
    return done ? Error{} : done.error();
  }

  HostState look(const Scope& scope, Table table = Table::Filter) {
    HostState state;
    const auto looked = iptables_->look(table, scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state;
  }

  HostState lookAtAll(Table table = Table::Filter) {
    Scope scope;
    scope.everything = true;
    return look(scope, table);
  }

  static std::string saved(const std::string& options = "") {
    return output("iptables-legacy-save " + options + " | grep -v '^#'");
  }

  // What a rule has counted, by the text that its line of iptables-save has.
  static std::string counterOf(const std::string& text) {
    return output("iptables-legacy-save -c | grep -- '" + text + "' | cut -d: -f1 | tr -d '['");
  }

  std::optional<Iptables> iptables_;
};

TEST_F(IptablesDriver, WritesChainsThatCallEachOtherAndJumps) {
  const EditTable edit{.table = Table::Filter,
                       .put = {{"NC_A", {from(1, host::Goto{"NC_B"}), from(2)}},
                               {"NC_B", {from(3, host::Jump{"NC_C"})}},
                               {"NC_C", {}}},
                       .jumps = {{"FORWARD", "NC_A"}, {"INPUT", "NC_C"}}};
  apply(edit);
  const auto state = lookAtAll();
  EXPECT_EQ(state.chains.size(), 3U);
  for (const auto& [name, rules] : edit.put) {
    EXPECT_EQ(state.chains.at({Table::Filter, name}), rules);
  }
  EXPECT_EQ(state.jumps, (std::map<ChainId, std::string>{{{Table::Filter, "FORWARD"}, "NC_A"},
                                                         {{Table::Filter, "INPUT"}, "NC_C"}}));
  EXPECT_THAT(saved(), HasSubstr("-A FORWARD -j NC_A\n"));
}

TEST_F(IptablesDriver, SeesATableAsLibiptcDoes) {
  apply({.table = Table::Filter,
         .put = {{"NC_A", {from(1, host::Goto{"NC_B"}), from(2, host::Drop{})}},
                 {"NC_B", {from(3, host::Jump{"NC_C"}), from(4, host::Return{})}},
                 {"NC_C", {}}},
         .jumps = {{"FORWARD", "NC_A"}}});
  output("iptables-legacy -N site && iptables-legacy -N empty && iptables-legacy -P INPUT DROP");
  output("iptables-legacy -A INPUT -j site && iptables-legacy -A site -p tcp --dport 22");
  output("iptables-legacy -A site -j LOG && iptables-legacy -A FORWARD -p udp -j NC_C");
  output("iptables-legacy -A FORWARD -m comment --comment netctl -j NC_B");
  output("iptables-legacy -t nat -A POSTROUTING -s 10.0.0.0/8 -j SNAT --to 192.0.2.1");
  output("iptables-legacy -t nat -N NC_N && iptables-legacy -t nat -A PREROUTING -j NC_N");
  auto sets = KernelSetIndexes::open().value();
  for (const auto table : {Table::Filter, Table::Nat}) {
    const auto dump = TableDump::read(table).value();
    const auto other = IptablesTable::read(table).value();
    EXPECT_THAT(dump.chains(), testing::UnorderedElementsAreArray(other.chains()));
    for (const auto& chain : other.chains()) {
      EXPECT_TRUE(dump.has(chain)) << chain;
      EXPECT_EQ(dump.isBuiltIn(chain), other.isBuiltIn(chain)) << chain;
      EXPECT_EQ(dump.rules(chain, sets).value(), other.rules(chain, sets).value()) << chain;
      EXPECT_EQ(dump.ownJumps(chain), other.ownJumps(chain)) << chain;
    }
    EXPECT_FALSE(dump.has("ERROR"));
    EXPECT_FALSE(dump.isBuiltIn("absent"));
    EXPECT_TRUE(dump.rules("absent", sets).value().empty());
  }
  EXPECT_EQ(TableDump::read(Table::Filter).value().ownJumps("FORWARD").size(), 2U);
}

TEST_F(IptablesDriver, SeesWhatTheScopeNamesAndNoMore) {
  apply({.table = Table::Filter,
         .put = {{"NC_A", chainOf({1})}, {"NC_T", {}}, {"NC_T_1", {}}, {"NC_U", {}}},
         .jumps = {{"FORWARD", "NC_A"}, {"INPUT", "NC_A"}}});
  Scope scope;
  scope.chains = {{Table::Filter, "NC_A"}, {Table::Filter, "NC_ABSENT"}, {Table::Nat, "NC_U"}};
  scope.chain_families = {{Table::Filter, "NC_T"}};
  scope.jumps = {{Table::Filter, "INPUT"}, {Table::Filter, "OUTPUT"}};
  const auto state = look(scope);
  EXPECT_EQ(state.chains, (std::map<ChainId, Chain>{{{Table::Filter, "NC_A"}, chainOf({1})},
                                                    {{Table::Filter, "NC_T"}, {}},
                                                    {{Table::Filter, "NC_T_1"}, {}}}));
  EXPECT_EQ(state.jumps, (std::map<ChainId, std::string>{{{Table::Filter, "INPUT"}, "NC_A"}}));
  scope.chain_families.clear();
  EXPECT_EQ(look(scope).chains.size(), 1U);
  EXPECT_EQ(look(scope, Table::Mangle), HostState{});
}

TEST_F(IptablesDriver, SetsUpNoTableForLookingAtWhatAFormerVersionHad) {
  const auto set_up = [] { return output("cat /proc/thread-self/net/ip_tables_names"); };
  EXPECT_EQ(lookAtAll(Table::Mangle), HostState{});
  EXPECT_THAT(set_up(), Not(HasSubstr("mangle")));
  output(R"(
    iptables-legacy -t mangle -N NC_MANGLE
    iptables-legacy -t mangle -A NC_MANGLE -o br0 -p udp --sport 67 -j CHECKSUM --checksum-fill
    iptables-legacy -t mangle -A POSTROUTING -m comment --comment netctl -j NC_MANGLE)");
  const auto found = lookAtAll(Table::Mangle);
  EXPECT_TRUE(found.chains.contains({Table::Mangle, "NC_MANGLE"}));
  for (const auto& step : host::diff({}, found).steps) {
    apply(std::get<EditTable>(step.action));
  }
  EXPECT_THAT(saved("-t mangle"), Not(HasSubstr("netctl")));
}

TEST_F(IptablesDriver, RemovesChainsThatCallEachOther) {
  apply({.table = Table::Filter,
         .put = {{"NC_A", {from(1, host::Goto{"NC_B"})}},
                 {"NC_B", {from(1, host::Jump{"NC_C"})}},
                 {"NC_C", {}}},
         .jumps = {{"FORWARD", "NC_A"}}});
  apply({.table = Table::Filter,
         .remove = {"NC_A", "NC_B", "NC_C", "NC_ABSENT"},
         .remove_jumps = {"FORWARD", "INPUT"}});
  EXPECT_EQ(lookAtAll(), HostState{});
  EXPECT_THAT(saved(), Not(HasSubstr("NC_")));
}

TEST_F(IptablesDriver, LeavesEverythingOfOthersWithItsCounters) {
  output(R"(
    iptables-legacy -N THEIRS
    iptables-legacy -A INPUT -i lo -p udp --dport 9 -m comment --comment "not netctl"
    iptables-legacy -A INPUT -m limit --limit 3/sec -j THEIRS
    iptables-legacy -A THEIRS -j LOG --log-prefix theirs
    iptables-legacy -P FORWARD DROP
    iptables-legacy -t nat -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE --random
    iptables-legacy -t mangle -A PREROUTING -j MARK --set-mark 7
    iptables-legacy -t raw -A PREROUTING -j NOTRACK
    nft add table inet theirs
    nft 'add chain inet theirs in { type filter hook input priority 0; }'
    nft add rule inet theirs in counter accept
    iptables-nft -A INPUT -s 10.9.9.9 -j DROP 2> /dev/null
    ping -c 3 -i 0.01 -q 127.0.0.1)");
  const auto nft = output("nft list ruleset");
  const auto before = saved("-c");
  for (const auto table : {Table::Filter, Table::Nat, Table::Mangle}) {
    const char* hook = table == Table::Filter ? "INPUT" : "OUTPUT";
    apply({.table = table, .put = {{"NC_A", chainOf({1, 2})}}, .jumps = {{hook, "NC_A"}}});
    apply({.table = table, .put = {{"NC_A", chainOf({2, 3})}, {"NC_B", {}}}});
    apply({.table = table, .remove = {"NC_A", "NC_B"}, .remove_jumps = {hook}});
  }
  EXPECT_EQ(saved("-c"), before);
  EXPECT_EQ(output("nft list ruleset"), nft);
}

TEST_F(IptablesDriver, KeepsTheCountersOfRulesThatStay) {
  // Every rule of 127.0.0.1 counts the pings, as none of them ends the walk.
  const auto rule = [](std::uint8_t protocol) {
    return Rule{.source = host::matchOf(net::Ipv4Address{0x7f000001}),
                .protocol = protocol,
                .target = host::Jump{"NC_NONE"}};
  };
  const Rule last{.protocol = 1, .target = host::Jump{"NC_NONE"}};
  apply({.table = Table::Filter,
         .put = {{"NC_NONE", {}}, {"NC_A", {rule(6), rule(1), rule(17), last}}},
         .jumps = {{"INPUT", "NC_A"}}});
  output("ping -c 5 -i 0.01 -q 127.0.0.1");
  const auto kept = counterOf("-A NC_A -p icmp -j NC_NONE");
  EXPECT_EQ(kept, "10\n");
  apply({.table = Table::Filter,
         .put = {{"NC_A", {rule(47), rule(1), rule(50), last, rule(2)}}, {"NC_B", {}}}});
  EXPECT_EQ(counterOf("-A NC_A -p icmp -j NC_NONE"), kept);
  EXPECT_EQ(counterOf("-A NC_A -s 127.0.0.1/32 -p icmp -j NC_NONE"), kept);
  EXPECT_EQ(counterOf("-A INPUT -j NC_"), kept);
}

TEST_F(IptablesDriver, CommitsNothingWhereNothingDiffers) {
  const EditTable edit{
      .table = Table::Filter, .put = {{"NC_A", chainOf({1, 2})}}, .jumps = {{"FORWARD", "NC_A"}}};
  apply(edit);
  // A commit makes new memory for the table, which the kernel's counter of allocations would show;
  // without one another program that holds a snapshot is not disturbed.
  auto other = IptablesTable::read(Table::Filter);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->create("NC_OTHER"));
  apply(edit);
  const auto committed = other->commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(*committed, IptablesTable::Commit::Done);
}

TEST_F(IptablesDriver, PutsItsJumpFirstAgainWhereARuleBeforeItDecides) {
  const ChainId forward{Table::Filter, "FORWARD"};
  output("iptables-legacy -A FORWARD -s 192.0.2.1 -j DROP");
  const EditTable edit{
      .table = Table::Filter, .put = {{"NC_A", {}}}, .jumps = {{"FORWARD", "NC_A"}}};
  apply(edit);
  EXPECT_THAT(output("iptables-legacy -S FORWARD 1"), HasSubstr("-j NC_A"));
  // What only counts, watches or marks may stand before it.
  output("iptables-legacy -I FORWARD -s 192.0.2.2; iptables-legacy -I FORWARD -j LOG");
  const auto before = saved();
  EXPECT_EQ(lookAtAll().jumps.at(forward), "NC_A");
  EXPECT_TRUE(lookAtAll().foreign.jumps.empty());
  apply(edit);
  EXPECT_EQ(saved(), before);
  output("iptables-legacy -I FORWARD -s 192.0.2.2 -j DROP");
  EXPECT_TRUE(lookAtAll().foreign.jumps.contains(forward));
  apply(edit);
  EXPECT_TRUE(lookAtAll().foreign.jumps.empty());
  EXPECT_THAT(output("iptables-legacy -S FORWARD 1"), HasSubstr("-j NC_A"));
  EXPECT_THAT(output("iptables-legacy -S FORWARD"), HasSubstr("-s 192.0.2.2/32 -j DROP"));
}

TEST_F(IptablesDriver, RepairsJumpsThatWereChanged) {
  const ChainId forward{Table::Filter, "FORWARD"};
  const EditTable edit{
      .table = Table::Filter, .put = {{"NC_A", {}}, {"NC_B", {}}}, .jumps = {{"FORWARD", "NC_A"}}};
  apply(edit);
  const auto right = saved();
  // Those with the comment are what a former version had, and what may have become of it.
  for (const char* damage : {"-R FORWARD 1 -m comment --comment netctl -j NC_A",
                             "-R FORWARD 1 -m comment --comment netctl -j ACCEPT",
                             "-R FORWARD 1 -s 10.0.0.1 -m comment --comment netctl -j NC_A",
                             "-I FORWARD -j NC_A", "-R FORWARD 1 -j NC_B", "-D FORWARD 1"}) {
    output(std::string("iptables-legacy ") + damage);
    const auto state = lookAtAll();
    EXPECT_TRUE(!state.jumps.contains(forward) || state.jumps.at(forward) != "NC_A" ||
                state.foreign.jumps.contains(forward))
        << damage;
    apply(edit);
    EXPECT_EQ(lookAtAll().jumps.at(forward), "NC_A") << damage;
    EXPECT_TRUE(lookAtAll().foreign.jumps.empty()) << damage;
    EXPECT_EQ(saved(), right) << damage;
  }
  // A jump of somebody else to a chain of ours is not ours.
  output("iptables-legacy -D FORWARD 1; iptables-legacy -A FORWARD -s 10.0.0.1 -j NC_A");
  output("iptables-legacy -A FORWARD -g NC_A");
  EXPECT_TRUE(lookAtAll().jumps.empty());
}

TEST_F(IptablesDriver, RepairsForeignRulesInOurChains) {
  const EditTable edit{.table = Table::Filter, .put = {{"NC_A", chainOf({1, 2, 3})}}};
  apply(edit);
  output("iptables-legacy -I NC_A 2 -j LOG; iptables-legacy -D NC_A 4");
  const auto rules = lookAtAll().chains.at({Table::Filter, "NC_A"});
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<host::Unknown>(rules[1].target));
  EXPECT_THAT(format(rules[1]), HasSubstr("LOG"));
  apply(edit);
  EXPECT_EQ(lookAtAll().chains.at({Table::Filter, "NC_A"}), chainOf({1, 2, 3}));
}

TEST_F(IptablesDriver, NamesTheRuleThatKeepsAChain) {
  apply({.table = Table::Filter, .put = {{"NC_A", chainOf({1})}, {"NC_B", chainOf({2})}}});
  output("iptables-legacy -A OUTPUT -j ACCEPT; iptables-legacy -A OUTPUT -s 192.0.2.1 -j NC_A");
  const EditTable edit{
      .table = Table::Filter, .put = {{"NC_C", chainOf({3})}}, .remove = {"NC_A", "NC_B"}};
  const auto error = refused(edit);
  EXPECT_EQ(error.code, ErrorCode::Conflict);
  EXPECT_THAT(error.message, HasSubstr("chain filter NC_A"));
  EXPECT_THAT(error.message, HasSubstr("rule 2 of chain OUTPUT"));
  // All else was done.
  const auto state = lookAtAll();
  EXPECT_EQ(state.chains, (std::map<ChainId, Chain>{{{Table::Filter, "NC_A"}, {}},
                                                    {{Table::Filter, "NC_C"}, chainOf({3})}}));
  output("iptables-legacy -D OUTPUT 2");
  apply(edit);
  EXPECT_EQ(lookAtAll().chains.size(), 1U);
}

TEST_F(IptablesDriver, LeavesTheTableAsItWasWhenItFails) {
  apply({.table = Table::Filter, .put = {{"NC_A", chainOf({1})}}, .jumps = {{"INPUT", "NC_A"}}});
  const auto before = saved("-c");
  const Rule in_set{.set = host::SetMatch{"nc_absent", {host::SetMatch::Direction::Source}, false}};
  const auto absent = refused({.table = Table::Filter, .put = {{"NC_A", {in_set}}, {"NC_B", {}}}});
  EXPECT_EQ(absent.code, ErrorCode::NotFound);
  EXPECT_THAT(absent.message, HasSubstr("nc_absent"));

  const auto circle = refused(
      {.table = Table::Filter,
       .put = {{"NC_A", {from(1, host::Jump{"NC_B"})}}, {"NC_B", {from(1, host::Jump{"NC_A"})}}}});
  EXPECT_EQ(circle.code, ErrorCode::Kernel);
  EXPECT_THAT(circle.message, HasSubstr("circle"));

  const auto unknown =
      refused({.table = Table::Filter, .put = {{"NC_A", {from(1, host::Jump{"NC_ABSENT"})}}}});
  EXPECT_THAT(unknown.message, HasSubstr("NC_ABSENT"));

  // DNAT is not for the filter table: the kernel itself says no.
  const auto misplaced =
      refused({.table = Table::Filter, .put = {{"NC_A", {from(1, host::Dnat{{1}})}}}});
  EXPECT_EQ(misplaced.code, ErrorCode::Kernel);
  EXPECT_THAT(misplaced.message, HasSubstr("filter"));

  EXPECT_EQ(refused({.table = Table::Filter, .jumps = {{"PREROUTING", "NC_A"}}}).code,
            ErrorCode::Internal);
  EXPECT_EQ(saved("-c"), before);
}

TEST_F(IptablesDriver, NeverEditsChainsThatAreNotOurs) {
  output("iptables-legacy -N THEIRS");
  const auto before = saved();
  EXPECT_EQ(refused({.table = Table::Filter, .put = {{"THEIRS", {}}}}).code, ErrorCode::Internal);
  EXPECT_EQ(refused({.table = Table::Filter, .put = {{"INPUT", {}}}}).code, ErrorCode::Internal);
  EXPECT_EQ(refused({.table = Table::Filter, .remove = {"THEIRS"}}).code, ErrorCode::Internal);
  EXPECT_EQ(refused({.table = Table::Filter, .jumps = {{"INPUT", "THEIRS"}}}).code,
            ErrorCode::Internal);
  EXPECT_EQ(saved(), before);
}

TEST_F(IptablesDriver, WaitsForTheLockAndGivesUp) {
  open(std::chrono::milliseconds(300));
  const int lock = ::open(lockFile().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  const EditTable edit{.table = Table::Filter, .put = {{"NC_A", {}}}};
  const auto began = std::chrono::steady_clock::now();
  const auto error = refused(edit);
  const auto waited = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(error.code, ErrorCode::Busy);
  EXPECT_THAT(error.message, HasSubstr(lockFile()));
  EXPECT_GE(waited, std::chrono::milliseconds(300));
  // Who tries again does not wait again.
  const auto again = std::chrono::steady_clock::now();
  EXPECT_EQ(refused(edit).code, ErrorCode::Busy);
  EXPECT_LT(std::chrono::steady_clock::now() - again, std::chrono::milliseconds(250));
  // To look needs no lock.
  EXPECT_EQ(lookAtAll(), HostState{});

  open(std::chrono::seconds(60));
  std::thread holder([lock] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    close(lock);
  });
  apply(edit);
  holder.join();
  // It is let go afterwards.
  output("iptables-legacy -w 1 -A INPUT -j ACCEPT");
}

TEST_F(IptablesDriver, LosesNoRuleToOthersWhoTakeTheLock) {
  std::atomic<bool> stop = false;
  std::atomic<int> added = 0;
  std::thread other([&] {
    while (!stop) {
      if (exitCode(fmt::format("iptables-legacy -w -A OUTPUT -s 10.1.0.{} -j ACCEPT", added + 1)) !=
          0) {
        ADD_FAILURE() << "iptables failed";
        return;
      }
      ++added;
    }
  });
  for (std::uint32_t i = 0; i < 100; ++i) {
    apply({.table = Table::Filter, .put = {{fmt::format("NC_{}", i), chainOf({i})}}});
  }
  stop = true;
  other.join();
  EXPECT_EQ(lookAtAll().chains.size(), 100U);
  EXPECT_EQ(output("iptables-legacy-save | grep -c -- '-A OUTPUT -s 10.1.0'"),
            fmt::format("{}\n", added.load()));
}

// A program that takes no lock: the kernel notices, and the edit begins anew.
TEST_F(IptablesDriver, BeginsAnewWhenTheTableChangedMeanwhile) {
  setenv("XTABLES_LOCKFILE", (lockFile() + ".other").c_str(), 1);
  std::atomic<bool> stop = false;
  std::atomic<int> added = 0;
  std::thread other([&] {
    for (; !stop; ++added) exitCode("iptables-legacy -A OUTPUT -s 10.1.0.1 -j ACCEPT");
  });
  apply({.table = Table::Filter, .put = {{"NC_BIG", Chain(2000, from(1))}}});
  for (std::uint32_t i = 0; i < 100; ++i) {
    apply({.table = Table::Filter, .put = {{fmt::format("NC_{}", i), chainOf({i})}}});
  }
  stop = true;
  other.join();
  unlink((lockFile() + ".other").c_str());
  EXPECT_GT(added, 0);
  EXPECT_EQ(lookAtAll().chains.size(), 101U);
}

TEST_F(IptablesDriver, HoldsTenThousandRulesInAThousandChains) {
  EditTable edit{.table = Table::Filter};
  for (std::uint32_t group = 0; group < 1000; ++group) {
    auto& rules = edit.put[fmt::format("NC_G_{}", group)];
    for (std::uint32_t i = 0; i < 10; ++i) rules.push_back(from(group * 10 + i));
    edit.put["NC_T"].push_back(from(group, host::Goto{fmt::format("NC_G_{}", group)}));
  }
  apply(edit);
  const auto state = lookAtAll();
  ASSERT_EQ(state.chains.size(), 1001U);
  for (const auto& [name, rules] : edit.put) {
    EXPECT_EQ(state.chains.at({Table::Filter, name}), rules);
  }
  edit.put["NC_G_500"].push_back(from(99999));
  apply(edit);
  EXPECT_EQ(lookAtAll().chains.at({Table::Filter, "NC_G_500"}), edit.put["NC_G_500"]);
  EditTable removal{.table = Table::Filter};
  for (const auto& [name, rules] : edit.put) removal.remove.insert(name);
  apply(removal);
  EXPECT_EQ(lookAtAll(), HostState{});
}

}  // namespace
}  // namespace netctl::kernel
