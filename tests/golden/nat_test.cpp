// The translation of public addresses as nft's commands.

#include "modes/nft/elastic_table.h"
#include "tests/support/example_cloud.h"
#include "tests/support/golden_file.h"

#include <gtest/gtest.h>

namespace netctl {
namespace {

using host::EditNat;
using testing::address;
using testing::prefix;

const host::NatRules kRules{prefix("172.16.0.0/16"),
                            {prefix("10.0.0.0/8"), prefix("192.0.2.0/24")},
                            {address("198.51.100.1")},
                            "br0",
                            true};

void compare(const std::string& name, const EditNat& step, const nft::NatKeys& there = {}) {
  testing::compareWithGolden("nat/" + name + ".nft", nft::natCommands(step, there));
}

TEST(GoldenNat, FromNothing) {
  EditNat step{.rules = host::EntryChange<host::NatRules>{{}, kRules}};
  step.elastic = {{address("203.0.113.1"), {{}, address("172.16.0.9")}},
                  {address("203.0.113.2"), {{}, address("172.16.0.10")}}};
  step.forwards = {{{address("203.0.113.4"), 6, 8080}, {{}, {{address("172.16.0.9"), 80}}}},
                   {{address("203.0.113.4")}, {{}, host::PrivatePort{}}},
                   {{address("198.51.100.1"), 17, 53}, {{}, {{address("172.16.0.9"), 53}}}}};
  step.senders_to_add = {{address("172.16.0.9"), testing::mac("d0:0d:00:00:00:09")}};
  compare("new", step);
}

TEST(GoldenNat, AnAddressMovesOneComesAndOneGoes) {
  EditNat step;
  step.elastic = {{address("203.0.113.1"), {address("172.16.0.9"), address("172.16.0.10")}},
                  {address("203.0.113.2"), {address("172.16.0.10"), {}}},
                  {address("203.0.113.3"), {{}, address("172.16.0.9")}}};
  step.forwards = {{{address("203.0.113.4"), 6, 8080},
                    {{{address("172.16.0.9"), 80}}, {{address("172.16.0.10"), 80}}}},
                   {{address("203.0.113.5")}, {host::PrivatePort{}, {}}},
                   {{address("203.0.113.4"), 17, 53}, {{{address("172.16.0.9"), 53}}, {}}}};
  step.senders_to_add = {{address("172.16.0.9"), testing::mac("d0:0d:00:00:00:09")}};
  step.senders_to_remove = {{address("172.16.0.10"), testing::mac("d0:0d:00:00:00:0a")}};
  auto there = nft::keysOf(step);
  there.senders = step.senders_to_remove;
  there.elastic.erase(address("203.0.113.3"));
  compare("changes", step, there);
}

TEST(GoldenNat, LostFlowsMayHealButForOneThatWasCut) {
  host::Flow cut{{address("203.0.113.7"), address("203.0.113.1"), 6, 40000, 22},
                 {address("172.16.0.9"), address("203.0.113.7"), 6, 22, 40000}};
  host::Flow of_udp{{address("203.0.113.7"), address("203.0.113.1"), 17, 40000, 53},
                    {address("172.16.0.9"), address("203.0.113.7"), 17, 53, 40000}};
  testing::compareWithGolden("nat/healing.nft", nft::healingCommands({cut, of_udp}));
}

TEST(GoldenNat, None) {
  compare("none", {.rules = host::EntryChange<host::NatRules>{kRules, {}}});
}

}  // namespace
}  // namespace netctl
