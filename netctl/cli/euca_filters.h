#pragma once

#include "netctl/cli/euca_commands.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace netctl::cli {

/// The `--filter NAME=VALUE`s: all names must match, one value of each suffices; `*` and `?` stand
/// for anything.
class Filters {
 public:
  /// `known` are the names that this command can filter by.
  static Result<Filters> parse(const EucaValues& values, const std::set<std::string>& known);

  [[nodiscard]] bool match(const std::map<std::string, std::string>& fields) const;

 private:
  std::map<std::string, std::vector<std::string>> filters_;
};

}  // namespace netctl::cli
