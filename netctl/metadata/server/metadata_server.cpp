#include "netctl/metadata/server/metadata_server.h"

#include "base/file.h"
#include "netctl/http/server/http_server.h"
#include "netctl/http/server/stream.h"
#include "netctl/metadata/metadata_service.h"
#include "netctl/metadata/read_files.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace netctl::metadata {
namespace {

namespace asio = boost::asio;

constexpr http::Limits kLimits{.connections = {.of_all = 1024, .of_peer = 64},
                               .max_body = 1024,  // nothing that is asked for here has one
                               .request_timeout = std::chrono::seconds(10),
                               .idle_timeout = std::chrono::seconds(15)};
constexpr std::chrono::seconds kWriteCounts{2};
constexpr int kUsualHops = -1;  ///< the system's

class InstancePeer : public http::Peer {
 public:
  explicit InstancePeer(std::string address) : address_(std::move(address)) {}

  [[nodiscard]] std::string address() const override { return address_; }

  void beforeWriting(http::Stream& stream, const http::Response& response) override {
    const int hops = response.hops.value_or(kUsualHops);
    if (std::exchange(hops_, hops) == hops) return;
    (void)setsockopt(stream.descriptor(), IPPROTO_IP, IP_TTL, &hops, sizeof hops);
  }

 private:
  std::string address_;
  int hops_ = kUsualHops;
};

}  // namespace

class MetadataServer::Impl {
 public:
  Impl(asio::io_context& io, Descriptor listener, Descriptor counts, Layout layout)
      : layout_(std::move(layout)),
        counts_file_(std::move(counts)),
        counts_timer_(io),
        server_(
            io,
            [this](const http::Request& request, const http::Reply& reply) {
              reply(handle(request));
            },
            kLimits, counters_) {
    server_.listen(listener.release(), "metadata",
                   [](auto& socket, auto&) { return welcome(socket); });
  }

  void start() {
    server_.start();
    writeCountsSoon();
  }

 private:
  void writeCountsSoon() {
    counts_timer_.expires_after(kWriteCounts);
    counts_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (cancelled) return;
      writeCounts();
      writeCountsSoon();
    });
  }

  /// Numbers only grow, so that a text is never shorter than the one before.
  void writeCounts() {
    std::string text;
    for (const auto& [status, count] : counters_->answers()) {
      fmt::format_to(std::back_inserter(text), "{} {}\n", status, count);
    }
    if (text == counts_) return;
    counts_ = std::move(text);
    (void)!::pwrite(counts_file_.get(), counts_.data(), counts_.size(), 0);
  }

  static std::unique_ptr<http::Peer> welcome(http::Socket& socket) {
    const auto peer = http::peerOf(socket);
    if (!peer) return {};  // it has gone already
    // An answer is one piece of text: to wait for more before it is sent would only cost time.
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    return std::make_unique<InstancePeer>(peer->address().to_string());
  }

  http::Response handle(const http::Request& request) {
    const auto settings = readSettings();
    if (!settings) return cannotRead(settings.error());
    Asker asker{.needs_token = settings->needs_token};
    const auto document = readDocument(request.peer);
    if (!document) return cannotRead(document.error());
    if (*document) asker.document = &**document;
    return answer(asker, tokens_, request, std::chrono::system_clock::now());
  }

  Result<host::MetadataServer> readSettings() const {
    const auto text = files::read(layout_.settings());
    if (!text) return text.error();
    auto settings = parseSettings(text->value_or(""));
    if (!settings) return named(layout_.settings(), settings.error());
    return settings;
  }

  /// Absent where the address is not an instance.
  Result<std::optional<Document>> readDocument(const std::string& peer) const {
    const auto address = net::parseIpv4Address(peer);
    if (!address) return std::optional<Document>();
    const auto path = layout_.document(*address);
    const auto text = files::read(path);
    if (!text) return text.error();
    if (!*text) return std::optional<Document>();
    auto document = parseDocument(**text);
    if (!document) return named(path, document.error());
    return std::optional(*std::move(document));
  }

  static Error named(const std::string& path, Error error) {
    error.message = path + ": " + error.message;
    for (const auto& fault : error.faults)
      error.message += "; " + fault.where + ": " + fault.message;
    return error;
  }

  http::Response cannotRead(const Error& error) {
    // Instances ask again and again.
    if (std::exchange(last_error_, error.message) != error.message) {
      spdlog::error("metadata cannot read {}", error.message);
    }
    return http::plainResponse(503, "the metadata cannot be read now; ask again\n");
  }

  const Layout layout_;
  const Tokens tokens_;
  std::string last_error_;
  std::shared_ptr<http::Counters> counters_ = std::make_shared<http::Counters>();
  Descriptor counts_file_;
  std::string counts_;  ///< as they were written last
  asio::steady_timer counts_timer_;
  http::HttpServer server_;
};

MetadataServer::MetadataServer(asio::io_context& io, Descriptor listener, Descriptor counts,
                               Layout layout)
    : impl_(std::make_unique<Impl>(io, std::move(listener), std::move(counts), std::move(layout))) {
}

MetadataServer::~MetadataServer() = default;

void MetadataServer::start() {
  impl_->start();
}

}  // namespace netctl::metadata
