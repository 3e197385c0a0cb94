#pragma once

#include "netctl/controller/events.h"
#include "netctl/controller/problem.h"

#include <map>
#include <string>
#include <vector>

namespace netctl::controller {

/// All problems that are known now, by who found them. An event tells when one begins and when it
/// ends.
class ProblemList {
 public:
  /// From now on `finder` knows of these, and of no others.
  void replace(const std::string& finder, std::vector<Problem> problems, EventLog& events);
  /// The worst first.
  [[nodiscard]] const std::vector<Problem>& all() const { return all_; }

 private:
  std::map<std::string, std::vector<Problem>> by_finder_;
  std::vector<Problem> all_;
};

}  // namespace netctl::controller
