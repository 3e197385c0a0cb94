#pragma once

#include "netctl/cli/euca_commands.h"

#include <boost/json/object.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

/// Small pieces that the euca commands share.
namespace netctl::cli {

Error usageError(std::string message);

/// The words without a dash.
std::vector<std::string> names(const EucaValues& values);
/// Exactly one such word, called `what` in the message.
Result<std::string> onlyName(const EucaValues& values, const std::string& what);
/// An option's text; empty where it was not given.
std::string optionText(const EucaValues& values, const std::string& option);

/// A member of an answer as text; null and absent are empty.
std::string field(const boost::json::object& object, std::string_view key);
/// The members of a list in an answer.
const boost::json::array& items(const boost::json::object& object, std::string_view key);

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

/// Ids of allocations and associations: EC2 has them beside the address, here they are made from
/// it.
std::string allocationId(const std::string& address);
std::string associationId(const std::string& address);
/// The address in either of them.
Result<std::string> addressOfId(const std::string& id);

}  // namespace netctl::cli
