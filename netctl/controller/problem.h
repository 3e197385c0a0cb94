#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace netctl::controller {

enum class Severity {
  notice,   ///< nothing suffers yet
  warning,  ///< something suffers, or will
  error,    ///< something that was asked for does not work
};
std::string_view format(Severity severity);

/// A condition of this host that somebody has to know of, and may have to end.
///
/// `object` and `what` name it: they stay the same for as long as the condition lasts, so that it
/// begins and ends once. What changes meanwhile, like a count, belongs into `consequence`.
struct Problem {
  std::string object;       ///< what it is about, as `interface eth1`
  std::string what;         ///< what is the matter
  std::string consequence;  ///< what does not work because of it
  std::string remedy;       ///< what to do
  Severity severity = Severity::warning;

  bool operator==(const Problem&) const = default;
};

/// For people: a line with its severity, object and what is the matter, and one each for
/// consequence and remedy.
std::string format(const Problem& problem);

/// How many there are of each severity, in Prometheus' text format.
std::string metricsText(const std::vector<Problem>& problems);

}  // namespace netctl::controller
