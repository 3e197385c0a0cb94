#pragma once

#include "netctl/http/http_message.h"
#include "netctl/http/server/connection_limits.h"
#include "netctl/http/server/counters.h"
#include "netctl/http/server/refusals.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace netctl::http {

/// Limits that no client can get around. Each listener of a server has them for itself.
struct Limits {
  ConnectionBounds connections = {};
  std::size_t max_body = 1U << 20U;
  /// For a handshake, and after it for the first request to begin.
  std::chrono::milliseconds first_timeout{5000};
  /// For a header, for a body, and for the client to take the answer.
  std::chrono::milliseconds request_timeout{10000};
  /// Between requests.
  std::chrono::milliseconds idle_timeout{60000};
};

class HttpSession;

/// The sessions of one listener.
/// On one thread only.
class Sessions {
 public:
  using Id = ConnectionLimits::Id;
  /// Makes the answer to a request that could not even be read, from its status and what is wrong.
  using Refuse = std::function<Response(int status, std::string text)>;

  /// Keeps the counters up to date, so that they can be shown.
  Sessions(Handler handler, Limits limits, std::shared_ptr<Counters> counters, Refuse refuse,
           std::shared_ptr<Refusals> refusals)
      : handler_(std::move(handler)),
        limits_(limits),
        counters_(std::move(counters)),
        refuse_(std::move(refuse)),
        refusals_(std::move(refusals)),
        places_(limits.connections) {}

  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const std::shared_ptr<Refusals>& refusals() const { return refusals_; }
  void handle(Id id, Request request, Reply reply);
  [[nodiscard]] Response refusal(int status, std::string text) const {
    return refuse_(status, std::move(text));
  }

  /// An answer goes out, whoever made it.
  void answered(int status) { counters_->answered(status); }

  /// A place for a connection from that peer; absent where it is to be closed at once. Another
  /// connection may be ended for it. Where it finds none it gets a refusal, if it has none already.
  std::optional<Id> admit(const std::string& peer, Descriptors left,
                          std::optional<Response>& refusal);
  /// Each session adds itself when it is complete and takes itself out when it ends.
  void add(Id id, const std::shared_ptr<HttpSession>& session);
  void remove(Id id);
  /// The answer is out: its client's turn.
  void waits(Id id) { places_.waits(id); }
  void closeAll();

 private:
  Handler handler_;
  Limits limits_;
  std::shared_ptr<Counters> counters_;
  Refuse refuse_;
  std::shared_ptr<Refusals> refusals_;
  ConnectionLimits places_;
  std::unordered_map<Id, std::weak_ptr<HttpSession>> sessions_;
};

}  // namespace netctl::http
