#include "netctl/daemon/systemd/watchdog.h"

#include "netctl/daemon/systemd/notify.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>

namespace netctl::daemon {
namespace {

using namespace std::chrono_literals;

/// systemd's end of NOTIFY_SOCKET.
class FakeSystemd {
 public:
  FakeSystemd() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto path = (directory_.path() / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~FakeSystemd() {
    unsetenv("NOTIFY_SOCKET");
    close(socket_);
  }
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  /// The next message; empty where there is none.
  std::string next() {
    std::array<char, 256> text{};
    const auto length = recv(socket_, text.data(), text.size(), 0);
    return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : "";
  }
  int pending() {
    int messages = 0;
    while (!next().empty()) ++messages;
    return messages;
  }

 private:
  testing::TemporaryDirectory directory_;
  int socket_;
};

TEST(NotifySystemd, SendsTheState) {
  FakeSystemd systemd;
  notifySystemd("READY=1");
  EXPECT_EQ(systemd.next(), "READY=1");
}

TEST(WatchdogPeriod, IsWhatSystemdSaysToThisProcess) {
  EXPECT_EQ(watchdogPeriod(), std::nullopt);
  setenv("WATCHDOG_USEC", "60000000", 1);
  EXPECT_EQ(watchdogPeriod(), 60s);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(watchdogPeriod(), 60s);
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(watchdogPeriod(), std::nullopt) << "another process is meant";
  unsetenv("WATCHDOG_PID");
  for (const auto* wrong : {"", "0", "-5", "soon", "5x"}) {
    setenv("WATCHDOG_USEC", wrong, 1);
    EXPECT_EQ(watchdogPeriod(), std::nullopt) << wrong;
  }
  unsetenv("WATCHDOG_USEC");
}

/// A thread of its own that answers what is posted to it, as the controller's does.
class WatchdogTest : public ::testing::Test {
 protected:
  ~WatchdogTest() override {
    watched_io_.stop();
    watched_.join();
  }

  void runFor(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  }

  /// Runs until systemd has heard something; false where it never does.
  bool hears() {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < end) {
      if (systemd_.pending() > 0) return true;
      runFor(5ms);
    }
    return false;
  }

  FakeSystemd systemd_;
  boost::asio::io_context io_;
  // The watchdog has nothing to do while it waits for an answer; the thread runs on all the same.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> io_work_ =
      boost::asio::make_work_guard(io_);
  boost::asio::io_context watched_io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(watched_io_);
  std::thread watched_{[this] { watched_io_.run(); }};
  Watchdog watchdog_{io_, 20ms,
                     [this](auto answer) { boost::asio::post(watched_io_, std::move(answer)); }};
};

TEST_F(WatchdogTest, SpeaksAgainAndAgainWhileTheWatchedThreadAnswers) {
  watchdog_.start();
  EXPECT_TRUE(hears());
  EXPECT_TRUE(hears());
  EXPECT_TRUE(hears());
}

TEST_F(WatchdogTest, IsSilentWhileTheWatchedThreadHangs) {
  watchdog_.start();
  ASSERT_TRUE(hears());
  std::promise<void> hangs;
  std::promise<void> goes_on;
  boost::asio::post(watched_io_, [&] {
    hangs.set_value();
    goes_on.get_future().wait();
  });
  hangs.get_future().wait();
  // An answer from before may still be on its way.
  runFor(5ms);
  (void)systemd_.pending();
  runFor(200ms);
  EXPECT_EQ(systemd_.pending(), 0) << "ten times the period";
  goes_on.set_value();
  EXPECT_TRUE(hears());
}

}  // namespace
}  // namespace netctl::daemon
