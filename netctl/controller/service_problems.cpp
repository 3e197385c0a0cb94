#include "netctl/controller/service_problems.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace netctl::controller {
namespace {

Problem outdated(std::string_view object, std::string_view service) {
  return {std::string(object), "its program was replaced on disk, and the former one still runs",
          "what the new one mends does not count yet", fmt::format("netctl restart {}", service),
          Severity::warning};
}

}  // namespace

std::vector<Problem> serviceProblems(const Status& status) {
  std::vector<Problem> problems;
  if (status.paused_until) {
    const auto until = std::chrono::time_point_cast<std::chrono::seconds>(*status.paused_until);
    problems.push_back({"repairs", fmt::format("are paused until {:%FT%TZ}", fmt::gmtime(until)),
                        "what others change of netctl's on this host stays so until then",
                        "netctl pause 0", Severity::warning});
  }
  if (status.dhcp.is_outdated) problems.push_back(outdated("dhcp server", "dhcp"));
  if (status.metadata.is_outdated) problems.push_back(outdated("metadata server", "metadata"));
  if (!status.metadata.fault.empty()) {
    problems.push_back({"metadata server", status.metadata.fault,
                        "instances do not learn what they are",
                        "correct that; it is tried again every two seconds", Severity::error});
  }
  return problems;
}

}  // namespace netctl::controller
