#pragma once

#include "base/result.h"
#include "modes/cloud/cloud.h"
#include "netctl/api/fields.h"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

/// How callers name what exists, by name or by id, and how answers do. What is read has the right
/// form; whether it exists is the cloud's matter.
namespace netctl::api {

/// An account's name or id.
Result<std::string> parseOwner(std::string_view text);
/// A group's name or id.
Result<std::string> parseGroup(std::string_view text);
/// A group's id.
Result<std::string> parseGroupId(std::string_view text);
/// A prefix list's name or id.
Result<std::string> parsePrefixList(std::string_view text);
Result<net::Ipv4Address> parseAddress(std::string_view text);
Result<std::string> parseNodeName(std::string_view text);

/// The members of these names. Without a right one they give an empty value, and an instance id
/// that stands for the fault: the request is refused.
std::string readOwner(const Fields& fields);
std::string readGroup(const Fields& fields);
net::Ipv4Address readAddress(const Fields& fields);
cloud::InstanceId readInstanceId(const Fields& fields);

/// `owner` and `owner_id`.
void addOwner(boost::json::object& result, const cloud::Cloud& cloud,
              const cloud::AccountId& owner);
/// The same for the account that a command names, as far as it exists.
boost::json::object showOwner(const cloud::Cloud& cloud, const std::string& owner);
/// `group` and `group_id`.
void addGroup(boost::json::object& result, const cloud::Cloud& cloud, const cloud::GroupId& id);

}  // namespace netctl::api
