#include "netctl/http/server/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace netctl::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A server that answers everything, on a thread of its own.
class Served {
 public:
  explicit Served(ConnectionBounds bounds)
      : server_(
            io_, [](const Request&, const Reply& reply) { reply(plainResponse(200, "yes\n")); },
            Limits{.connections = bounds, .first_timeout = std::chrono::hours(1)},
            std::make_shared<Counters>()) {
    server_.onRefused([this](std::string_view listener, const Refusal& refusal) {
      const std::scoped_lock lock(mutex_);
      EXPECT_EQ(listener, "NETCTL_EXAMPLE");
      told_.push_back(refusal);
    });
    EXPECT_TRUE(server_.listen({"127.0.0.1", 0, "NETCTL_EXAMPLE"}, HttpServer::welcomeAll));
    server_.start();
    thread_ = std::thread([this] { io_.run(); });
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    work_.reset();
    asio::post(io_, [this] { server_.stop(); });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  std::vector<Refusal> told() {
    const std::scoped_lock lock(mutex_);
    return told_;
  }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::mutex mutex_;
  std::vector<Refusal> told_;
  HttpServer server_;
  std::thread thread_;
};

/// A blocking connection from one of this machine's own addresses.
class Caller {
 public:
  Caller(std::uint16_t port, const std::string& from) : socket_(io_) {
    socket_.open(tcp::v4());
    socket_.bind({asio::ip::make_address(from), 0});
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }

  /// The answer's first line; empty where the connection ended.
  std::string ask() {
    boost::system::error_code fault;
    asio::write(socket_, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), fault);
    std::string answer;
    asio::read_until(socket_, asio::dynamic_buffer(answer), "yes\n", fault);
    return answer.substr(0, answer.find('\r'));
  }
  bool ended() {
    std::array<char, 1> byte{};
    boost::system::error_code fault;
    socket_.read_some(asio::buffer(byte), fault);
    return fault.failed();
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
};

std::vector<std::unique_ptr<Caller>> silent(const Served& served, const std::string& from,
                                            int count) {
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < count; ++i) callers.push_back(std::make_unique<Caller>(served.port(), from));
  return callers;
}

TEST(HttpServer, IsReachedBesideOneHostsIdleConnections) {
  Served served({.of_all = 20, .of_peer = 5});
  Caller client(served.port(), "127.0.0.1");
  EXPECT_THAT(client.ask(), StartsWith("HTTP/1.1 200"));
  const auto idle = silent(served, "127.0.0.2", 100);
  EXPECT_TRUE(idle.front()->ended());
  EXPECT_THAT(client.ask(), StartsWith("HTTP/1.1 200")) << "the others' own made room";
  EXPECT_THAT(Caller(served.port(), "127.0.0.1").ask(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Caller(served.port(), "127.0.0.2").ask(), StartsWith("HTTP/1.1 200"));
  const auto told = served.told();
  ASSERT_EQ(told.size(), 1U) << "of 96 that made room";
  EXPECT_EQ(told[0].peer, "127.0.0.2");
  EXPECT_THAT(told[0].reason, HasSubstr("its address has 5 connections"));
}

TEST(HttpServer, IsReachedBesideManyHostsIdleConnections) {
  Served served({.of_all = 20, .of_peer = 5});
  Caller client(served.port(), "127.0.0.1");
  EXPECT_THAT(client.ask(), StartsWith("HTTP/1.1 200"));
  std::vector<std::vector<std::unique_ptr<Caller>>> idle;
  for (int host = 2; host < 52; ++host) {
    idle.push_back(silent(served, fmt::format("127.0.0.{}", host), 5));
  }
  EXPECT_THAT(client.ask(), StartsWith("HTTP/1.1 200")) << "strangers go first";
  EXPECT_THAT(Caller(served.port(), "127.0.0.60").ask(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(served.told().size(), 1U);
}

/// Lowers the limit of open files of this process for a while.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &former_);
    const rlimit lower{limit, former_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &former_); }

 private:
  rlimit former_{};
};

int lowestFree() {
  const int descriptor = dup(0);
  close(descriptor);
  return descriptor;
}

TEST(HttpServer, LeavesDescriptorsForTheRestOfTheProcess) {
  Served served({});
  std::string answer;
  {
    // The callers are in this process, too: each connection takes two, and each caller's io three.
    const FewDescriptors few(static_cast<rlim_t>(lowestFree()) + 200);
    std::vector<std::unique_ptr<Caller>> idle;
    for (int i = 0; i < 200 && lowestFree() < 1000; ++i) {
      try {
        idle.push_back(std::make_unique<Caller>(served.port(), "127.0.0.2"));
      } catch (const boost::system::system_error&) {
        break;  // this process' own end finds none any more
      }
      if (!served.told().empty()) break;
      // The server's end comes before the next caller's.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    for (int i = 0; i < 1000 && served.told().empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_FALSE(served.told().empty());
  }
  EXPECT_THAT(served.told().at(0).reason, HasSubstr("descriptors"));
  EXPECT_THAT(Caller(served.port(), "127.0.0.1").ask(), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace netctl::http
