#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"
#include "netctl/api/timestamp.h"

#include <boost/json.hpp>

#include <memory>

/// The noun `node`.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

ListRequest readNodes(const Fields& fields) {
  return readList(fields, parseNodeName, "name", {"names"});
}

/// This host, or one of those that have been heard of.
json::object showNode(const View& view, const std::string& name) {
  const auto other = view.nodes.find(name);
  if (other == view.nodes.end()) {
    return {{"name", name},
            {"state", "connected"},
            {"since", timeOrNull(view.status.started)},
            {"in_force", view.status.not_in_force.empty()}};
  }
  const auto& [connected, since, report] = other->second;
  return {{"name", name},
          {"state", connected ? "connected" : "away"},
          {"since", timeOrNull(since)},
          {"in_force", connected && report.not_in_force.empty()}};
}

Result<json::value> showNodes(const View& view, const ListRequest& request) {
  const auto& settings = view.cloud.settings();
  std::map<std::string, cloud::Ref<std::string>> all;
  const auto add = [&](const std::string& name) {
    all.emplace(name, std::make_shared<std::string>(name));
  };
  for (const auto& [name, node] : view.nodes) add(name);
  if (settings.host.role != cloud::Role::Cluster) add(settings.host.node_name);
  return showList(all,
                  Listing<std::string, std::string>{
                      "nodes", "node", "InvalidNode.NotFound", idOf<std::string>,
                      [](const auto& name) { return name; },
                      [](const auto& name, Wanted& wanted) { return wanted.meets({name}); },
                      [&](const auto& name) { return showNode(view, name); }},
                  request);
}

}  // namespace

std::vector<Method> nodeMethods() {
  return {{.name = "node.describe",
           .help = "Lists the hosts that run instances.",
           .parameters = {{"name", String, false, "only this one", R"("n1")"},
                          {"names", Strings, false, "only these", R"(["n1"])"},
                          kLimit,
                          kNext},
           .positional = "names",
           .plural = "nodes",
           .result = "nodes: name, state (`connected` `away`), since, in_force",
           .example = "{}",
           .action = query(readNodes, showNodes)}};
}

}  // namespace netctl::api
