#pragma once

#include <string>

namespace netctl::controller {

enum class Severity { notice, warning, error };

/// Something of the host that an administrator should know of or change.
struct Problem {
  std::string object;       ///< what it is about
  std::string what;         ///< how it stands with it
  std::string consequence;  ///< what comes of that
  std::string remedy;       ///< what to do
  Severity severity;
};

}  // namespace netctl::controller
