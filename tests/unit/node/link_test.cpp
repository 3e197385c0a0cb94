#include "tests/support/sanitizers.h"
#include "tests/unit/node/link_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace netctl::node {
namespace {

TEST_F(LinkTest, StreamsWhatBecomesOfAPart) {
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  const auto node = makeNode("n1");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  EXPECT_EQ(node->part.instances.size(), 1U);
  cluster_->attach("i-00000002", 2, 10, "n2");
  cluster_->attach("i-00000003", 3, 9, "n1");
  cluster_->detach("i-00000001");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  EXPECT_EQ(node->part.instances.size(), 1U);
  EXPECT_EQ(cluster_->parts_sent, 1);
  const auto& state = cluster_->links().nodes().at("n1");
  ASSERT_TRUE(until([&] { return state.report && state.report->revision == state.sent; }));
  EXPECT_EQ(state.sent, cluster_->revision);
  EXPECT_EQ(state.report->ports.at(testing::instance("i-00000003")).state, cloud::PortState::Open);
}

TEST_F(LinkTest, LeavesAloneWhomAChangeDoesNotConcern) {
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  cluster_->attach("i-00000002", 3, 9, "n2");
  const auto one = makeNode("n1");
  const auto two = makeNode("n2");
  ASSERT_TRUE(until([&] { return isUpToDate(*one, "n1") && isUpToDate(*two, "n2"); }));
  const auto updates = one->updates;
  cluster_->attach("i-00000003", 3, 10, "n2");
  ASSERT_TRUE(until([&] { return isUpToDate(*two, "n2"); }));
  runFor(std::chrono::milliseconds(50));
  EXPECT_EQ(one->updates, updates);
}

TEST_F(LinkTest, MissesNothingWhileEitherSideIsAway) {
  quick();
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  const auto node = makeNode("n1");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));

  cluster_->stop();
  ASSERT_TRUE(until([&] { return !node->connected; }));
  cluster_->attach("i-00000002", 2, 10, "n1");
  cluster_->start();
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  EXPECT_EQ(node->part.instances.size(), 2U);

  node->stop();
  ASSERT_TRUE(until([&] { return !cluster_->isConnected("n1"); }));
  cluster_->detach("i-00000001");
  node->start();
  EXPECT_EQ(node->part.instances.size(), 2U) << "the last part, from the disk";
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  EXPECT_EQ(node->part.instances.size(), 1U);
  EXPECT_TRUE(cluster_->told("n1: away"));
}

TEST_F(LinkTest, RendersFromTheDiskWithoutACluster) {
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  const auto node = makeNode("n1");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  const auto part = node->part;
  node->stop();
  cluster_->stop();
  node->start();
  EXPECT_EQ(node->part, part);
  EXPECT_FALSE(node->connected);
  ASSERT_TRUE(until([&] { return node->told("cannot be reached"); }));
  EXPECT_EQ(std::filesystem::status(directory_.path() / "n1.json").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(LinkTest, DoesNotTakeAnUnreadableFileForNothing) {
  makeCluster("c1");
  std::ofstream(directory_.path() / "n1.json") << R"({"type": "refusal", "reason": ""})";
  const auto node = makeNode("n1");
  ASSERT_FALSE(node->loaded);
  EXPECT_THAT(node->loaded.error().message, ::testing::HasSubstr("n1.json"));
  EXPECT_EQ(node->updates, 0);
}

TEST_F(LinkTest, RefusesASecondNodeOfOneName) {
  quick();
  makeCluster("c1");
  const auto first = makeNode("n1");
  ASSERT_TRUE(until([&] { return first->connected; }));
  auto copied = options("n1");
  copied.file = directory_.path() / "other.json";
  Node second(io_, copied);
  ASSERT_TRUE(until([&] { return second.told("connected already"); }));
  EXPECT_TRUE(cluster_->told("n1: refused: a node n1 is connected already"));
  EXPECT_TRUE(first->connected);
  EXPECT_FALSE(second.connected);
  first->stop();
  EXPECT_TRUE(until([&] { return second.connected; })) << "its turn comes";
}

TEST_F(LinkTest, KeepsToItsCluster) {
  quick();
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  const auto node = makeNode("n1");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  const auto part = node->part;
  node->stop();
  makeCluster("c2");
  Node moved(io_, options("n1"));
  ASSERT_TRUE(until([&] { return moved.told("belongs to the cluster 'c1'"); }));
  EXPECT_TRUE(cluster_->told("n1: refused: it belongs to the cluster 'c1', and this is c2"));
  EXPECT_EQ(moved.part, part) << "what runs here stays plugged";
  moved.stop();
  std::filesystem::remove(directory_.path() / "n1.json");
  moved.start();
  ASSERT_TRUE(until([&] { return moved.connected; }));
  EXPECT_TRUE(until([&] { return moved.part.instances.empty(); }));
}

TEST_F(LinkTest, NeedsACertificateOfTheAuthority) {
  makeCluster("c1");
  testing::TestAuthority other;
  auto foreign = options("n1");
  foreign.tls = other.node("n1");
  Node stranger(io_, foreign);
  ASSERT_TRUE(until([&] { return stranger.told("is not to be trusted"); }));
  foreign.tls.authority = authority_.node("n1").authority;
  Node intruder(io_, foreign);
  ASSERT_TRUE(until([&] { return cluster_->told("its certificate is refused"); }));
  auto client = options("n1");
  client.tls = authority_.client("alice");
  Node administrator(io_, client);
  ASSERT_TRUE(until([&] { return administrator.told("HTTP/1.1 403"); }));
  auto wrong_name = options("n1");
  wrong_name.tls = authority_.node("n2");
  Node pretender(io_, wrong_name);
  ASSERT_TRUE(until([&] { return pretender.told("calls itself 'n1', and its certificate n2"); }));
  EXPECT_TRUE(cluster_->links().nodes().empty());
}

TEST_F(LinkTest, NeedsACertificateForTheNameOrAddressThatWasDialled) {
  makeCluster("c1");
  auto by_address = options("n1");
  by_address.host = "127.0.0.1";
  Node node(io_, by_address);
  ASSERT_TRUE(until([&] { return node.connected; }));
  auto elsewhere = options("n2");
  elsewhere.host = "0.0.0.0";  // leads to this host too, and is in no certificate
  Node wary(io_, elsewhere);
  ASSERT_TRUE(until([&] { return wary.told("certificate is refused: IP address mismatch"); }));
  EXPECT_FALSE(cluster_->isConnected("n2"));
}

/// Prints what many links cost, of both ends together since both are in this process.
TEST_F(LinkTest, ManyLinksCostMegabytes) {
  const auto resident = [] {
    std::size_t total = 0;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> total >> pages;
    return pages * 4096 / 1024;
  };
  makeCluster("c1");
  constexpr int kNodes = 500;
  for (int number = 0; number < kNodes; ++number) {
    cluster_->attach(fmt::format("i-{:08x}", number), 2 + number % 2, 9 + number / 2 % 20,
                     fmt::format("n{}", number));
    cluster_->detach(fmt::format("i-{:08x}", number));
    authority_.node(fmt::format("n{}", number));
  }
  const auto before = resident();
  std::vector<std::unique_ptr<Node>> nodes;
  for (int number = 0; number < kNodes; ++number) {
    nodes.push_back(makeNode(fmt::format("n{}", number)));
  }
  ASSERT_TRUE(until([&] {
    return std::ranges::all_of(nodes, [](const auto& node) { return node->connected; });
  }));
  const auto kilobytes = resident() - before;
  fmt::print("{} links: {} MB of both ends, {} KB each\n", kNodes, kilobytes / 1024,
             kilobytes / kNodes);
  EXPECT_LT(kilobytes / 1024, 250 * netctl::testing::kTimesTheMemory);
}

}  // namespace
}  // namespace netctl::node
