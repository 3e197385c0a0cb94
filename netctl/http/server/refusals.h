#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::http {

/// Connections that a listener turned away for one reason.
struct Refusal {
  std::string peer;  ///< the address of the last one
  std::string reason;
  std::uint64_t count = 1;
};

/// Folds refusals: the first for a reason is told at once, those of the minute after it together,
/// as one with their number.
class FoldedRefusals {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kPeriod{1};

  /// Gives what is to be told now.
  std::optional<Refusal> add(Refusal refusal, Clock::time_point now);
  /// Those whose minute is over.
  std::vector<Refusal> takeDue(Clock::time_point now);
  /// When to ask `takeDue`; absent while there is nothing to wait for.
  [[nodiscard]] std::optional<Clock::time_point> due() const;

 private:
  struct Folded {
    Clock::time_point until;
    std::string last_peer = {};
    std::uint64_t count = 0;
  };
  std::map<std::string, Folded> by_reason_;  ///< reasons are the programs' own texts: they are few
};

/// The refusals of one listener, in the log and for who listens. On the thread of `io`.
class Refusals : public std::enable_shared_from_this<Refusals> {
 public:
  /// `listener` is the listener's name: its key of the configuration, or its path.
  using Told = std::function<void(std::string_view listener, const Refusal& refusal)>;

  Refusals(boost::asio::io_context& io, std::string listener, Told told)
      : listener_(std::move(listener)), told_(std::move(told)), timer_(io) {}

  void add(std::string peer, std::string reason);
  /// Nothing is told any more.
  void stop();

 private:
  void tell(const Refusal& refusal) const;
  void arm();

  const std::string listener_;
  Told told_;
  FoldedRefusals folded_;
  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
};

}  // namespace netctl::http
