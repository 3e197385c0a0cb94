#pragma once

#include "modes/cloud/cloud.h"
#include "modes/cloud/commands.h"
#include "modes/host/describe.h"
#include "netctl/api/methods.h"
#include "netctl/controller/controller.h"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <vector>

/// The objects of the cloud as JSON, with the keys that design and documentation give them. Secrets
/// are never among them: only writeOutcome shows one, of a key that the command has just made.
namespace netctl::api {

boost::json::object write(const cloud::Cloud& cloud, const cloud::Account& account);
boost::json::object write(const cloud::Cloud& cloud, const cloud::Group& group);
boost::json::object write(const cloud::Cloud& cloud, const cloud::Address& address);
boost::json::object write(const controller::View& view, const cloud::Instance& instance);
/// The network of a group that has one.
boost::json::object writeNetwork(const cloud::Cloud& cloud, const cloud::Group& group);
/// This host, as the node that runs instances.
/// This host, or one of those that have been heard of.
boost::json::object writeNode(const controller::View& view, const std::string& name);

boost::json::object writePlan(const std::vector<host::StepDescription>& steps);
boost::json::object writeStatus(const controller::View& view);
boost::json::object writeEvents(const controller::EventLog& events, std::uint64_t since,
                                std::size_t limit);
boost::json::object write(const Method& method);

/// `in_force` and `not_in_force`.
void addForce(boost::json::object& result, const std::vector<controller::NotInForce>& left);
/// The object that the command was about, as it is now; of one that is gone what names it.
/// `key` is shown where the command made one.
boost::json::object writeOutcome(const controller::View& view, const cloud::Command& command,
                                 const cloud::Outcome& outcome);

/// UTC, as `2026-01-02T03:04:05.678Z`.
std::string formatTime(std::chrono::system_clock::time_point time);

}  // namespace netctl::api
