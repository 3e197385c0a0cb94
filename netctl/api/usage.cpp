#include "base/text.h"
#include "modes/cloud/faults.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"
#include "netctl/api/timestamp.h"
#include "netctl/controller/controller.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <string>

/// The noun `usage`.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::UsageEntry;
using controller::UsageKey;
using controller::View;

enum class By { Instance, Address, Account };

Result<By> parseBy(std::string_view text) {
  if (text == "instance") return By::Instance;
  if (text == "address") return By::Address;
  if (text == "account") return By::Account;
  return cloud::invalid(
      fmt::format("usage is not by {}; write instance, address or account", quote(text)));
}

struct UsageRequest {
  std::string owner;
  By by = By::Instance;
};

UsageRequest readUsage(const Fields& fields) {
  return {readOwner(fields), fields.parsed("by", parseBy).value_or(By::Instance)};
}

/// What tells the lines of an answer apart.
UsageKey lineOf(UsageKey key, By by) {
  if (by != By::Instance) key.instance.clear();
  if (by != By::Address) key.public_address.reset();
  return key;
}

json::object showEntry(const cloud::Cloud& cloud, const UsageKey& key, const UsageEntry& entry) {
  json::object line;
  addOwner(line, cloud, key.owner);
  line["instance_id"] = key.instance.empty() ? json::value(nullptr) : json::value(key.instance);
  line["address"] =
      key.public_address ? json::value(net::format(*key.public_address)) : json::value(nullptr);
  line["received_bytes"] = entry.traffic.received.bytes;
  line["received_packets"] = entry.traffic.received.packets;
  line["sent_bytes"] = entry.traffic.sent.bytes;
  line["sent_packets"] = entry.traffic.sent.packets;
  line["since"] = formatTime(entry.since);
  line["last"] = formatTime(entry.last);
  return line;
}

Result<json::value> showUsage(const View& view, const UsageRequest& request) {
  const auto& cloud = view.cloud;
  if (!cloud::hasNetworks(cloud.settings().mode)) {
    return cloud::needsNetworks(cloud.settings().mode, "counters of usage");
  }
  if (!cloud.settings().host.counts_usage && view.usage.entries().empty()) {
    return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                 "usage is not counted here; set NETCTL_USAGE=\"yes\" in the configuration and "
                 "restart netctld"};
  }
  const auto by = ownedBy(cloud, request.owner);
  if (!by) return by.error();
  std::map<UsageKey, UsageEntry> lines;
  for (const auto& [key, entry] : view.usage.entries()) {
    if (!by->holds(key.owner) || !cloud.account(key.owner)) continue;
    auto& line = lines.try_emplace(lineOf(key, request.by), UsageEntry{{}, entry.since, entry.last})
                     .first->second;
    line.traffic += entry.traffic;
    line.since = std::min(line.since, entry.since);
    line.last = std::max(line.last, entry.last);
  }
  json::array usage;
  for (const auto& [key, entry] : lines) usage.push_back(showEntry(cloud, key, entry));
  return json::object{{"usage", std::move(usage)}};
}

void describeUsage(const Daemon& daemon, UsageRequest asked, Reply reply) {
  daemon.controller.readCounts([asked = std::move(asked), reply = std::move(reply)](
                                   const View& view) { reply(showUsage(view, asked)); });
}

}  // namespace

std::vector<Method> usageMethods() {
  return {{.name = "usage.list",
           .help = "Counts what instances and the outside of the cloud have exchanged.",
           .parameters = {kAnyOwner,
                          {.name = "by",
                           .help = "`instance`, `address` (the public one that an instance had "
                                   "meanwhile) or `account`; without it by instance",
                           .example = R"("address")"}},
           .plural = "usage",
           .result = "usage: owner, owner_id, instance_id, address, received_bytes, "
                     "received_packets, sent_bytes, sent_packets, since, last. null where that is "
                     "added up, or where there was none",
           .example = R"({"by": "account"})",
           .action = operation(Effect::Reads, readUsage, describeUsage)}};
}

}  // namespace netctl::api
