#include "netctl/api/listing.h"

#include "base/number.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <boost/json.hpp>

/// The noun `network`.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

/// A network's name is its tag.
ListRequest readNetworks(const Fields& fields) {
  auto request = readPage(fields);
  request.owner = readOwner(fields);
  if (const auto tag = fields.number("tag")) request.wanted.push_back(std::to_string(*tag));
  for (const auto tag : fields.numbers("ids").value_or(std::vector<std::int64_t>{})) {
    request.wanted.push_back(std::to_string(tag));
  }
  return request;
}

/// The network of a group that has one.
json::object showNetwork(const cloud::Cloud& cloud, const cloud::Group& group) {
  const auto tag = group.tag.value();
  const auto& plan = cloud.settings().plan;
  json::object result{{"tag", tag.value}, {"subnet", net::format(plan.network(tag))}};
  addOwner(result, cloud, group.owner);
  addGroup(result, cloud, group.id);
  result["gateway"] = net::format(plan.gateway(tag));
  result["instances"] = cloud.instancesOf(tag).size();
  return result;
}

Result<json::value> showNetworks(const View& view, const ListRequest& request) {
  const auto by = ownedBy(view.cloud, request.owner);
  if (!by) return by.error();
  std::map<std::uint32_t, cloud::Ref<cloud::Group>> by_tag;
  for (const auto& [id, group] : view.cloud.groups()) {
    if (group->tag) by_tag.emplace(group->tag->value, group);
  }
  return showList(by_tag,
                  Listing<std::uint32_t, cloud::Group>{
                      "networks", "network", "InvalidNetwork.NotFound",
                      [](const std::string& text) { return parseWhole<std::uint32_t>(text); },
                      [](const auto& tag) { return std::to_string(tag); },
                      [&](const auto& group, Wanted& wanted) {
                        return by->holds(group.owner) &&
                               wanted.meets({std::to_string(group.tag->value)});
                      },
                      [&](const auto& group) { return showNetwork(view.cloud, group); }},
                  request);
}

}  // namespace

std::vector<Method> networkMethods() {
  return {{.name = "network.describe",
           .help = "Lists the networks of the groups that have instances.",
           .parameters = {kAnyOwner,
                          {"tag", Number, false, "only this one", "2", 2, 4094},
                          {"ids", Numbers, false, "only these tags", "[2, 3]", 2, 4094},
                          kLimit,
                          kNext},
           .positional = "ids",
           .plural = "networks",
           .result = "networks: tag, subnet, owner, owner_id, group, group_id, gateway, instances "
                     "(their number)",
           .example = "{}",
           .action = query(readNetworks, showNetworks)}};
}

}  // namespace netctl::api
