#pragma once

#include <chrono>
#include <string>
#include <string_view>

/// Session tokens: version 2 of EC2's metadata service answers only those who show one.
namespace netctl::metadata {

/// Makes tokens and knows them again without keeping them: each says till when it is good, and
/// bears an HMAC of that and of whom it was given to. The key is this object's own, so that tokens
/// end with it; clients then ask for a new one. May be used from any thread.
class Tokens {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::seconds kLongest{21600};  ///< six hours, as EC2's

  /// Throws where the system has no randomness.
  Tokens();

  /// For `holder`, whatever text tells it from others; printable, without spaces.
  [[nodiscard]] std::string make(std::string_view holder, Time until) const;
  /// Takes the same time whatever is wrong with the token.
  [[nodiscard]] bool isGood(std::string_view token, std::string_view holder, Time now) const;

 private:
  [[nodiscard]] std::string sign(std::string_view holder, std::string_view until) const;

  std::string key_;
};

}  // namespace netctl::metadata
