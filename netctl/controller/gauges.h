#pragma once

#include "netctl/controller/view.h"

#include <string>

namespace netctl::controller {

/// How it stands now, in Prometheus' text format. Its cost follows the number of ports and groups.
std::string gaugesText(const View& view);

}  // namespace netctl::controller
