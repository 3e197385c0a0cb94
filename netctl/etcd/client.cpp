#include "netctl/etcd/client.h"

#include "base/file.h"
#include "netctl/etcd/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace netctl::etcd {
namespace {

using Clock = std::chrono::steady_clock;

/// A member on this wire is reached within this, or is away.
constexpr std::chrono::milliseconds kConnect{1000};
/// So many keys at once: each may have a value of 1 MiB.
constexpr std::int64_t kPage = 200;

}  // namespace

std::string format(const Member& member) {
  const bool is_v6 = member.host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", member.tls ? "https" : "http",
                     is_v6 ? "[" + member.host + "]" : member.host, member.port);
}

class Client::Impl {
 public:
  Impl(Access access, std::chrono::milliseconds limit)
      : access_(std::move(access)), limit_(limit) {}

  /// The body of an answer. What changes nothing is asked of the next member where the first does
  /// not answer.
  Result<std::string> ask(std::string_view path, const std::string& body, bool changes) {
    const auto deadline = Clock::now() + limit_;
    Error error{ErrorCode::Busy, "Unavailable", "no member of etcd was reached"};
    bool has_new_login = false;
    // Each member once; and one more, for a login that had ended.
    for (std::size_t i = 0; i <= access_.members.size(); ++i) {
      const auto now = Clock::now();
      if (now >= deadline) break;
      // What changes nothing must leave time for the other members.
      const auto others = access_.members.size() - std::min(i, access_.members.size() - 1);
      const auto until = changes ? deadline : now + (deadline - now) / static_cast<int>(others);
      auto answered = askOne(path, body, until, deadline);
      if (answered) return answered;
      error = answered.error();
      if (error.reason == "Login" && !std::exchange(has_new_login, true)) {
        token_.clear();
        continue;
      }
      const bool may_ask_others =
          error.code == ErrorCode::Busy || (error.code == ErrorCode::Timeout && !changes);
      if (error.reason == "NoSpace") return error;
      connection_.reset();
      at_ = (at_ + 1) % access_.members.size();
      if (!may_ask_others) return error;
    }
    return error;
  }

 private:
  Result<std::string> askOne(std::string_view path, const std::string& body, TimePoint until,
                             TimePoint deadline) {
    if (connection_ && !connection_->isAlive()) connection_.reset();
    if (!connection_) {
      auto opened = Connection::open(access_.members[at_], access_.ca,
                                     std::min(deadline, Clock::now() + kConnect));
      if (!opened) return opened.error();
      connection_ = *std::move(opened);
    }
    if (!access_.user.empty() && token_.empty()) {
      if (auto done = logIn(until); !done) return done.error();
    }
    return exchange(path, body, token_, until);
  }

  Result<std::string> exchange(std::string_view path, const std::string& body,
                               const std::string& token, TimePoint until) {
    auto answer = connection_->ask(path, body, token, until);
    if (!answer) return answer.error();
    if (answer->status == 200) return std::move(answer->body);
    auto refusal = readRefusal(answer->status, answer->body);
    refusal.message = fmt::format("{}: {}", format(access_.members[at_]), refusal.message);
    return refusal;
  }

  Result<void> logIn(TimePoint until) {
    const auto read = files::read(access_.password);
    if (!read) return read.error();
    if (!*read) {
      return Error{ErrorCode::PermissionDenied, "AccessDenied",
                   fmt::format("the file {} of NETCTL_ETCD_PASSWORD_FILE is not there",
                               access_.password.string())};
    }
    const auto password = (*read)->substr(0, (*read)->find('\n'));
    auto body = exchange("/v3/auth/authenticate", loginText(access_.user, password), {}, until);
    if (!body) {
      auto error = body.error();
      // Nothing of what was asked for has been done.
      if (error.code == ErrorCode::Timeout) error.code = ErrorCode::Busy;
      if (error.code == ErrorCode::Conflict) {
        error.code = ErrorCode::PermissionDenied;
        error.message = fmt::format("the login of user {} failed: {}", access_.user, error.message);
      }
      return error;
    }
    auto token = readToken(*body);
    if (!token) return token.error();
    token_ = *std::move(token);
    return {};
  }

  Access access_;
  std::chrono::milliseconds limit_;
  std::size_t at_ = 0;  ///< the member that is asked
  std::unique_ptr<Connection> connection_;
  std::string token_;
};

Client::Client(Access access, std::chrono::milliseconds limit)
    : impl_(std::make_unique<Impl>(std::move(access), limit)) {}
Client::~Client() = default;
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;

Result<Page> Client::range(const Range& range) {
  const auto body = impl_->ask("/v3/kv/range", rangeText(range), false);
  if (!body) return body.error();
  return readPage(*body);
}

Result<Page> Client::all(const std::string& prefix) {
  Page whole;
  Range rest{.first = prefix, .end = endOf(prefix), .limit = kPage};
  while (true) {
    auto page = range(rest);
    if (!page) return page;
    if (whole.revision == 0) whole.revision = page->revision;
    std::ranges::move(page->pairs, std::back_inserter(whole.pairs));
    if (!page->more || whole.pairs.empty()) return whole;
    rest.first = whole.pairs.back().key + '\0';
    rest.revision = whole.revision;
  }
}

Result<Committed> Client::commit(const Transaction& transaction) {
  const auto body = impl_->ask("/v3/kv/txn", transactionText(transaction), true);
  if (!body) return body.error();
  auto committed = readCommitted(*body);
  if (committed) return committed;
  // It was done, perhaps.
  return Error{ErrorCode::Timeout, "Unavailable", committed.error().message};
}

Result<std::vector<std::string>> Client::alarms() {
  const auto body = impl_->ask("/v3/maintenance/alarm", R"({"action":"GET"})", false);
  if (!body) return body.error();
  return readAlarms(*body);
}

}  // namespace netctl::etcd
