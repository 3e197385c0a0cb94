#pragma once

#include "base/result.h"
#include "netctl/cli/euca_ec2.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::cli {

/// The account for which a euca command acts, and the way to it: the daemon's socket, or EC2.
class EucaSession {
 public:
  EucaSession(std::filesystem::path socket, std::string owner, bool show_empty)
      : socket_(std::move(socket)), owner_(std::move(owner)), show_empty_(show_empty) {}
  /// By EC2, for the account of its key.
  EucaSession(Ec2Access access, bool show_empty)
      : ec2_(std::move(access)), show_empty_(show_empty) {}

  /// The account that --account, else NETCTL_ACCOUNT names, else the only one there is.
  static Result<std::string> chooseOwner(const std::filesystem::path& socket,
                                         const std::string& option);

  /// Calls a method for the account. The daemon's refusal is an Error with its reason.
  Result<boost::json::object> call(std::string_view method, boost::json::object parameters) const;

  /// One line of tab-separated fields; an empty one is shown as `(nil)` where that was asked for.
  [[nodiscard]] std::string line(const std::vector<std::string>& fields) const;

 private:
  std::optional<Ec2Access> ec2_;
  std::filesystem::path socket_;
  std::string owner_;
  bool show_empty_;
};

}  // namespace netctl::cli
