#include "netctl/api/timestamp.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::api {

std::string formatTime(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - seconds);
  return fmt::format("{:%FT%T}.{:03}Z", seconds, rest.count());
}

boost::json::value timeOrNull(std::chrono::system_clock::time_point time) {
  if (time == std::chrono::system_clock::time_point{}) return nullptr;
  return boost::json::value(formatTime(time));
}

}  // namespace netctl::api
