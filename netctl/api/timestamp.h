#pragma once

#include <boost/json/fwd.hpp>

#include <chrono>
#include <string>

namespace netctl::api {

/// UTC, as `2026-01-02T03:04:05.678Z`.
std::string formatTime(std::chrono::system_clock::time_point time);
/// The same; null for a time that has not come yet.
boost::json::value timeOrNull(std::chrono::system_clock::time_point time);

}  // namespace netctl::api
