#pragma once

#include "base/result.h"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Which of the events that the daemon tells are asked for.
namespace netctl::cli {

struct EventChoice {
  std::optional<std::size_t> newest;  ///< how many of the newest; all where absent
  std::string kind;                   ///< only of this kind; of each where empty
  std::string not_before;             ///< a time as the daemon writes it; empty: of any time
};

/// `change`, `drift`, `error` or `notice`; InvalidArgument names them.
Result<std::string> parseKind(const std::string& text);

/// `90s`, `10m`, `2h` or `3d`; absent where the text is something else, as a sequence number.
std::optional<std::chrono::seconds> parseAgo(std::string_view text);

/// Leaves what was asked for.
void choose(boost::json::array& events, const EventChoice& choice);

/// An event on a line of its own, as --follow prints it.
std::string eventLine(const boost::json::object& event);

}  // namespace netctl::cli
