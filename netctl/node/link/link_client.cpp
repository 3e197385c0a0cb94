#include "netctl/node/link/link_client.h"

#include "base/durable_file.h"
#include "base/file.h"
#include "netctl/node/link/backoff.h"
#include "netctl/node/link/dial_cluster.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace netctl::node {
namespace {

/// The part of a node with thousands of neighbours has some megabytes.
constexpr std::size_t kLargestFromCluster = std::size_t{256} << 20U;
constexpr mode_t kOwnerOnly = 0600;

using boost::system::error_code;

}  // namespace

class LinkClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Options options, Callbacks callbacks)
      : io_(io),
        options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        backoff_(options_.first_pause),
        pause_(io) {}

  Result<void> load();
  void connect();
  void report(const Report& report) {
    if (in_touch_) channel_->send(encode(FromNode(report)));
  }
  void stop() {
    stopped_ = true;
    // Not at once: one of them may be what calls us.
    boost::asio::post(io_, [former = std::exchange(callbacks_, {})] {});
    channel_.reset();
    pause_.cancel();
  }

 private:
  void opened(std::shared_ptr<pki::TlsSocket> connection);
  void take(std::string_view text);
  void takeWhole(WholePart whole);
  void takeChange(const PartChange& change);
  /// Ends the link, says why, and tries again later.
  void away(const std::string& why) { away(why, options_.longest_pause); }
  void refused(const std::string& why) { away(why, options_.longest_pause_refused); }
  void away(const std::string& why, std::chrono::milliseconds longest_pause);
  /// A new part goes on disk and to the owner together with all that comes meanwhile.
  void settleSoon();
  void settle();
  void tellEvent(const std::string& message, bool error) const {
    spdlog::log(error ? spdlog::level::warn : spdlog::level::info, "node link \"{}\"", message);
    if (callbacks_.event) callbacks_.event(message, error);
  }

  boost::asio::io_context& io_;
  Options options_;
  Callbacks callbacks_;
  Backoff backoff_;
  boost::asio::steady_timer pause_;
  std::unique_ptr<Channel> channel_;
  bool in_touch_ = false;  ///< the whole part has come over this channel
  bool stopped_ = false;
  std::string last_fault_;

  std::string cluster_;
  Revision revision_;
  std::shared_ptr<const cloud::Part> part_;
  bool pending_ = false;  ///< the owner has not heard of it
  bool on_disk_ = false;
};

Result<void> LinkClient::Impl::load() {
  const auto text = files::read(options_.file);
  if (!text) return text.error();
  if (!*text) return {};
  auto stored = decodeStored(**text);
  if (!stored) {
    return Error{ErrorCode::Conflict, "Unavailable",
                 fmt::format("{} does not hold a part of a cloud: {}; remove it, and this node "
                             "asks its cluster for another one",
                             options_.file.string(), stored.error().message)};
  }
  cluster_ = stored->cluster;
  revision_ = stored->revision;
  part_ = std::make_shared<const cloud::Part>(std::move(stored->part));
  pending_ = true;
  on_disk_ = true;
  settle();
  return {};
}

void LinkClient::Impl::connect() {
  if (stopped_) return;
  dialCluster(io_, options_.host, options_.port, options_.tls, options_.timing.silence,
              [weak = weak_from_this()](Result<std::shared_ptr<pki::TlsSocket>> connection) {
                const auto self = weak.lock();
                if (!self || self->stopped_) return;
                if (!connection) {
                  const auto& error = connection.error();
                  return error.code == ErrorCode::Timeout ? self->away(error.message)
                                                          : self->refused(error.message);
                }
                self->opened(*std::move(connection));
              });
}

void LinkClient::Impl::opened(std::shared_ptr<pki::TlsSocket> connection) {
  channel_ =
      std::make_unique<Channel>(io_, std::move(connection), options_.timing, kLargestFromCluster);
  channel_->start(
      {[weak = weak_from_this()](std::string_view text) {
         if (const auto self = weak.lock()) self->take(text);
       },
       [weak = weak_from_this()](const Error& error) {
         if (const auto self = weak.lock()) {
           self->away(fmt::format("the link to the cluster host has ended: {}", error.message));
         }
       }});
  channel_->send(encode(FromNode(Hello{kProtocol, options_.node, cluster_, revision_})));
}

void LinkClient::Impl::take(std::string_view text) {
  auto message = decodeFromCluster(text);
  if (!message) return refused(message.error().message);
  if (const auto* const refusal = std::get_if<Refusal>(&*message)) {
    return refused(fmt::format("the cluster host refuses this node: {}", refusal->reason));
  }
  if (auto* const whole = std::get_if<WholePart>(&*message)) return takeWhole(std::move(*whole));
  takeChange(std::get<PartChange>(*message));
}

void LinkClient::Impl::takeWhole(WholePart whole) {
  if (!cluster_.empty() && whole.cluster != cluster_) {
    return refused(
        fmt::format("the cluster host is of the cluster {}, and this node belongs to {}; "
                    "to move it, remove {} and restart netctld",
                    whole.cluster, cluster_, options_.file.string()));
  }
  on_disk_ = on_disk_ && *part_ == whole.part;
  cluster_ = whole.cluster;
  revision_ = whole.revision;
  part_ = std::make_shared<const cloud::Part>(std::move(whole.part));
  if (!std::exchange(in_touch_, true)) {
    backoff_.reset();
    last_fault_.clear();
    tellEvent(fmt::format("connected to {}, revision {}", options_.host, revision_.number), false);
    if (callbacks_.connected) callbacks_.connected(true);
  }
  settleSoon();
}

void LinkClient::Impl::takeChange(const PartChange& change) {
  const Revision base{change.revision.epoch, change.base};
  if (!in_touch_ || base != revision_) {
    return away(fmt::format("the cluster host tells what became of revision {}, and this is {}",
                            change.base, revision_.number));
  }
  auto after = *part_;
  cloud::apply(change.difference, after);
  if (auto sound = cloud::check(after); !sound) return away(sound.error().message);
  part_ = std::make_shared<const cloud::Part>(std::move(after));
  revision_ = change.revision;
  on_disk_ = false;
  settleSoon();
}

void LinkClient::Impl::away(const std::string& why, std::chrono::milliseconds longest_pause) {
  channel_.reset();
  const bool was_in_touch = std::exchange(in_touch_, false);
  if (why != last_fault_) tellEvent(why, true);  // once, not at every attempt
  last_fault_ = why;
  if (was_in_touch && callbacks_.connected) callbacks_.connected(false);
  pause_.expires_after(backoff_.next(longest_pause));
  pause_.async_wait([weak = weak_from_this()](error_code cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled) self->connect();
  });
}

void LinkClient::Impl::settleSoon() {
  pending_ = true;
  boost::asio::post(io_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->settle();
  });
}

void LinkClient::Impl::settle() {
  if (!std::exchange(pending_, false)) return;
  if (!on_disk_) {
    const auto text = encode(FromCluster(WholePart{cluster_, revision_, *part_}));
    const auto written = files::write(options_.file, text, kOwnerOnly);
    on_disk_ = written.has_value();
    if (!written) tellEvent(written.error().message, true);
  }
  if (callbacks_.update) callbacks_.update({part_, revision_});
}

LinkClient::LinkClient(boost::asio::io_context& io, Options options, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(callbacks))) {}

LinkClient::~LinkClient() {
  stop();
}

Result<void> LinkClient::load() {
  return impl_->load();
}

void LinkClient::start() {
  impl_->connect();
}

void LinkClient::report(const Report& report) {
  impl_->report(report);
}

void LinkClient::stop() {
  impl_->stop();
}

}  // namespace netctl::node
