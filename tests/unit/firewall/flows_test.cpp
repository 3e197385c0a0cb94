#include "modes/firewall/flows.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace netctl::firewall {
namespace {

using cloud::Addressing;
using host::Flow;
using testing::address;
using testing::instance;
using ::testing::IsEmpty;
using testing::prefix;
using ::testing::UnorderedElementsAre;

constexpr auto kClient = "203.0.113.7";
constexpr auto kHost = "192.0.2.1";

/// Group web: instances 1 (10.0.0.9, public .1) and 2 (10.0.0.10). Group db: instance 3 (10.0.0.25,
/// public .2), open for tcp 22 from the client's network and udp 53 from web.
class Flows : public ::testing::Test {
 protected:
  Flows() : cloud_(testing::smallSettings()) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    run(cloud::CreateGroup{"alice", "db", "", {"sg-0000000b"}});
    run(cloud::Authorize{"alice", "db", {ssh(), dns()}});
    attach(1, "web", Addressing::Public);
    attach(2, "web", Addressing::Private);
    attach(3, "db", Addressing::Public);
  }

  static cloud::PermissionRequest ssh() {
    return {.protocol = net::kTcp, .ports = {22, 22}, .cidrs = {prefix("203.0.113.0/24")}};
  }
  static cloud::PermissionRequest dns() {
    return {.protocol = net::kUdp, .ports = {53, 53}, .groups = {{"", "web"}}};
  }

  cloud::Changes run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return cloud_.takeChanges();
  }
  cloud::Changes attach(int number, const std::string& group, Addressing addressing) {
    return run(cloud::AttachInstance{.instance = instance(fmt::format("i-{:08x}", number)),
                                     .owner = "alice",
                                     .groups = {group},
                                     .addressing = addressing});
  }

  /// A flow from a source to whom it asks; `target` is whom it was led to, `seen_as` the source
  /// that the target sees.
  static Flow flow(const std::string& source, const std::string& asked, std::uint16_t port,
                   const std::string& target = "", const std::string& seen_as = "",
                   net::Protocol protocol = net::kTcp) {
    Flow result;
    result.original = {.source = address(source),
                       .destination = address(asked),
                       .protocol = *protocol.number,
                       .source_port = 40000,
                       .destination_port = port};
    result.reply = {.source = address(target.empty() ? asked : target),
                    .destination = address(seen_as.empty() ? source : seen_as),
                    .protocol = *protocol.number,
                    .source_port = port,
                    .destination_port = 40000};
    return result;
  }
  [[nodiscard]] FlowFate fate(const Flow& flow) const { return fateOf(cloud_, flow); }

  cloud::Cloud cloud_;
};

TEST_F(Flows, FromOutsideGoOnWhilePermitted) {
  const auto direct = flow(kClient, "10.0.0.25", 22);
  const auto elastic = flow(kClient, "198.51.100.2", 22, "10.0.0.25");
  EXPECT_EQ(fate(direct), FlowFate::Keep);
  EXPECT_EQ(fate(elastic), FlowFate::Keep);
  EXPECT_EQ(fate(flow(kClient, "10.0.0.25", 23)), FlowFate::Cut);
  EXPECT_EQ(fate(flow("203.0.114.7", "10.0.0.25", 22)), FlowFate::Cut);
  const auto changes = run(cloud::Revoke{"alice", "db", {ssh()}});
  EXPECT_EQ(fate(direct), FlowFate::Cut);
  EXPECT_EQ(fate(elastic), FlowFate::Cut);
  EXPECT_THAT(addressesAtStake(cloud_, changes), UnorderedElementsAre(address("10.0.0.25")));
}

// Conntrack had lost it, and the instance was the first to speak again.
TEST_F(Flows, ThatWereTakenUpFromTheOtherSideAreJudgedAsTheyBegan) {
  auto turned = flow(kClient, "198.51.100.2", 22, "10.0.0.25");
  std::swap(turned.original, turned.reply);
  EXPECT_EQ(fate(turned), FlowFate::Keep);
  run(cloud::Revoke{"alice", "db", {ssh()}});
  EXPECT_EQ(fate(turned), FlowFate::Keep) << "as one that the instance began";
  turned.turned = true;
  EXPECT_EQ(fate(turned), FlowFate::Cut);
}

TEST_F(Flows, FromASourceGroupGoOnWhileTheSourceIsAMember) {
  const auto asked = flow("10.0.0.10", "10.0.0.25", 53, "", "", net::kUdp);
  EXPECT_EQ(fate(asked), FlowFate::Keep);
  EXPECT_EQ(fate(flow("10.0.0.10", "10.0.0.25", 54, "", "", net::kUdp)), FlowFate::Cut);
  run(cloud::CreateGroup{"alice", "other", "", {"sg-0000000c"}});
  run(cloud::AttachInstance{.instance = instance("i-00000004"),
                            .owner = "alice",
                            .groups = {"other", "web"},
                            .addressing = Addressing::Private});
  const auto further = flow("10.0.0.41", "10.0.0.25", 53, "", "", net::kUdp);
  EXPECT_EQ(fate(further), FlowFate::Keep);
  const auto changes =
      run(cloud::ModifyInstance{.instance = instance("i-00000004"), .groups = {{"other"}}});
  EXPECT_EQ(fate(further), FlowFate::Cut);
  EXPECT_THAT(addressesAtStake(cloud_, changes), UnorderedElementsAre(address("10.0.0.41")));
}

TEST_F(Flows, ByAForwardAreJudgedByTheInstancesPort) {
  auto forwarded = flow(kClient, "198.51.100.3", 8022, "10.0.0.25");
  forwarded.reply.source_port = 22;
  EXPECT_EQ(fate(forwarded), FlowFate::Cut) << "there is no such forward";
  run(cloud::AllocateAddress{.owner = "alice", .address = address("198.51.100.3")});
  const cloud::CreateForward creation{.owner = "alice",
                                      .address = address("198.51.100.3"),
                                      .protocol = net::kTcp,
                                      .ports = {8022, 8023},
                                      .instance = instance("i-00000003"),
                                      .instance_port = 22};
  EXPECT_THAT(addressesAtStake(cloud_, run(creation)), IsEmpty());
  EXPECT_EQ(fate(forwarded), FlowFate::Keep);
  auto not_permitted = flow(kClient, "198.51.100.3", 8023, "10.0.0.25");
  not_permitted.reply.source_port = 23;
  EXPECT_EQ(fate(not_permitted), FlowFate::Cut);
  const cloud::DeleteForward deletion{"alice", address("198.51.100.3"), net::kTcp, 8022};
  EXPECT_THAT(addressesAtStake(cloud_, run(deletion)),
              UnorderedElementsAre(address("198.51.100.3")));
  EXPECT_EQ(fate(forwarded), FlowFate::Cut);
  // To another port or instance.
  auto elsewhere = creation;
  elsewhere.instance_port = 21;
  run(elsewhere);
  EXPECT_EQ(fate(forwarded), FlowFate::BeginAnew);
}

TEST_F(Flows, ByAForwardOfTheHostsOwnAddressLeaveTheHostsAlone) {
  auto forwarded = flow(kClient, kHost, 8022, "10.0.0.25");
  forwarded.reply.source_port = 22;
  const auto of_host = flow(kClient, kHost, 8022);
  const auto of_host_udp = flow(kClient, kHost, 8022, "", "", net::kUdp);
  EXPECT_EQ(fate(forwarded), FlowFate::Cut);
  EXPECT_EQ(fate(of_host), FlowFate::Keep);
  cloud::CreateForward creation{.owner = "alice",
                                .address = address(kHost),
                                .protocol = net::kTcp,
                                .ports = {8022, 8022},
                                .instance = instance("i-00000003"),
                                .instance_port = 22};
  EXPECT_THAT(addressesAtStake(cloud_, run(creation)), IsEmpty());
  EXPECT_EQ(fate(forwarded), FlowFate::Keep);
  EXPECT_EQ(fate(of_host), FlowFate::Keep);
  EXPECT_EQ(fate(of_host_udp), FlowFate::Keep);
  // Who sends on from before would never come to the instance.
  creation.protocol = net::kUdp;
  EXPECT_THAT(addressesAtStake(cloud_, run(creation)), UnorderedElementsAre(address(kHost)));
  EXPECT_EQ(fate(of_host_udp), FlowFate::BeginAnew);
  // What is masqueraded by that address, taken up from the other side, came by no forward.
  auto turned = flow("10.0.0.25", kClient, 40000, "", kHost);
  std::swap(turned.original.source_port, turned.original.destination_port);
  std::swap(turned.reply.source_port, turned.reply.destination_port);
  turned.original.source_port = 22;
  turned.reply.destination_port = 22;
  turned.turned = true;
  EXPECT_EQ(fate(turned), FlowFate::Keep);
}

TEST_F(Flows, InOneNetworkAreFree) {
  EXPECT_EQ(fate(flow("10.0.0.9", "10.0.0.10", 12345)), FlowFate::Keep);
  EXPECT_EQ(fate(flow("10.0.0.9", "10.0.0.15", 137, "", "", net::kUdp)), FlowFate::Keep);
  EXPECT_EQ(fate(flow("10.0.0.9", "10.0.0.11", 12345)), FlowFate::Cut) << "nobody is there";
}

TEST_F(Flows, ByAPublicAddressMatchAPrefixThatHoldsTheAskersPublicAddress) {
  const auto hairpin = flow("10.0.0.9", "198.51.100.2", 22, "10.0.0.25", "198.51.100.1");
  EXPECT_EQ(fate(hairpin), FlowFate::Cut);
  run(cloud::Authorize{
      "alice",
      "db",
      {{.protocol = net::kTcp, .ports = {22, 22}, .cidrs = {prefix("198.51.100.1/32")}}}});
  EXPECT_EQ(fate(hairpin), FlowFate::Keep);
  EXPECT_EQ(fate(flow("10.0.0.9", "10.0.0.25", 22)), FlowFate::Cut) << "not by the private one";
}

TEST_F(Flows, ToAPublicAddressThatMovedBeginAnew) {
  const auto elastic = flow(kClient, "198.51.100.2", 22, "10.0.0.25");
  run(cloud::AllocateAddress{"alice", address("198.51.100.8")});
  run(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000003")});
  EXPECT_EQ(fate(elastic), FlowFate::Cut) << "the address leads nowhere now";
  const auto moving = flow(kClient, "198.51.100.8", 22, "10.0.0.25");
  EXPECT_EQ(fate(moving), FlowFate::Keep);
  const auto changes =
      run(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000002"), true});
  EXPECT_EQ(fate(moving), FlowFate::BeginAnew);
  EXPECT_THAT(addressesAtStake(cloud_, changes), ::testing::Contains(address("198.51.100.8")));
}

TEST_F(Flows, OutwardsBeginAnewWhenTheyBearAPublicAddressOfThePast) {
  const auto out = flow("10.0.0.9", kClient, 80, "", "198.51.100.1");
  EXPECT_EQ(fate(out), FlowFate::Keep);
  run(cloud::AllocateAddress{"alice", address("198.51.100.8")});
  const auto changes =
      run(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000001")});
  EXPECT_EQ(fate(out), FlowFate::BeginAnew);
  EXPECT_THAT(addressesAtStake(cloud_, changes), UnorderedElementsAre(address("198.51.100.1")));
}

TEST_F(Flows, ThatAreMasqueradedGoOnWhenTheInstanceGetsAPublicAddress) {
  const auto out = flow("10.0.0.10", kClient, 80, "", kHost);
  run(cloud::AllocateAddress{"alice", address("198.51.100.8")});
  const auto changes =
      run(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000002")});
  EXPECT_EQ(fate(out), FlowFate::Keep);
  EXPECT_THAT(addressesAtStake(cloud_, changes), IsEmpty());
}

TEST_F(Flows, OfAnInstanceThatIsGoneAreCut) {
  const auto changes = run(cloud::DetachInstance{instance("i-00000003")});
  EXPECT_EQ(fate(flow(kClient, "10.0.0.25", 22)), FlowFate::Cut);
  EXPECT_EQ(fate(flow(kClient, "198.51.100.2", 22, "10.0.0.25")), FlowFate::Cut);
  EXPECT_EQ(fate(flow("10.0.0.25", kClient, 80, "", "198.51.100.2")), FlowFate::Cut);
  EXPECT_EQ(fate(flow("10.0.0.25", kClient, 80, "", kHost)), FlowFate::Cut);
  EXPECT_THAT(addressesAtStake(cloud_, changes),
              UnorderedElementsAre(address("10.0.0.25"), address("198.51.100.2")));
}

TEST_F(Flows, ToDeniedPlacesAndUnusedPublicAddressesAreCut) {
  EXPECT_EQ(fate(flow("10.0.0.9", "198.51.100.7", 80, "", "198.51.100.1")), FlowFate::Cut);
  auto settings = testing::smallSettings();
  settings.deny = {prefix("203.0.113.0/24")};
  cloud::Cloud denying(settings);
  for (const auto& [id, object] : cloud_.accounts()) denying.put(*object);
  for (const auto& [id, object] : cloud_.groups()) denying.put(*object);
  for (const auto& [id, object] : cloud_.instances()) denying.put(*object);
  EXPECT_EQ(fateOf(denying, flow("10.0.0.10", kClient, 80, "", kHost)), FlowFate::Cut);
  EXPECT_EQ(fateOf(denying, flow("10.0.0.10", "203.0.114.1", 80, "", kHost)), FlowFate::Keep);
}

TEST_F(Flows, OfOthersAndOfTheHostAreKept) {
  EXPECT_EQ(fate(flow(kClient, kHost, 22)), FlowFate::Keep);
  EXPECT_EQ(fate(flow("10.0.0.1", "10.0.0.9", 22)), FlowFate::Keep) << "from the gateway";
  EXPECT_EQ(fate(flow("10.0.0.9", "10.0.0.1", 67, "", "", net::kUdp)), FlowFate::Keep);
  EXPECT_EQ(fate(flow("198.51.100.2", "198.51.100.2", 22, "10.0.0.25", "10.0.0.17")),
            FlowFate::Keep)
      << "the host asks an elastic address";
}

TEST_F(Flows, OfIcmpAreJudgedByTypeAndCode) {
  run(cloud::Authorize{
      "alice", "db", {{.protocol = net::kIcmp, .icmp = {8, 0}, .cidrs = {prefix("0.0.0.0/0")}}}});
  auto ping = flow(kClient, "10.0.0.25", 0, "", "", net::kIcmp);
  ping.original.icmp_type = 8;
  EXPECT_EQ(fate(ping), FlowFate::Keep);
  ping.original.icmp_type = 13;
  EXPECT_EQ(fate(ping), FlowFate::Cut);
}

TEST_F(Flows, AreNotAtStakeWhenMoreIsAllowed) {
  EXPECT_THAT(
      addressesAtStake(cloud_,
                       run(cloud::Authorize{
                           "alice", "web", {{.protocol = {47}, .cidrs = {prefix("0.0.0.0/0")}}}})),
      IsEmpty());
  EXPECT_THAT(addressesAtStake(cloud_, attach(9, "web", Addressing::Public)), IsEmpty());
  EXPECT_THAT(addressesAtStake(cloud_, run(cloud::ModifyInstance{.instance = instance("i-00000009"),
                                                                 .groups = {{"web", "db"}}})),
              IsEmpty());
}

TEST_F(Flows, OfAPrefixListFollowItsEntries) {
  const auto change = [&](std::vector<cloud::PrefixListEntry> add,
                          std::vector<cloud::Cidr> remove) {
    return run(cloud::ModifyPrefixList{.owner = "alice",
                                       .prefix_list = "offices",
                                       .add = std::move(add),
                                       .remove = std::move(remove)});
  };
  run(cloud::CreatePrefixList{
      .owner = "alice", .name = "offices", .fresh_id = {"pl-00000000000000001"}});
  run(cloud::Authorize{
      "alice", "web", {{.protocol = net::kAnyProtocol, .prefix_lists = {"offices"}}}});
  const auto came = flow(kClient, "198.51.100.1", 80, "10.0.0.9");
  EXPECT_EQ(fate(came), FlowFate::Cut);
  EXPECT_THAT(addressesAtStake(cloud_, change({{prefix("203.0.113.0/24")}}, {})), IsEmpty());
  EXPECT_EQ(fate(came), FlowFate::Keep);
  EXPECT_THAT(addressesAtStake(cloud_, change({{prefix("203.0.113.0/24"), "Berlin"}}, {})),
              IsEmpty());
  EXPECT_THAT(addressesAtStake(cloud_, change({}, {prefix("203.0.113.0/24")})),
              UnorderedElementsAre(address("10.0.0.9"), address("10.0.0.10")));
  EXPECT_EQ(fate(came), FlowFate::Cut);
}

}  // namespace
}  // namespace netctl::firewall
