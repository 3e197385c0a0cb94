#pragma once

#include "netctl/rpc/service.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>

namespace netctl::rpc {

/// What no client can get around.
struct Limits {
  std::size_t max_connections = 1024;
  std::size_t max_body = 1U << 20U;
  std::chrono::milliseconds request_timeout{10000};
  std::chrono::milliseconds idle_timeout{60000};
};

/// A connection, whatever carries it.
class Session {
 public:
  virtual ~Session() = default;
  /// Serves until one side ends it; the session keeps itself alive.
  virtual void start() = 0;
  virtual void close() = 0;
};

/// The sessions of all listeners, and what they share: the service and the limits.
/// On the thread of the service only.
class Sessions {
 public:
  Sessions(Service service, Limits limits) : service_(std::move(service)), limits_(limits) {}

  [[nodiscard]] const Limits& limits() const { return limits_; }
  Service& service() { return service_; }

  /// Whether one more finds a place. Over the limit it gets a refusal, if it has none already;
  /// those that are refused are few at a time, too.
  bool admit(std::optional<HttpResponse>& refusal);
  /// Each session adds itself when it is complete and takes itself out when it ends.
  void add(const std::shared_ptr<Session>& session, bool refused);
  void remove(const Session* session, bool refused);
  void closeAll();

 private:
  void count() { service_.counters().connections = sessions_.size(); }

  Service service_;
  Limits limits_;
  std::unordered_map<const Session*, std::weak_ptr<Session>> sessions_;
  std::size_t refused_ = 0;  ///< of the sessions; they do not count for the limit
};

}  // namespace netctl::rpc
