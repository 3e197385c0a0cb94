#pragma once

#include "modes/cloud/commands.h"
#include "netctl/api/methods.h"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

/// From JSON parameters to what is asked for. Everything that can be known to be wrong without the
/// cloud is found here, all of it at once.
namespace netctl::api {

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// A command to the cloud. Its fresh ids and secrets are still empty.
struct ChangeRequest {
  cloud::Command command;
  bool dry_run = false;
};

enum class Noun { Account, Group, Address, Instance, Network, Node };

/// A list of objects of one kind, in the order of their keys.
struct DescribeRequest {
  Noun noun = Noun::Account;
  std::string owner;                ///< empty: any
  std::vector<std::string> wanted;  ///< names or ids; of a network its tag; empty: all
  std::size_t limit = kNoLimit;
  std::string after;  ///< goes on behind this key; empty: from the beginning
};

struct EventsRequest {
  std::uint64_t since = 0;
  std::size_t limit = kNoLimit;
};

enum class SystemAction { Status, Plan, Reconcile, Reload, Methods };

struct SystemRequest {
  SystemAction action = SystemAction::Status;
  bool dry_run = false;
};

using Request = std::variant<ChangeRequest, DescribeRequest, EventsRequest, SystemRequest>;

/// InvalidArgument with every fault; a fault's `where` is the parameter's path
/// (`permissions[1].from_port`).
Result<Request> read(const Method& method, const boost::json::value& parameters);

/// The opaque text that a describe gives and takes as `next`: the last key of a page.
std::string makeNext(std::string_view last_key);

}  // namespace netctl::api
