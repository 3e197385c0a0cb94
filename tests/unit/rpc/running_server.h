#pragma once

#include "netctl/rpc/server/rpc_server.h"
#include "tests/support/served/served_cloud.h"
#include "tests/unit/rpc/client.h"

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace netctl::testing {

/// A server with its controller, each on its own thread as in the daemon.
class RunningServer {
 public:
  explicit RunningServer(rpc::ServerOptions options = {}) {
    options.path = path();
    if (options.group.empty()) options.group = "root";
    server_ = std::make_unique<rpc::RpcServer>(io_, cloud_.api(), options);
    EXPECT_TRUE(server_->start());
    controller_thread_ = std::thread([this] { cloud_.io.run(); });
    server_thread_ = std::thread([this] { io_.run(); });
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  /// May be told of something from any thread.
  controller::Controller& controller() { return cloud_.controller(); }

  ~RunningServer() {
    stop();
    controller_work_.reset();
    cloud_.io.stop();
    work_.reset();
    io_.stop();
    controller_thread_.join();
    server_thread_.join();
  }

  void stop() {
    std::promise<void> stopped;
    boost::asio::post(io_, [&] {
      server_->stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }
  void renewCertificates() { server_->renewCertificates(); }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string path() const { return (directory_.path() / "netctl.sock").string(); }
  /// alice with the group web.
  void prepare() {
    Client client(path());
    client.call("account.create", R"({"name": "alice"})");
    client.call("group.create", R"({"owner": "alice", "name": "web", "description": ""})");
  }
  ServedCloud& cloud() { return cloud_; }

 private:
  TemporaryDirectory directory_;
  ServedCloud cloud_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> controller_work_{
      cloud_.io.get_executor()};
  std::unique_ptr<rpc::RpcServer> server_;
  std::thread controller_thread_;
  std::thread server_thread_;
};

}  // namespace netctl::testing
