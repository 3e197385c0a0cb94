#include "netctl/node/link/dial_cluster.h"
#include "netctl/pki/tls_socket.h"
#include "tests/unit/node/link_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/write.hpp>

/// Ends of the link that do not behave.
namespace netctl::node {
namespace {

using ::testing::HasSubstr;

class LinkFaults : public LinkTest {
 protected:
  /// A connection of a node's that stands right before its hello.
  std::shared_ptr<pki::TlsSocket> connectAs(const std::string& node) {
    std::optional<Result<std::shared_ptr<pki::TlsSocket>>> connection;
    dialCluster(io_, "localhost", cluster_->port(), authority_.node(node), std::chrono::seconds(10),
                [&](auto made) { connection = std::move(made); });
    EXPECT_TRUE(until([&] { return connection.has_value(); }));
    return connection->value();
  }
  /// All messages that come over it, until it ends.
  void listen(const std::shared_ptr<pki::TlsSocket>& connection) {
    channel_.emplace(io_, connection, timing_, std::size_t{1} << 30U);
    channel_->start(
        {[this](std::string_view text) { messages_.push_back(decodeFromCluster(text).value()); },
         [this](const Error& error) { ended_ = error.message; }});
  }
  static std::string hello(const std::string& node) {
    return encode(FromNode(Hello{kProtocol, node, "", {}}));
  }
  /// By hand: a Channel would go on with signs of life, and take what comes.
  void sayHello(pki::TlsSocket& connection, const std::string& node) {
    const auto text = hello(node);
    const std::string frame = std::string{0, 0, 0, static_cast<char>(text.size())} + text;
    bool written = false;
    boost::asio::async_write(connection, boost::asio::buffer(frame),
                             [&](auto fault, std::size_t) { written = !fault; });
    EXPECT_TRUE(until([&] { return written; }));
  }
  [[nodiscard]] std::string refusal() const {
    const auto* const refusal =
        messages_.empty() ? nullptr : std::get_if<Refusal>(&messages_.back());
    return refusal == nullptr ? "" : refusal->reason;
  }
  /// What the cluster says to a node that says these.
  std::string answerTo(const std::vector<std::string>& texts) {
    messages_.clear();
    ended_.clear();
    listen(connectAs("n1"));
    for (const auto& text : texts) channel_->send(text);
    EXPECT_TRUE(until([&] { return !ended_.empty(); }));
    EXPECT_TRUE(until([&] { return !cluster_->isConnected("n1"); }));
    return refusal();
  }

  std::optional<Channel> channel_;
  std::vector<FromCluster> messages_;
  std::string ended_;
};

TEST_F(LinkFaults, OfANodeAreRefusedWithTheReason) {
  quick();
  makeCluster("c1");
  EXPECT_THAT(answerTo({R"({"type":"hello","protocol":7,"greeting":"ahoy"})"}),
              HasSubstr("speaks version 7"));
  EXPECT_TRUE(cluster_->told("n1: refused: the node speaks version 7"));
  EXPECT_THAT(answerTo({hello("n2")}), HasSubstr("calls itself 'n2'"));
  EXPECT_THAT(answerTo({hello("n1"), hello("n1")}), HasSubstr("hello twice"));
  EXPECT_THAT(answerTo({encode(FromNode(Report{}))}), HasSubstr("hello first"));
  EXPECT_THAT(answerTo({"noise"}), HasSubstr("not JSON"));
  EXPECT_EQ(answerTo({std::string(std::size_t{5} << 20U, 'x')}), "");
  EXPECT_TRUE(cluster_->links().nodes().at("n1").report == std::nullopt);
}

/// The numbers of revisions begin anew with each cluster host: 7 of before is not above 1 of today.
TEST_F(LinkFaults, AReportOfBeforeARestartOfTheClusterHostCountsForNothing) {
  makeCluster("c1");
  for (std::uint32_t index = 9; index < 16; ++index) {
    cluster_->attach(fmt::format("i-{:08x}", index), 2, index, "n1");
  }
  const auto whole_part = [&]() -> const WholePart& {
    EXPECT_TRUE(until([&] { return !messages_.empty(); }));
    return std::get<WholePart>(messages_.back());
  };
  const auto say = [&](const std::string& epoch, std::uint64_t revision) {
    channel_->send(encode(FromNode(Report{epoch, {.revision = revision}})));
  };
  const auto reported = [&]() -> std::optional<std::uint64_t> {
    const auto& report = cluster_->links().nodes().at("n1").report;
    return report ? std::optional(report->revision) : std::nullopt;
  };
  listen(connectAs("n1"));
  channel_->send(hello("n1"));
  const auto before = whole_part().revision;
  EXPECT_EQ(before.number, 7U);
  say(before.epoch, before.number);
  ASSERT_TRUE(until([&] { return reported() == before.number; }));

  cluster_->stop();
  messages_.clear();
  cluster_->start();
  cluster_->attach("i-00000001", 2, 20, "n1");
  listen(connectAs("n1"));
  channel_->send(hello("n1"));
  const auto today = whole_part().revision;
  EXPECT_EQ(today.number, 1U);
  EXPECT_NE(today.epoch, before.epoch);
  // The node still has the part of before in force when it says the first.
  say(before.epoch, before.number);
  say(today.epoch, today.number);
  ASSERT_TRUE(until([&] { return reported().has_value(); }));
  EXPECT_EQ(reported(), today.number);
}

TEST_F(LinkFaults, SilenceEndsTheLinkOnBothSides) {
  quick();
  makeCluster("c1");
  const auto connection = connectAs("n1");
  sayHello(*connection, "n1");
  ASSERT_TRUE(until([&] { return cluster_->isConnected("n1"); }));
  ASSERT_TRUE(until([&] { return !cluster_->isConnected("n1"); }));
  EXPECT_TRUE(cluster_->told("silent for too long"));

  std::vector<std::shared_ptr<pki::TlsSocket>> mute;
  cluster_->on_connection = [&](const auto& accepted) { mute.push_back(accepted); };
  const auto node = makeNode("n1");
  EXPECT_TRUE(until([&] { return node->told("silent for too long"); }));
  EXPECT_TRUE(until([&] { return mute.size() > 1; })) << "it tries again";
}

TEST_F(LinkFaults, ASlowNodeGetsItsWholePartInTheEnd) {
  constexpr std::size_t kBacklog = std::size_t{64} * 1024;
  timing_.silence = std::chrono::hours(1);  // the node gives no sign of life meanwhile
  makeCluster("c1", kBacklog);
  for (std::uint32_t index = 9; index <= 30; ++index) {
    cluster_->attach(fmt::format("i-{:08x}", index), 2, index, "n1");
  }
  const auto connection = connectAs("n1");
  sayHello(*connection, "n1");
  ASSERT_TRUE(until([&] { return cluster_->parts_sent == 1; }));
  std::size_t largest = 0;
  for (int change = 0; change < 60000; ++change) {
    cluster_->detach("i-0000001e");
    cluster_->attach("i-0000001e", 2, 30, "n1");
    io_.restart();
    io_.poll();
    largest = std::max(largest, cluster_->links().backlog("n1"));
  }
  EXPECT_GT(largest, kBacklog / 2) << "the node was not slow";
  EXPECT_LT(largest, kBacklog + std::size_t{16} * 1024);
  listen(connection);
  const auto is_last = [&] {
    if (messages_.empty()) return false;
    const auto* const whole = std::get_if<WholePart>(&messages_.back());
    return whole != nullptr && whole->revision.number == cluster_->revision;
  };
  ASSERT_TRUE(until(is_last));
  EXPECT_EQ(std::get<WholePart>(messages_.back()).part, cloud::partOf(cluster_->cloud(), "n1"));
  EXPECT_GT(cluster_->parts_sent, 1);
}

TEST_F(LinkFaults, OfAClusterHostAreNotBelieved) {
  quick();
  makeCluster("c1");
  cluster_->attach("i-00000001", 2, 9, "n1");
  const auto node = makeNode("n1");
  ASSERT_TRUE(until([&] { return isUpToDate(*node, "n1"); }));
  const auto part = node->part;
  node->stop();
  ASSERT_TRUE(until([&] { return !cluster_->isConnected("n1"); }));

  std::string says;
  std::vector<std::unique_ptr<Channel>> channels;
  cluster_->on_connection = [&](const auto& accepted) {
    channels.push_back(std::make_unique<Channel>(io_, accepted, timing_, 100000));
    channels.back()->start({});
    channels.back()->send(says);
  };
  const auto answer_of = [&](const FromCluster& message, const std::string& why) {
    says = encode(message);
    node->start();
    const bool told = until([&] { return node->told(why); });
    EXPECT_EQ(node->part, part) << why;
    EXPECT_FALSE(node->connected);
    node->stop();
    return told;
  };
  EXPECT_TRUE(answer_of(WholePart{"c2", {"e1", 7}, part}, "is of the cluster c2"));
  EXPECT_TRUE(answer_of(PartChange{7, {"e1", 8}, {}}, "what became of revision 7"));
  auto twisted = part;
  twisted.instances.begin()->second.tag = {3};
  EXPECT_TRUE(answer_of(WholePart{"c1", {"e1", 7}, twisted}, "no place in the address plan"));
  EXPECT_TRUE(answer_of(Refusal{"go away"}, "refuses this node: go away"));
}

}  // namespace
}  // namespace netctl::node
