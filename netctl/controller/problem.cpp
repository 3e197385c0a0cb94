#include "netctl/controller/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace netctl::controller {

std::string_view format(Severity severity) {
  switch (severity) {
    case Severity::notice:
      return "notice";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "?";
}

std::string format(const Problem& problem) {
  auto text = fmt::format("{}: {}: {}\n", format(problem.severity), problem.object, problem.what);
  if (!problem.consequence.empty()) text += fmt::format("  consequence: {}\n", problem.consequence);
  if (!problem.remedy.empty()) text += fmt::format("  remedy: {}\n", problem.remedy);
  return text;
}

std::string metricsText(const std::vector<Problem>& problems) {
  std::string text =
      "# HELP netctl_problems Conditions of this host that status names.\n"
      "# TYPE netctl_problems gauge\n";
  for (const auto severity : {Severity::notice, Severity::warning, Severity::error}) {
    fmt::format_to(std::back_inserter(text), "netctl_problems{{severity=\"{}\"}} {}\n",
                   format(severity), std::ranges::count(problems, severity, &Problem::severity));
  }
  return text;
}

}  // namespace netctl::controller
