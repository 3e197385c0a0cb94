#include "netctl/web/server/web_server.h"

#include "netctl/http/server/certificate.h"
#include "netctl/http/server/listener.h"
#include "tests/support/test_authority.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace netctl::web {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A connection that sends whatever bytes a test wants.
class Connection {
 public:
  explicit Connection(std::uint16_t port)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval timeout{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(socket_); }

  void send(std::string_view bytes) const {
    (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// All that comes until the text is in it, or the connection ends.
  [[nodiscard]] std::string receive(std::string_view until) const {
    std::string text;
    char buffer[4096];
    while (text.find(until) == std::string::npos) {
      const auto got = recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  /// Waits until the other side has ended it; false where something comes instead, or nothing does.
  [[nodiscard]] bool ends() const {
    char byte = 0;
    return recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  int socket_;
};

/// The endpoint on a port of its own; what it asks for is refused.
class WebServerTest : public ::testing::Test {
 protected:
  void serve(http::Limits limits, const std::optional<http::CertificateTexts>& texts = {}) {
    const auto listener = std::make_shared<http::Listener>(io_);
    ASSERT_TRUE(listener->open("127.0.0.1", 0, "NETCTL_EC2_LISTEN"));
    port_ = listener->port();
    server_ = std::make_unique<WebServer>(
        io_,
        [](const auto&, const auto& answer) {
          answer(ec2::Failure{"AuthFailure", "nobody is known"});
        },
        WebServer::Options{.limits = limits});
    ASSERT_TRUE(server_->serve(listener->release(), texts));
    thread_ = std::thread([this] { io_.run(); });
  }
  ~WebServerTest() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Connection connect() const { return Connection(port()); }
  static std::string bare(std::string_view body) {
    return fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                       body);
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::uint16_t port_ = 0;
  std::unique_ptr<WebServer> server_;
  std::thread thread_;
};

constexpr auto kEnd = "</Response>";

TEST_F(WebServerTest, AnswersInXmlAndKeepsTheConnection) {
  serve({});
  const auto connection = connect();
  for (int i = 0; i < 2; ++i) {
    connection.send(bare("Action=DescribeRegions"));
    const auto answer = connection.receive(kEnd);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/xml;charset=UTF-8\r\n"));
    EXPECT_THAT(answer, HasSubstr("<Code>MissingAuthenticationToken</Code>"));
  }
}

TEST_F(WebServerTest, TellsEveryLimit) {
  serve({.max_body = 100, .request_timeout = std::chrono::milliseconds(300)});
  {
    const auto large = connect();
    large.send(bare(std::string(101, 'a')));
    EXPECT_THAT(large.receive(kEnd), HasSubstr("<Code>RequestEntityTooLarge</Code>"));
  }
  {
    const auto slow = connect();
    slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nA");
    const auto answer = slow.receive(kEnd);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(answer, HasSubstr("<Code>RequestTimeout</Code>"));
  }
}

TEST_F(WebServerTest, TellsClientsForWhomThereIsNoRoomToComeBack) {
  serve({.connections = {.of_all = 0}});
  const auto connection = connect();
  connection.send(bare("a=b"));
  const auto answer = connection.receive(kEnd);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("<Code>RequestLimitExceeded</Code>"));
}

TEST_F(WebServerTest, IsNotHeldUpBySilentClients) {
  serve({.connections = {.of_all = 50},
         .first_timeout = std::chrono::hours(1),
         .request_timeout = std::chrono::hours(1)});
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 100; ++i) {
    silent.push_back(std::make_unique<Connection>(port()));
    if (i % 2 == 0) silent.back()->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
  }
  const auto quick = connect();
  quick.send(bare("a=b"));
  EXPECT_THAT(quick.receive(kEnd), StartsWith("HTTP/1.1 403 "));
}

/// Neither one that says nothing, nor one that stops halfway, keeps its place for long.
TEST_F(WebServerTest, EndsHandshakesThatDoNotCome) {
  const netctl::testing::TestAuthority authority;
  const auto files = authority.cluster();
  serve({.first_timeout = std::chrono::milliseconds(200)},
        http::readCertificate({files.certificate, files.key}).value());
  const auto silent = connect();
  const auto halfway = connect();
  halfway.send(std::string("\x16\x03\x01\x02\x00", 5));
  EXPECT_TRUE(silent.ends());
  EXPECT_TRUE(halfway.ends());
}

TEST_F(WebServerTest, AsksOnlyForWhatIsSigned) {
  serve({});
  const auto connection = connect();
  connection.send(
      "GET /?Action=DescribeRegions&Version=2016-11-15&AWSAccessKeyId=AKI&SignatureVersion=2"
      "&SignatureMethod=HmacSHA256&Timestamp=2026-11-20T10:35:00Z&Signature=AAAA HTTP/1.1\r\n"
      "Host: h\r\n\r\n");
  const auto answer = connection.receive(kEnd);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(answer, HasSubstr("<Message>nobody is known</Message>"));
}

TEST(WebServer, RefusesACertificateThatIsNone) {
  boost::asio::io_context io;
  WebServer server(io, {}, {});
  EXPECT_FALSE(server.serve(Descriptor(), http::CertificateTexts{"none", "none"}));
}

}  // namespace
}  // namespace netctl::web
