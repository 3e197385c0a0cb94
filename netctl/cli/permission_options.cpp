#include "netctl/cli/permission_options.h"

#include "base/number.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <optional>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;

json::object sourceGroup(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {{"group", text}};
  return {{"owner", text.substr(0, slash)}, {"group", text.substr(slash + 1)}};
}

}  // namespace

void addPermissionOptions(options::options_description& description) {
  using Words = std::vector<std::string>;
  description.add_options()("protocol", options::value<std::string>())(
      "port", options::value<std::string>())("icmp", options::value<std::string>())(
      "cidr", options::value<Words>()->multitoken()->composing())(
      "source-group", options::value<Words>()->multitoken()->composing())(
      "prefix-list", options::value<Words>()->multitoken()->composing())(
      "egress", options::bool_switch())("description", options::value<std::string>());
}

std::vector<std::string> permissionOptionNames() {
  options::options_description description;
  addPermissionOptions(description);
  std::vector<std::string> names;
  for (const auto& option : description.options()) names.push_back(option->long_name());
  return names;
}

Result<void> readPorts(std::string_view text, json::object& permission) {
  const auto dash = text.find('-', text.empty() ? 0 : 1);
  const auto from = parseWhole<std::int64_t>(text.substr(0, dash));
  const auto to =
      dash == std::string_view::npos ? from : parseWhole<std::int64_t>(text.substr(dash + 1));
  if (!from || !to)
    return usageError(fmt::format("'{}' is neither a port nor a range as 80-90", text));
  permission["from_port"] = *from;
  permission["to_port"] = *to;
  return {};
}

Result<void> readIcmp(std::string_view text, json::object& permission) {
  const auto colon = text.find(':');
  const auto type = parseWhole<std::int64_t>(text.substr(0, colon));
  const auto code = colon == std::string_view::npos
                        ? std::optional<std::int64_t>(-1)
                        : parseWhole<std::int64_t>(text.substr(colon + 1));
  if (!type || !code) {
    return usageError(fmt::format("'{}' is neither an ICMP type nor TYPE:CODE as 8:0", text));
  }
  permission["icmp_type"] = *type;
  permission["icmp_code"] = *code;
  return {};
}

Result<json::value> readPermissionOptions(const options::variables_map& given) {
  json::object permission;
  if (given.count("protocol") > 0) permission["protocol"] = given["protocol"].as<std::string>();
  if (given.count("port") > 0) {
    if (auto read = readPorts(given["port"].as<std::string>(), permission); !read)
      return read.error();
  }
  if (given.count("icmp") > 0) {
    if (auto read = readIcmp(given["icmp"].as<std::string>(), permission); !read)
      return read.error();
  }
  if (given.count("cidr") > 0) {
    json::array cidrs;
    for (const auto& cidr : given["cidr"].as<std::vector<std::string>>()) cidrs.emplace_back(cidr);
    permission["cidrs"] = std::move(cidrs);
  }
  if (given.count("source-group") > 0) {
    json::array groups;
    for (const auto& group : given["source-group"].as<std::vector<std::string>>()) {
      groups.emplace_back(sourceGroup(group));
    }
    permission["groups"] = std::move(groups);
  }
  if (given.count("prefix-list") > 0) {
    json::array lists;
    for (const auto& list : given["prefix-list"].as<std::vector<std::string>>()) {
      lists.emplace_back(list);
    }
    permission["prefix_lists"] = std::move(lists);
  }
  if (given["egress"].as<bool>()) permission["direction"] = "egress";
  if (given.count("description") > 0) {
    permission["description"] = given["description"].as<std::string>();
  }
  if (permission.empty()) return json::value(nullptr);
  return json::value(json::array{std::move(permission)});
}

}  // namespace netctl::cli
