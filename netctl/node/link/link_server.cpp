#include "netctl/node/link/link_server.h"

#include "base/text.h"
#include "netctl/node/link_messages.h"

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <random>
#include <utility>
#include <vector>

namespace netctl::node {
namespace {

/// Nodes send hellos and reports.
constexpr std::size_t kLargestFromNode = std::size_t{4} << 20U;
/// When nobody has come for so long, those that came together have their parts.
constexpr std::chrono::seconds kCalm{2};

/// Random, since a clock may be set back between two starts.
std::string newEpoch() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

class LinkServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Options options, Callbacks callbacks)
      : io_(io), options_(std::move(options)), callbacks_(std::move(callbacks)), calm_(io) {}

  void accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node);
  void sendPart(const std::string& node, const cloud::Part& part, std::uint64_t revision);
  void partsChanged();
  void sendDifference(const std::string& node, const cloud::PartDifference& difference,
                      std::uint64_t revision);
  [[nodiscard]] const std::map<std::string, NodeState>& nodes() const { return nodes_; }
  [[nodiscard]] std::size_t backlog(const std::string& node) const;
  void stop() {
    // Not at once: one of them may be what calls us.
    boost::asio::post(io_, [former = std::exchange(callbacks_, {})] {});
    sessions_.clear();
    calm_.cancel();
  }

 private:
  /// A node that is connected.
  struct Session {
    Channel channel;
    bool greeted = false;
    bool needs_part = true;  ///< and was not sent it yet

    Session(boost::asio::io_context& io, std::shared_ptr<pki::TlsSocket> connection, Timing timing)
        : channel(io, std::move(connection), timing, kLargestFromNode) {}
  };

  void take(const std::string& node, std::string_view text);
  void greet(const std::string& node, const Hello& hello);
  void refuse(const std::string& node, Channel& channel, const std::string& reason);
  void drop(const std::string& node, const std::string& why);
  /// Hundreds that shake hands and get their parts at once need three times the memory that they
  /// need afterwards; the C library would keep it.
  void giveMemoryBackWhenCalm() {
    calm_.expires_after(kCalm);
    calm_.async_wait([](boost::system::error_code cancelled) {
      if (!cancelled) malloc_trim(0);
    });
  }
  /// Before a callback, which may change all of this.
  void tell(const std::string& node) {
    if (callbacks_.changed) callbacks_.changed(node, NodeState(nodes_.at(node)));
  }
  void tellEvent(const std::string& node, const std::string& message, bool error) const {
    spdlog::log(error ? spdlog::level::warn : spdlog::level::info, "node link node={} \"{}\"", node,
                message);
    if (callbacks_.event) callbacks_.event(node, message, error);
  }
  [[nodiscard]] Session* sessionOf(const std::string& node) {
    const auto at = sessions_.find(node);
    return at == sessions_.end() ? nullptr : at->second.get();
  }

  boost::asio::io_context& io_;
  Options options_;
  Callbacks callbacks_;
  std::string epoch_ = newEpoch();
  boost::asio::steady_timer calm_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  std::map<std::string, NodeState> nodes_;
};

void LinkServer::Impl::accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node) {
  auto session = std::make_shared<Session>(io_, std::move(connection), options_.timing);
  if (sessions_.contains(node)) {
    session->channel.start({});
    return refuse(node, session->channel,
                  fmt::format("a node {} is connected already; each needs a certificate and a "
                              "NETCTL_NODE_NAME of its own",
                              node));
  }
  auto& channel = sessions_.emplace(node, std::move(session)).first->second->channel;
  channel.start({[weak = weak_from_this(), node](std::string_view text) {
                   if (const auto self = weak.lock()) self->take(node, text);
                 },
                 [weak = weak_from_this(), node](const Error& error) {
                   if (const auto self = weak.lock()) self->drop(node, error.message);
                 }});
}

void LinkServer::Impl::take(const std::string& node, std::string_view text) {
  auto message = decodeFromNode(text);
  auto* const session = sessionOf(node);
  if (session == nullptr) return;
  const auto end = [&](const std::string& reason) {
    refuse(node, session->channel, reason);
    drop(node, "");
  };
  if (!message) return end(message.error().message);
  if (const auto* const hello = std::get_if<Hello>(&*message)) {
    if (session->greeted) return end("it says hello twice");
    if (hello->node != node) {
      return end(
          fmt::format("it calls itself {}, and its certificate {}", quote(hello->node), node));
    }
    if (!hello->cluster.empty() && hello->cluster != options_.cluster) {
      return end(
          fmt::format("it belongs to the cluster {}, and this is {}; to take it over, "
                      "remove node.json from its NETCTL_STATE_DIR",
                      quote(hello->cluster), options_.cluster));
    }
    return greet(node, *hello);
  }
  if (!session->greeted) return end("it does not say hello first");
  auto& report = std::get<Report>(*message);
  // Of a part that an earlier cluster host sent: the answer to what this one sent comes later.
  if (report.epoch != epoch_) return;
  nodes_[node].report = std::move(report.content);
  tell(node);
}

void LinkServer::Impl::greet(const std::string& node, const Hello& hello) {
  sessionOf(node)->greeted = true;
  nodes_[node] = {true, std::chrono::system_clock::now(), 0, {}};
  tellEvent(node, fmt::format("connected, with revision {}", hello.revision.number), false);
  tell(node);
  giveMemoryBackWhenCalm();
  if (callbacks_.part_wanted) callbacks_.part_wanted(node);
}

void LinkServer::Impl::refuse(const std::string& node, Channel& channel,
                              const std::string& reason) {
  channel.send(encode(FromCluster(Refusal{reason})));
  channel.finish();
  tellEvent(node, fmt::format("refused: {}", reason), true);
}

void LinkServer::Impl::drop(const std::string& node, const std::string& why) {
  const auto session = sessions_.extract(node);
  if (session.empty() || !session.mapped()->greeted) return;
  auto& state = nodes_[node];
  state.connected = false;
  state.since = std::chrono::system_clock::now();
  if (!why.empty()) tellEvent(node, fmt::format("away: {}", why), true);
  tell(node);
}

void LinkServer::Impl::sendPart(const std::string& node, const cloud::Part& part,
                                std::uint64_t revision) {
  auto* const session = sessionOf(node);
  if (session == nullptr || !session->greeted) return;
  session->needs_part = false;
  nodes_[node].sent = revision;
  session->channel.send(encode(FromCluster(WholePart{options_.cluster, {epoch_, revision}, part})));
}

void LinkServer::Impl::sendDifference(const std::string& node,
                                      const cloud::PartDifference& difference,
                                      std::uint64_t revision) {
  auto* const session = sessionOf(node);
  if (session == nullptr || session->needs_part) return;
  auto& sent = nodes_[node].sent;
  session->channel.send(encode(FromCluster(PartChange{sent, {epoch_, revision}, difference})));
  sent = revision;
  if (session->channel.backlog() <= options_.max_backlog) return;
  session->channel.dropBacklog();
  session->needs_part = true;
  session->channel.whenDrained([weak = weak_from_this(), node] {
    const auto self = weak.lock();
    if (self && self->callbacks_.part_wanted) self->callbacks_.part_wanted(node);
  });
}

void LinkServer::Impl::partsChanged() {
  std::vector<std::string> wanted;
  for (const auto& [node, session] : sessions_) {
    if (!session->greeted) continue;
    session->needs_part = true;
    wanted.push_back(node);
  }
  for (const auto& node : wanted) {
    if (callbacks_.part_wanted) callbacks_.part_wanted(node);
  }
}

std::size_t LinkServer::Impl::backlog(const std::string& node) const {
  const auto at = sessions_.find(node);
  return at == sessions_.end() ? 0 : at->second->channel.backlog();
}

LinkServer::LinkServer(boost::asio::io_context& io, Options options, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(callbacks))) {}

LinkServer::~LinkServer() {
  stop();
}

void LinkServer::accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node) {
  impl_->accept(std::move(connection), node);
}

void LinkServer::sendPart(const std::string& node, const cloud::Part& part,
                          std::uint64_t revision) {
  impl_->sendPart(node, part, revision);
}

void LinkServer::sendDifference(const std::string& node, const cloud::PartDifference& difference,
                                std::uint64_t revision) {
  impl_->sendDifference(node, difference, revision);
}

void LinkServer::partsChanged() {
  impl_->partsChanged();
}

const std::map<std::string, NodeState>& LinkServer::nodes() const {
  return impl_->nodes();
}

std::size_t LinkServer::backlog(const std::string& node) const {
  return impl_->backlog(node);
}

void LinkServer::stop() {
  impl_->stop();
}

}  // namespace netctl::node
