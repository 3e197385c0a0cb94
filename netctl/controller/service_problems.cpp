#include "netctl/controller/service_problems.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string>

namespace netctl::controller {
namespace {

Problem outdated(std::string_view server, std::string_view service) {
  return {std::string(server), "its program was replaced on disk, and the former one still runs",
          "what the new one mends does not count yet", fmt::format("netctl restart {}", service),
          Severity::warning};
}

Problem paused(const Status& status) {
  const auto until = std::chrono::time_point_cast<std::chrono::seconds>(*status.paused_until);
  auto consequence = fmt::format(
      "until {:%FT%TZ}, what others change of netctl's on this host stays so", fmt::gmtime(until));
  std::string_view between = "; something differs by now in: ";
  for (const auto area : status.held) {
    consequence += fmt::format("{}{}", between, host::format(area));
    between = ", ";
  }
  return {"repairs", "are paused", std::move(consequence), "netctl resume", Severity::warning};
}

}  // namespace

std::vector<Problem> serviceProblems(const Status& status) {
  std::vector<Problem> problems;
  if (status.paused_until) problems.push_back(paused(status));
  if (status.dhcp.is_outdated) problems.push_back(outdated("dhcp server", "dhcp"));
  if (status.metadata.is_outdated) problems.push_back(outdated("metadata server", "metadata"));
  if (!status.metadata.fault.empty()) {
    problems.push_back(
        {"metadata server", "cannot serve",
         fmt::format("instances do not learn what they are: {}", status.metadata.fault),
         "correct that; it is tried again every two seconds", Severity::error});
  }
  return problems;
}

}  // namespace netctl::controller
