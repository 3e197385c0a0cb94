#include "netctl/cli/euca_commands.h"
#include "netctl/cli/euca_filters.h"
#include "netctl/cli/euca_values.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <optional>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;

/// The address that is named by itself, or by the id in -a.
Result<std::string> addressOf(const EucaValues& values) {
  const auto id = optionText(values, "allocation-id");
  if (id.empty()) return onlyName(values, "address");
  if (!names(values).empty()) return usageError("an address and -a: only one of them");
  return addressOfId(id);
}

Error notFound(const std::string& address) {
  return {ErrorCode::NotFound, "InvalidAddress.NotFound",
          fmt::format("Address '{}' not found.", address)};
}

/// One address as the account holds it.
Result<json::object> describeOne(const EucaSession& session, const std::string& address) {
  auto answer = session.call("address.describe", {{"ids", json::array{json::value(address)}}});
  if (!answer) return answer.error();
  const auto& found = items(*answer, "addresses");
  if (found.empty()) return notFound(address);
  return found.front().as_object();
}

Result<std::string> privateAddress(const EucaSession& session, const std::string& instance) {
  if (instance.empty()) return std::string();
  auto answer = session.call("instance.describe", {{"ids", json::array{json::value(instance)}}});
  if (!answer) return answer.error();
  const auto& found = items(*answer, "instances");
  return found.empty() ? std::string() : field(found.front().as_object(), "private_ip");
}

}  // namespace

void domainOptions(EucaOptions& description) {
  description.add_options()("domain,d", options::value<std::string>()->default_value("standard"),
                            "standard or vpc");
}

void allocationOptions(EucaOptions& description) {
  description.add_options()("allocation-id,a", options::value<std::string>(),
                            "the address by its allocation or association id");
}

void associationOptions(EucaOptions& description) {
  allocationOptions(description);
  description.add_options()("instance-id,i", options::value<std::string>(), "the instance")(
      "network-interface,n", options::value<std::string>(), "refused: there are no such objects")(
      "private-ip-address,p", options::value<std::string>(),
      "must be the instance's private address")("allow-reassociation", options::bool_switch(),
                                                "take it from the instance that has it");
}

Result<std::string> allocateAddress(const EucaSession& session, const EucaValues& values) {
  const auto domain = optionText(values, "domain");
  if (domain != "standard" && domain != "vpc") {
    return usageError(fmt::format("-d: '{}' is neither standard nor vpc", domain));
  }
  const auto answer = session.call("address.allocate", {});
  if (!answer) return answer.error();
  const auto address = field(*answer, "address");
  return session.line(
      {"ADDRESS", address, domain, domain == "vpc" ? field(*answer, "allocation_id") : ""});
}

Result<std::string> releaseAddress(const EucaSession& session, const EucaValues& values) {
  const auto address = addressOf(values);
  if (!address) return address.error();
  const auto answer = session.call("address.release", {{"address", *address}});
  if (!answer) return answer.error();
  if (!answer->at("changed").as_bool()) return notFound(*address);
  const auto id = optionText(values, "allocation-id");
  return id.empty() ? session.line({"ADDRESS", *address}) : session.line({"ADDRESS", "", id});
}

Result<std::string> associateAddress(const EucaSession& session, const EucaValues& values) {
  if (values.count("network-interface") > 0) {
    return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                 "instances have one network interface each; name the instance by -i"};
  }
  const auto instance = optionText(values, "instance-id");
  if (instance.empty()) return usageError("-i INSTANCE is needed");
  const auto address = addressOf(values);
  if (!address) return address.error();
  const auto place = privateAddress(session, instance);
  if (!place) return place.error();
  const auto wanted = optionText(values, "private-ip-address");
  if (!wanted.empty() && wanted != *place) {
    return Error{
        ErrorCode::InvalidArgument, "InvalidParameterValue",
        fmt::format("'{}' is not the private address of {}, {}", wanted, instance, *place)};
  }
  const auto id = optionText(values, "allocation-id");
  // Without an allocation id this is EC2-Classic, where an address moves without being asked twice.
  const bool moves = id.empty() || values["allow-reassociation"].as<bool>();
  const auto answer = session.call(
      "address.associate",
      {{"address", *address}, {"instance_id", instance}, {"allow_reassociation", moves}});
  if (!answer) return answer.error();
  if (id.empty()) return session.line({"ADDRESS", *address, instance});
  return session.line({"ADDRESS", instance, id, associationOf(id), *place});
}

Result<std::string> disassociateAddress(const EucaSession& session, const EucaValues& values) {
  const auto address = addressOf(values);
  if (!address) return address.error();
  if (auto held = describeOne(session, *address); !held) return held.error();
  const auto answer = session.call("address.disassociate", {{"address", *address}});
  if (!answer) return answer.error();
  return session.line({"ADDRESS", *address});
}

Result<std::string> describeAddresses(const EucaSession& session, const EucaValues& values) {
  const auto filters = Filters::parse(values, {"public-ip", "instance-id", "allocation-id",
                                               "association-id", "domain", "private-ip-address"});
  if (!filters) return filters.error();
  json::object parameters;
  if (const auto wanted = names(values); !wanted.empty()) {
    json::array ids;
    for (const auto& name : wanted) {
      const auto address = name.starts_with("eip") ? addressOfId(name) : Result<std::string>(name);
      if (!address) return address.error();
      ids.emplace_back(*address);
    }
    parameters["ids"] = std::move(ids);
  }
  const auto answer = session.call("address.describe", parameters);
  if (!answer) return answer.error();
  const auto instances = session.call("instance.describe", {});
  if (!instances) return instances.error();
  std::map<std::string, std::string> places;
  for (const auto& instance : items(*instances, "instances")) {
    places[field(instance.as_object(), "instance_id")] = field(instance.as_object(), "private_ip");
  }
  std::string text;
  for (const auto& entry : items(*answer, "addresses")) {
    const auto address = field(entry.as_object(), "address");
    const auto instance = field(entry.as_object(), "instance_id");
    const auto allocation = field(entry.as_object(), "allocation_id");
    const auto association = instance.empty() ? "" : associationOf(allocation);
    const auto place = instance.empty() ? "" : places[instance];
    if (!filters->match({{"public-ip", address},
                         {"instance-id", instance},
                         {"allocation-id", allocation},
                         {"association-id", association},
                         {"domain", "standard"},
                         {"private-ip-address", place}})) {
      continue;
    }
    text += session.line(
        {"ADDRESS", address, instance, "standard", allocation, association, "", place});
  }
  return text;
}

}  // namespace netctl::cli
