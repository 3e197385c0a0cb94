#pragma once

#include "netctl/node/link/link_client.h"
#include "netctl/node/link/link_server.h"
#include "netctl/node/link_messages.h"
#include "netctl/rpc/server/rpc_server.h"
#include "tests/support/example_cloud.h"
#include "tests/support/served/served_cloud.h"
#include "tests/support/test_authority.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netctl::node {

/// A cluster host with a cloud of its own, as far as nodes can tell: the TLS listener, the links.
class Cluster {
 public:
  Cluster(boost::asio::io_context& io, const pki::TlsFiles& files, LinkServer::Options options)
      : io_(io), files_(files), options_(std::move(options)) {
    cloud_.put(cloud::Account{{"000000000001"}, "alice"});
    addGroup(2);
    addGroup(3);
    (void)cloud_.takeChanges();
    start();
  }
  ~Cluster() { stop(); }

  void start() {
    links_ = std::make_unique<LinkServer>(
        io_, options_,
        LinkServer::Callbacks{[this](const std::string& node) {
                                ++parts_sent;
                                links_->sendPart(node, cloud::partOf(cloud_, node), revision);
                              },
                              [](const std::string&, const NodeState&) {},
                              [this](const std::string& node, const std::string& message, bool) {
                                events.push_back(node + ": " + message);
                              }});
    rpc::TlsOptions tls{"127.0.0.1", port_, files_};
    tls.on_node = [this](const std::shared_ptr<pki::TlsSocket>& connection,
                         const std::string& node) {
      if (on_connection) return on_connection(connection);
      links_->accept(connection, node);
    };
    rpc::ServerOptions options{(directory_.path() / "socket").string(), "root"};
    options.tls = tls;
    options.on_refused = [this](std::string_view, const auto& refusal) {
      events.push_back(refusal.reason);
    };
    server_ = std::make_unique<rpc::RpcServer>(io_, served_.api(), options);
    EXPECT_TRUE(server_->start());
    port_ = server_->port();
  }
  /// As if its process had ended: connections, callbacks and revisions are gone.
  void stop() {
    server_.reset();
    links_.reset();
    revision = 0;
  }

  void addGroup(std::uint16_t tag) {
    cloud::Group group{
        {"sg-0000000" + std::to_string(tag)}, {"000000000001"}, "g" + std::to_string(tag), ""};
    group.tag = net::Tag{tag};
    cloud_.put(group);
  }
  void attach(const std::string& id, std::uint16_t tag, std::uint32_t index,
              const std::string& node) {
    cloud::Instance instance{.id = testing::instance(id)};
    instance.owner = {"000000000001"};
    instance.groups = {{"sg-0000000" + std::to_string(tag)}};
    instance.node = node;
    instance.mac = instance.id.mac(cloud_.settings().mac_prefix);
    instance.tag = net::Tag{tag};
    instance.address_index = index;
    instance.private_address = cloud_.settings().plan.host({tag}, index);
    cloud_.put(instance);
    publish();
  }
  void detach(const std::string& id) {
    cloud_.erase(testing::instance(id));
    publish();
  }
  /// Sends what has changed to those that it concerns.
  void publish() {
    ++revision;
    const auto changes = cloud_.takeChanges();
    for (const auto& [node, difference] : cloud::partDifferences(cloud_, changes)) {
      if (links_) links_->sendDifference(node, difference, revision);
    }
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] LinkServer& links() { return *links_; }
  [[nodiscard]] const cloud::Cloud& cloud() const { return cloud_; }
  [[nodiscard]] bool isConnected(const std::string& node) const {
    const auto at = links_->nodes().find(node);
    return at != links_->nodes().end() && at->second.connected;
  }
  [[nodiscard]] bool told(const std::string& part) const {
    return std::ranges::any_of(
        events, [&](const auto& event) { return event.find(part) != std::string::npos; });
  }

  std::vector<std::string> events;
  std::uint64_t revision = 0;
  int parts_sent = 0;
  /// Takes connections in place of the LinkServer.
  std::function<void(std::shared_ptr<pki::TlsSocket>)> on_connection;

 private:
  boost::asio::io_context& io_;
  pki::TlsFiles files_;
  LinkServer::Options options_;
  testing::TemporaryDirectory directory_;
  testing::ServedCloud served_;
  cloud::Cloud cloud_{testing::usualSettings()};
  std::uint16_t port_ = 0;
  std::unique_ptr<LinkServer> links_;
  std::unique_ptr<rpc::RpcServer> server_;
};

/// A node host that reports each part as in force at once.
class Node {
 public:
  Node(boost::asio::io_context& io, LinkClient::Options options)
      : io_(io), options_(std::move(options)) {
    start();
  }

  void start() {
    client_ = std::make_unique<LinkClient>(
        io_, options_,
        LinkClient::Callbacks{
            [this](const LinkClient::Update& update) { take(update); },
            [this](bool now) { connected = now; },
            [this](const std::string& message, bool) { events.push_back(message); }});
    loaded = client_->load();
    client_->start();
  }
  void stop() {
    client_.reset();
    connected = false;
    part = {};
    updates = 0;
  }
  [[nodiscard]] bool told(const std::string& text) const {
    return std::ranges::any_of(
        events, [&](const auto& event) { return event.find(text) != std::string::npos; });
  }

  cloud::Part part;
  Revision revision;
  int updates = 0;
  bool connected = false;
  Result<void> loaded;
  std::vector<std::string> events;

 private:
  void take(const LinkClient::Update& update) {
    part = *update.part;
    revision = update.revision;
    ++updates;
    Report report{revision.epoch, {.revision = revision.number}};
    for (const auto& [id, instance] : part.instances) {
      if (instance.device) report.content.ports[id] = {cloud::PortState::Open, ""};
    }
    client_->report(report);
  }

  boost::asio::io_context& io_;
  LinkClient::Options options_;
  std::unique_ptr<LinkClient> client_;
};

class LinkTest : public ::testing::Test {
 protected:
  LinkClient::Options options(const std::string& node) {
    LinkClient::Options options{node, "localhost", cluster_->port(), authority_.node(node),
                                directory_.path() / (node + ".json")};
    options.timing = timing_;
    options.first_pause = std::chrono::milliseconds(20);
    options.longest_pause = std::chrono::milliseconds(100);
    options.longest_pause_refused = std::chrono::milliseconds(100);
    return options;
  }
  std::unique_ptr<Node> makeNode(const std::string& name) {
    return std::make_unique<Node>(io_, options(name));
  }
  /// Runs both ends until something is so; false where it does not come in time.
  bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(100));
    }
    return true;
  }
  void runFor(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  }
  /// The node has just what it would be sent now.
  bool isUpToDate(const Node& node, const std::string& name) {
    return node.connected && node.part == cloud::partOf(cluster_->cloud(), name);
  }
  void makeCluster(const std::string& id, std::size_t max_backlog = 1U << 20U) {
    cluster_.reset();
    cluster_ = std::make_unique<Cluster>(io_, authority_.cluster(),
                                         LinkServer::Options{id, timing_, max_backlog});
  }
  void quick() { timing_ = {std::chrono::milliseconds(50), std::chrono::milliseconds(300)}; }

  testing::TestAuthority authority_;
  testing::TemporaryDirectory directory_;
  boost::asio::io_context io_;
  Timing timing_;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace netctl::node
