#include "netctl/cli/rpc_client.h"
#include "netctl/pki/openssl.h"
#include "netctl/pki/tls_context.h"
#include "netctl/pki/tls_socket.h"
#include "netctl/pki/tls_stream.h"
#include "netctl/rpc/server/rpc_server.h"
#include "tests/support/test_authority.h"
#include "tests/unit/rpc/running_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace netctl::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A blocking TLS connection to the server, with whatever certificate a test wants to show.
class Connection {
 public:
  /// A version of 0 is the one that is usual.
  Connection(std::uint16_t port, const std::optional<pki::TlsFiles>& files, int version = 0)
      : context_(asio::ssl::context::tls_client) {
    if (files) {
      context_.use_certificate_chain_file(files->certificate.string());
      context_.use_private_key_file(files->key.string(), asio::ssl::context::pem);
    }
    if (version != 0) SSL_CTX_set_max_proto_version(context_.native_handle(), version);
    tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    connection_.emplace(std::move(socket), context_);
    connection_->handshake(pki::TlsConnection::client, fault_);
  }

  /// All that the server says until it ends the connection, or `until` comes.
  std::string exchange(const std::string& text, const std::string& until = "") {
    std::string answer;
    if (!fault_) asio::write(*connection_, asio::buffer(text), fault_);
    if (fault_) return answer;
    auto buffer = asio::dynamic_buffer(answer);
    if (until.empty()) asio::read(*connection_, buffer, fault_);
    if (!until.empty()) asio::read_until(*connection_, buffer, until, fault_);
    return answer;
  }
  /// As a client that wants one answer.
  std::string request(std::string_view line, std::string_view body = "",
                      std::string_view more = "") {
    return exchange(
        fmt::format("{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}"
                    "Content-Length: {}\r\n\r\n{}",
                    line, more, body.size(), body));
  }
  [[nodiscard]] const boost::system::error_code& fault() const { return fault_; }
  [[nodiscard]] std::string version() { return SSL_get_version(connection_->native_handle()); }
  /// The number of the certificate that the server has shown.
  [[nodiscard]] std::string serverSerial() {
    auto* const certificate = SSL_get0_peer_certificate(connection_->native_handle());
    return pki::serialOf(*pki::openssl::write(certificate)).value();
  }

 private:
  asio::io_context io_;
  asio::ssl::context context_;
  std::optional<pki::TlsConnection> connection_;
  boost::system::error_code fault_;
};

class Tls : public ::testing::Test {
 protected:
  ServerOptions options() {
    TlsOptions tls{"127.0.0.1", 0, authority_.cluster()};
    tls.on_node = [](const std::shared_ptr<pki::TlsSocket>& connection, const std::string& name) {
      const auto text = std::make_shared<std::string>("welcome " + name + "\n");
      asio::async_write(*connection, asio::buffer(*text), [connection, text](auto, std::size_t) {});
    };
    tls.on_renewed = [this](const std::optional<Error>& error) {
      const std::scoped_lock lock(mutex_);
      renewed_.push_back(error ? error->message : "");
    };
    ServerOptions options;
    options.tls = tls;
    options.on_refused = [this](std::string_view listener, const http::Refusal& refusal) {
      const std::scoped_lock lock(mutex_);
      EXPECT_EQ(listener, "NETCTL_LISTEN");
      EXPECT_EQ(refusal.peer, "127.0.0.1");
      refused_.push_back(refusal.reason);
    };
    return options;
  }
  /// Why somebody was turned away, once it has happened.
  std::string refusal() {
    for (int attempt = 0; attempt < 2000; ++attempt) {
      {
        const std::scoped_lock lock(mutex_);
        if (!refused_.empty()) return refused_.back();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "nobody was refused";
  }
  /// What was wrong when the files were read again, once that has happened; empty: nothing.
  std::string renewalFault() {
    for (int attempt = 0; attempt < 2000; ++attempt) {
      {
        const std::scoped_lock lock(mutex_);
        if (!renewed_.empty()) {
          auto fault = renewed_.back();
          renewed_.clear();
          return fault;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "nothing was read again";
  }
  /// Files that stay when those of the authority go.
  pki::TlsFiles copied(const pki::TlsFiles& files) {
    const auto to = copies_.path();
    for (const auto& file : {files.certificate, files.key}) {
      std::filesystem::copy(file, to / file.filename());
    }
    return {files.authority, to / files.certificate.filename(), to / files.key.filename()};
  }
  void forgetRefusals() {
    const std::scoped_lock lock(mutex_);
    refused_.clear();
  }

  testing::TestAuthority authority_;
  std::mutex mutex_;
  std::vector<std::string> refused_;
  std::vector<std::string> renewed_;
  testing::TemporaryDirectory copies_;
  testing::RunningServer server_{options()};
};

TEST_F(Tls, ServesClientsAsTheSocketDoes) {
  Connection client(server_.port(), authority_.client("alice"));
  EXPECT_EQ(client.version(), "TLSv1.3");
  const auto status = testing::Client::callText("system.status", "{}");
  const auto request = fmt::format("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                                   status.size(), status);
  EXPECT_THAT(client.exchange(request, "\"id\":1}"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client.exchange(request, "\"id\":1}"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client.request("GET /metrics"), HasSubstr("netctl_rpc_connections 1"));
  EXPECT_EQ(client.fault(), asio::error::eof) << "the end of what is said is told";
  EXPECT_THAT(Connection(server_.port(), authority_.client("alice")).request("GET /node"),
              StartsWith("HTTP/1.1 403"));
}

TEST_F(Tls, AdministersByTheCommandLinesClient) {
  cli::Target target{"", fmt::format("https://localhost:{}", server_.port()),
                     authority_.client("alice")};
  const auto made = cli::call(target, "account.create", {{"name", "bob"}});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->is_error);
  testing::TestAuthority other;
  target.tls = other.client("alice");
  const auto stranger = cli::call(target, "system.status", boost::json::object{});
  ASSERT_FALSE(stranger);
  EXPECT_THAT(stranger.error().message, HasSubstr("its certificate is refused"));
  target.tls = authority_.client("alice");
  target.url = fmt::format("https://127.0.0.2:{}", server_.port());
  EXPECT_FALSE(cli::call(target, "system.status", boost::json::object{}));
  target.url = "http://localhost:1";
  EXPECT_THAT(cli::call(target, "system.status", boost::json::object{}).error().message,
              HasSubstr("https://HOST:PORT"));
  target.tls.key = "/none";
  target.url = "https://localhost:1";
  EXPECT_THAT(cli::call(target, "system.status", boost::json::object{}).error().message,
              HasSubstr("/none"));
}

TEST_F(Tls, GivesNodesTheirLinkAndNothingElse) {
  const auto files = authority_.node("n1");
  EXPECT_THAT(Connection(server_.port(), files).request("POST /rpc", "{}"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(refusal(), HasSubstr("only the node link"));
  EXPECT_THAT(Connection(server_.port(), files).request("GET /metrics"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(Connection(server_.port(), files).request("GET /node"), StartsWith("HTTP/1.1 426"));
  Connection node(server_.port(), files);
  EXPECT_THAT(node.request("GET /node", "", "Upgrade: netctl-node\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("welcome n1\n")));
}

TEST_F(Tls, LetsReadersReadAndNothingElse) {
  const auto call = [&](const pki::TlsFiles& files, const std::string& body) {
    return Connection(server_.port(), files).request("POST /rpc", body);
  };
  const auto rita = authority_.reader("rita");
  const auto create = testing::Client::callText("account.create", R"({"name": "mallory"})");
  const auto describe = testing::Client::callText("account.describe", "{}");
  EXPECT_THAT(call(rita, describe), HasSubstr(R"("accounts":[])"));
  EXPECT_THAT(call(rita, testing::Client::callText("system.status", "{}")), HasSubstr("in_force"));
  EXPECT_THAT(Connection(server_.port(), rita).request("GET /healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Connection(server_.port(), rita).request("GET /node"), StartsWith("HTTP/1.1 403"));
  for (const auto* method : {"account.create", "group.authorize", "system.reload", "system.pause",
                             "system.backup", "system.reconcile"}) {
    EXPECT_THAT(call(rita, testing::Client::callText(method, "{}")),
                AllOf(HasSubstr(R"("code":-32000)"), HasSubstr(method), HasSubstr("OU=reader"),
                      HasSubstr("UnauthorizedOperation")));
  }
  EXPECT_THAT(call(rita, testing::Client::callText("no.method", "{}")), HasSubstr("-32601"));
  EXPECT_THAT(call(rita, "[" + create + "," + describe + "," + create + "]"),
              AllOf(HasSubstr("OU=reader"), HasSubstr(R"("accounts":[])")));
  EXPECT_THAT(call(authority_.client("alice"), create), HasSubstr(R"("changed":true)"));
}

TEST_F(Tls, EndsConnectionsOfWhomItsAuthorityRevokes) {
  const auto status = testing::Client::callText("system.status", "{}");
  const auto request = fmt::format("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                                   status.size(), status);
  const auto alice = copied(authority_.client("alice"));
  Connection revoked(server_.port(), alice);
  Connection other(server_.port(), authority_.client("bob"));
  EXPECT_THAT(revoked.exchange(request, "\"id\":1}"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(other.exchange(request, "\"id\":1}"), StartsWith("HTTP/1.1 200"));
  ASSERT_TRUE(pki::revoke(authority_.root(), "alice"));
  server_.renewCertificates();
  EXPECT_EQ(revoked.exchange("", ""), "");
  EXPECT_TRUE(revoked.fault());
  EXPECT_THAT(refusal(), HasSubstr("certificate revoked"));
  EXPECT_EQ(Connection(server_.port(), alice).request("GET /healthz"), "");
  EXPECT_THAT(other.exchange(request, "\"id\":1}"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Connection(server_.port(), authority_.client("alice")).request("GET /healthz"),
              StartsWith("HTTP/1.1 200"))
      << "another certificate of that name";

  // Without its list, or with one that says nothing, it goes on with what it has read.
  const auto list = authority_.root() / "ca.crl";
  std::filesystem::rename(list, authority_.root() / "aside");
  server_.renewCertificates();
  EXPECT_EQ(Connection(server_.port(), alice).request("GET /healthz"), "");
  EXPECT_THAT(renewalFault(), HasSubstr("ca.crl: it is gone"));
  std::ofstream(list) << "noise";
  server_.renewCertificates();
  EXPECT_EQ(Connection(server_.port(), alice).request("GET /healthz"), "");
  EXPECT_THAT(renewalFault(), HasSubstr("ca.crl: reading"));
  std::filesystem::rename(authority_.root() / "aside", list);
  server_.renewCertificates();
  EXPECT_EQ(renewalFault(), "");
}

TEST_F(Tls, ShowsItsRenewedCertificateAndBelievesItsRenewedAuthority) {
  const auto former = authority_.client("alice");
  Connection stays(server_.port(), former);
  const auto before = stays.serverSerial();
  ASSERT_TRUE(pki::renewAuthority(authority_.root(), {}));
  server_.renewCertificates();
  EXPECT_EQ(renewalFault(), "");
  Connection later(server_.port(), former);
  EXPECT_NE(later.serverSerial(), before);
  EXPECT_THAT(later.request("GET /healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(stays.request("GET /healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Connection(server_.port(), authority_.client("bob")).request("GET /healthz"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(Tls, RefusesInTheHandshake) {
  const auto refused = [&](const std::optional<pki::TlsFiles>& files, int version = 0) {
    Connection connection(server_.port(), files, version);
    EXPECT_EQ(connection.request("GET /healthz"), "");
    return connection.fault().failed();
  };
  EXPECT_TRUE(refused({}));
  EXPECT_THAT(refusal(), HasSubstr("certificate"));
  forgetRefusals();
  EXPECT_TRUE(refused(testing::TestAuthority().client("alice")));
  EXPECT_THAT(refusal(), HasSubstr("its certificate is refused"));
  EXPECT_TRUE(refused(authority_.client("alice"), TLS1_2_VERSION));
  EXPECT_TRUE(refused(authority_.cluster())) << "it is for servers only";
}

TEST_F(Tls, EndsConnectionsThatOnlyWait) {
  auto options = this->options();
  options.limits.first_timeout = std::chrono::milliseconds(200);
  testing::RunningServer impatient(options);
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), impatient.port()});
  char byte = 0;
  boost::system::error_code fault;
  socket.read_some(asio::buffer(&byte, 1), fault);
  EXPECT_EQ(fault, asio::error::eof);
}

TEST_F(Tls, SaysWhatItCannotUse) {
  asio::io_context io;
  testing::ServedCloud cloud;
  auto options = this->options();
  options.tls->files.key = "/none";
  options.path = server_.path() + "2";
  const auto without_key = RpcServer(io, cloud.api(), options).start();
  ASSERT_FALSE(without_key);
  EXPECT_THAT(without_key.error().message, HasSubstr("/none"));
  options.tls->files = authority_.cluster();
  options.tls->port = server_.port();
  const auto taken = RpcServer(io, cloud.api(), options).start();
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("NETCTL_LISTEN"));
}

TEST_F(Tls, WaitsForAPortThatSomebodyHas) {
  asio::io_context io;
  testing::ServedCloud cloud;
  tcp::acceptor holder(io, {asio::ip::make_address("127.0.0.1"), 0});
  auto options = this->options();
  options.path = server_.path() + "2";
  options.tls->port = holder.local_endpoint().port();
  std::vector<bool> blocked;
  options.on_blocked = [&](std::string_view key, const std::optional<Error>& error) {
    EXPECT_EQ(key, "NETCTL_LISTEN");
    blocked.push_back(error.has_value());
  };
  RpcServer server(io, cloud.api(), options);
  ASSERT_TRUE(server.start());
  EXPECT_EQ(blocked, std::vector{true});
  EXPECT_EQ(server.port(), 0);
  const auto port = holder.local_endpoint().port();
  holder.close();
  while (blocked.size() < 2) io.run_one();
  EXPECT_EQ(blocked, (std::vector{true, false}));
  EXPECT_EQ(server.port(), port);
}

/// curl as an independent client. It is on every machine that builds netctl: see scripts/lib.sh.
TEST_F(Tls, TalksToCurl) {
  const auto curl = [&](const pki::TlsFiles& files, const std::string& path) {
    return std::system(fmt::format("curl -sf -o /dev/null --cacert {} --cert {} --key {} "
                                   "https://localhost:{}{} 2> /dev/null",
                                   files.authority.string(), files.certificate.string(),
                                   files.key.string(), server_.port(), path)
                           .c_str());
  };
  EXPECT_EQ(curl(authority_.client("alice"), "/healthz"), 0);
  EXPECT_NE(curl(authority_.node("n1"), "/healthz"), 0);
  EXPECT_NE(curl(testing::TestAuthority().client("alice"), "/healthz"), 0);
}

}  // namespace
}  // namespace netctl::rpc
