#pragma once

#include "netctl/http/http_message.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

namespace netctl::http {

/// Limits that no client can get around.
struct Limits {
  std::size_t max_connections = 1024;
  std::size_t max_body = 1U << 20U;
  std::chrono::milliseconds request_timeout{10000};
  std::chrono::milliseconds idle_timeout{60000};
};

struct Counters {
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t connections_refused = 0;
  std::uint64_t requests = 0;
};

class HttpSession;

/// The sessions of all listeners of a server. They share the handler and the limits.
/// On one thread only.
class Sessions {
 public:
  /// Makes the answer to a request that could not even be read, from its status and what is wrong.
  using Refuse = std::function<Response(int status, std::string text)>;

  /// Keeps the counters up to date, so that they can be shown.
  Sessions(Handler handler, Limits limits, std::shared_ptr<Counters> counters,
           Refuse refuse = plainResponse)
      : handler_(std::move(handler)),
        limits_(limits),
        counters_(std::move(counters)),
        refuse_(std::move(refuse)) {}

  [[nodiscard]] const Limits& limits() const { return limits_; }
  void handle(Request request, Reply reply);
  [[nodiscard]] Response refusal(int status, std::string text) const {
    return refuse_(status, std::move(text));
  }

  /// True where one more finds a place. Over the limit it gets a refusal, if it has none already;
  /// those that are refused are few at a time, too.
  bool admit(std::optional<Response>& refusal);
  /// Each session adds itself when it is complete and takes itself out when it ends.
  void add(const std::shared_ptr<HttpSession>& session, bool refused);
  void remove(const HttpSession* session, bool refused);
  void closeAll();

 private:
  void count() { counters_->connections = sessions_.size(); }

  Handler handler_;
  Limits limits_;
  std::shared_ptr<Counters> counters_;
  Refuse refuse_;
  std::unordered_map<const HttpSession*, std::weak_ptr<HttpSession>> sessions_;
  std::size_t refused_ = 0;  ///< of the sessions; they do not count for the limit
};

}  // namespace netctl::http
