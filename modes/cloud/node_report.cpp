#include "modes/cloud/node_report.h"

namespace netctl::cloud {

std::string_view format(PortState state) {
  switch (state) {
    case PortState::Waiting:
      return "waiting";
    case PortState::Open:
      return "open";
    case PortState::Failed:
      return "failed";
  }
  return {};
}

std::optional<PortState> parsePortState(std::string_view text) {
  for (const auto state : {PortState::Waiting, PortState::Open, PortState::Failed}) {
    if (format(state) == text) return state;
  }
  return {};
}

}  // namespace netctl::cloud
