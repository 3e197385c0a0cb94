#pragma once

#include <string>

namespace netctl::controller {

enum class Severity { notice, warning, error };

/// Something of this host that keeps the cloud from working as it should, and that only an
/// administrator can end.
struct Problem {
  std::string object;
  std::string what;
  std::string consequence;
  std::string remedy;
  Severity severity;
};

}  // namespace netctl::controller
