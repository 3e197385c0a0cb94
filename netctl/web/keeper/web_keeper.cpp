#include "netctl/web/keeper/web_keeper.h"

#include "base/text.h"
#include "netctl/http/server/listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <utility>
#include <variant>

namespace netctl::web {
namespace {

constexpr const char* kListen = "NETCTL_EC2_LISTEN";
constexpr std::chrono::seconds kPauseForAddress{2};
constexpr std::chrono::seconds kPauseForProcess{1};
/// A body of 1 MiB, whose parameters stand in a string to sign with each byte as three.
constexpr std::size_t kMaxMessage = 8U << 20U;
/// More than its clients are (http::ConnectionBounds).
constexpr std::size_t kMaxCalls = 4096;
/// The listener folds them; so there are few.
constexpr int kMaxRefusals = 30;
constexpr std::chrono::minutes kPeriodOfRefusals{1};
constexpr std::size_t kMaxRefusalText = 200;

}  // namespace

struct WebKeeper::Linked {
  std::shared_ptr<Link> link;
  std::size_t calls = 0;  ///< not answered yet
};

WebKeeper::WebKeeper(boost::asio::io_context& io, Ask ask, Options options)
    : io_(io), ask_(std::move(ask)), options_(std::move(options)), pause_(io) {}

WebKeeper::~WebKeeper() {
  stop();
}

Result<void> WebKeeper::start() {
  if (options_.tls) {
    auto read = http::readCertificate(*options_.tls);
    if (!read) return read.error();
    certificate_ = *std::move(read);
  }
  if (const auto bound = bind(); !bound) options_.on_blocked(kListen, bound.error());
  boost::asio::post(io_, [this] { run(); });
  return {};
}

void WebKeeper::stop() {
  pause_.cancel();
  if (linked_) linked_->link->close();
  linked_.reset();
  process_.reset();
  listening_ = Descriptor();
}

Result<void> WebKeeper::bind() {
  const auto listener = std::make_shared<http::Listener>(io_);
  auto opened = listener->open(options_.host, options_.port, kListen);
  if (opened) listening_ = listener->release();
  return opened;
}

void WebKeeper::run() {
  if (listening_.get() < 0) {
    if (!bind()) return tryAgain(kPauseForAddress);
    options_.on_blocked(kListen, {});
  }
  const auto running = runOnce();
  if (running) return;
  process_.reset();
  options_.on_trouble(running.error());
  tryAgain(kPauseForProcess);
}

Result<void> WebKeeper::runOnce() {
  Descriptor link;
  auto process = WebProcess::start(options_.process, link);
  if (!process) return process.error();
  process_.emplace(*std::move(process));
  if (auto sent = sendDescriptor(link.get(), listening_.get()); !sent) return sent;
  linked_ = std::make_shared<Linked>();
  linked_->link = std::make_shared<Link>(io_, std::move(link), kMaxMessage);
  linked_->link->start(
      [this, weak = std::weak_ptr(linked_)](std::string_view bytes) {
        if (const auto linked = weak.lock()) take(linked, bytes);
      },
      [this](const std::string& why) { ended(why); });
  linked_->link->send(format(ToWeb(ShowCertificate{certificate_})));
  return {};
}

void WebKeeper::tryAgain(std::chrono::milliseconds pause) {
  pause_.expires_after(pause);
  pause_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) run();
  });
}

void WebKeeper::ended(const std::string& why) {
  if (!linked_) return;
  linked_->link->close();
  linked_.reset();
  process_.reset();
  options_.counters->connections = 0;
  spdlog::error("web netctl-web has ended, and is started again: {}", why);
  options_.on_trouble(Error{ErrorCode::Kernel, "", fmt::format("netctl-web has ended: {}", why)});
  tryAgain(kPauseForProcess);
}

void WebKeeper::take(const std::shared_ptr<Linked>& linked, std::string_view bytes) {
  auto message = parseToNetctld(bytes);
  if (!message) return ended("it says what is not understood");
  if (auto* const called = std::get_if<Called>(&*message)) return take(linked, std::move(*called));
  if (const auto* const away = std::get_if<TurnedAway>(&*message)) return take(away->refusal);
  if (const auto* const counted = std::get_if<Counted>(&*message)) return take(*counted);
  options_.on_trouble({});
}

void WebKeeper::take(const std::shared_ptr<Linked>& linked, Called called) {
  if (linked->calls >= kMaxCalls) return ended("it asks more than it has clients for");
  ++linked->calls;
  ask_(called.what, [weak = std::weak_ptr(linked), call = called.call](const ec2::Answer& answer) {
    const auto asked_by = weak.lock();
    if (!asked_by) return;
    --asked_by->calls;
    asked_by->link->send(format(ToWeb(Answered{call, answer})));
  });
}

// Texts of strangers' may stand in the log and in events only as long as they are few and plain.
void WebKeeper::take(const http::Refusal& refusal) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= refusals_until_) {
    refusals_until_ = now + kPeriodOfRefusals;
    refusals_ = 0;
  }
  const bool is_plain = refusal.peer.size() + refusal.reason.size() <= kMaxRefusalText &&
                        isPrintable(refusal.peer) && isPrintable(refusal.reason);
  if (is_plain && refusals_++ < kMaxRefusals && options_.on_refused) {
    options_.on_refused(kListen, refusal);
  }
}

void WebKeeper::take(const Counted& counted) {
  options_.counters->connections = counted.connections;
  options_.counters->connections_refused += counted.refused;
  for (const auto& [status, count] : counted.answers) options_.counters->answered(status, count);
}

void WebKeeper::renewCertificate() {
  boost::asio::post(io_, [this] {
    if (!options_.tls) return;
    auto read = http::readCertificate(*options_.tls);
    if (!read) {
      spdlog::error("ec2 goes on with the former certificate: {}", read.error().message);
      return;
    }
    certificate_ = *std::move(read);
    if (linked_) linked_->link->send(format(ToWeb(ShowCertificate{certificate_})));
  });
}

}  // namespace netctl::web
