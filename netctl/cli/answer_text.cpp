#include "netctl/cli/answer_text.h"

#include "netctl/cli/table.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrivateKey = "private_key";

/// The columns of each list, in the order in which people read them.
const std::vector<std::string>& columnsOf(std::string_view plural) {
  static const std::map<std::string_view, std::vector<std::string>> kColumns{
      {"accounts", {"name", "account_id", "keys"}},
      {"key_pairs", {"owner", "name", "key_pair_id", "type", "fingerprint"}},
      {"prefix_lists",
       {"owner", "name", "prefix_list_id", "family", "version", "max_entries", "cidrs"}},
      {"groups", {"owner", "name", "group_id", "tag", "permissions"}},
      {"addresses", {"address", "owner", "instance_id", "automatic"}},
      {"forwards",
       {"address", "protocol", "from_port", "to_port", "owner", "instance_id", "instance_port"}},
      {"instances",
       {"instance_id", "owner", "groups", "private_ip", "public_ip", "tag", "device", "node",
        "port"}},
      {"networks", {"tag", "subnet", "gateway", "owner", "group", "instances"}},
      {"nodes", {"name", "state", "since", "in_force"}},
      {"usage",
       {"owner", "instance_id", "address", "received_bytes", "received_packets", "sent_bytes",
        "sent_packets", "since"}},
      {"events", {"sequence", "time", "count", "kind", "object", "message"}},
      {"methods", {"method", "help"}},
      {"steps", {"phase", "action", "object", "detail"}},
      {"not_in_force", {"object", "reason"}}};
  return kColumns.at(plural);
}

std::string ports(const json::object& permission) {
  if (permission.contains("from_port")) {
    const auto from = cell(permission, "from_port");
    const auto to = cell(permission, "to_port");
    return from == to ? " " + from : fmt::format(" {}-{}", from, to);
  }
  const auto type = cell(permission, "icmp_type");
  if (type.empty() || type == "-1") return "";
  const auto code = cell(permission, "icmp_code");
  return code.empty() || code == "-1" ? " " + type : fmt::format(" {}:{}", type, code);
}

std::string permission(const json::object& permission) {
  std::string sources;
  for (const auto* key : {"cidrs", "groups", "prefix_lists"}) {
    const auto* list = permission.if_contains(key);
    if (list == nullptr || list->as_array().empty()) continue;
    if (!sources.empty()) sources += ',';
    sources += cell(*list);
  }
  return fmt::format("{}{} {} {}", cell(permission, "protocol"), ports(permission),
                     cell(permission, "direction") == "egress" ? "to" : "from", sources) +
         (permission.contains("description") ? " (" + cell(permission, "description") + ")" : "");
}

/// An object in a cell, by the name that people give it.
std::string shortForm(const json::object& object) {
  if (object.contains("protocol")) return permission(object);
  if (object.contains("group")) {
    const auto owner = cell(object, "owner");
    return owner.empty() ? cell(object, "group") : owner + "/" + cell(object, "group");
  }
  if (object.contains("access_key")) {
    const auto* enabled = object.if_contains("enabled");
    const bool disabled = enabled != nullptr && enabled->is_bool() && !enabled->as_bool();
    return cell(object, "access_key") + (disabled ? " (disabled)" : "");
  }
  std::string members;
  for (const auto& [key, value] : object) {
    members +=
        fmt::format("{}{} {}", members.empty() ? "" : ", ", std::string_view(key), cell(value));
  }
  return members;
}

/// Lists whose entries are too long to share a line.
bool hasLongEntries(std::string_view key, const json::value& value) {
  return value.is_array() && (key == "permissions" || key == "notices");
}

/// A line for each entry of a list of permissions; all else shares the first line.
void addRow(Table& table, const std::vector<std::string>& columns, const json::object& object) {
  std::vector<std::string> row;
  std::vector<std::string> more;
  for (const auto& column : columns) {
    const auto* value = object.if_contains(column);
    if (value == nullptr) {
      row.emplace_back("-");
    } else if (hasLongEntries(column, *value)) {
      for (const auto& entry : value->as_array()) more.push_back(cell(entry));
      row.push_back(more.empty() ? "-" : more.front());
    } else {
      row.push_back(cell(*value));
    }
  }
  table.add(std::move(row));
  for (std::size_t i = 1; i < more.size(); ++i) {
    std::vector<std::string> next(columns.size());
    next.back() = more[i];
    table.add(std::move(next));
  }
}

/// The usual columns and behind them the others that an object has; what is too long for a line of
/// its own comes last.
std::vector<std::string> allColumns(std::vector<std::string> columns, const json::array& objects) {
  for (const auto& object : objects) {
    for (const auto& [key, value] : object.as_object()) {
      std::string name(key);
      if (std::ranges::find(columns, name) == columns.end()) columns.push_back(std::move(name));
    }
  }
  std::ranges::stable_partition(columns,
                                [](const auto& column) { return column != "permissions"; });
  return columns;
}

std::string list(std::string_view plural, const json::array& objects, const Look& look,
                 Columns chosen = Columns::Usual) {
  const auto columns =
      chosen == Columns::All ? allColumns(columnsOf(plural), objects) : columnsOf(plural);
  Table table(columns);
  for (const auto& object : objects) addRow(table, columns, object.as_object());
  return table.text(look);
}

/// The problems of a status or a plan: each needs room for a sentence or two.
std::string problems(const json::object& object, const Look& look) {
  const auto* found = object.if_contains("problems");
  if (found == nullptr || !found->is_array() || found->as_array().empty()) return "";
  std::string result = "\nproblems:\n";
  for (const auto& entry : found->as_array()) {
    const auto& problem = entry.as_object();
    const auto severity = cell(problem, "severity");
    result += fmt::format("{}: {}: {}\n", colored(severity, severity, look),
                          cell(problem, "object"), cell(problem, "what"));
    for (const auto* key : {"consequence", "remedy"}) {
      if (const auto said = cell(problem, key); !said.empty()) {
        result += fmt::format("  {}: {}\n", key, said);
      }
    }
  }
  return result;
}

/// Says of a change that it was none; "changed no" is read past.
std::string unchanged(const api::Method& method, const json::object& object) {
  static constexpr std::array<std::string_view, 6> kRemoving{
      "delete", "delete_key", "detach", "disassociate", "release", "revoke"};
  const auto* changed = object.if_contains("changed");
  if (changed == nullptr || !changed->is_bool() || changed->as_bool()) return "";
  return std::ranges::find(kRemoving, method.verb()) != kRemoving.end()
             ? "nothing changed: there was nothing to take away\n"
             : "nothing changed: it was so already\n";
}

std::string lines(const json::object& object, const Look& look) {
  std::size_t width = 0;
  for (const auto& [key, value] : object) width = std::max(width, key.size());
  std::string text;
  for (const auto& [key, value] : object) {
    if (key == "not_in_force" || key == "problems" || key == kPrivateKey) continue;
    if (!hasLongEntries(key, value) || value.as_array().empty()) {
      const auto shown = cell(value);
      text +=
          fmt::format("{:<{}}  {}\n", std::string_view(key), width, colored(shown, shown, look));
      continue;
    }
    std::string_view name = key;
    for (const auto& entry : value.as_array()) {
      text += fmt::format("{:<{}}  {}\n", std::exchange(name, ""), width, cell(entry));
    }
  }
  const auto* left = object.if_contains("not_in_force");
  if (left != nullptr && left->is_array() && !left->as_array().empty()) {
    text += "\ncommitted, and not yet in force:\n" + list("not_in_force", left->as_array(), look);
  }
  text += problems(object, look);
  // As a file of its own has it, to be copied.
  if (const auto* const made = object.if_contains(kPrivateKey)) text += "\n" + cell(*made);
  return text;
}

}  // namespace

std::string cell(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  if (value.is_object()) return shortForm(value.as_object());
  if (!value.is_array()) return json::serialize(value);
  if (value.as_array().empty()) return "-";
  std::string text;
  for (const auto& entry : value.as_array()) {
    if (!text.empty()) text += ',';
    text += cell(entry);
  }
  return text;
}

std::string cell(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? "" : cell(*value);
}

std::string answerText(const api::Method& method, const json::value& result, Columns columns,
                       const Look& look) {
  const auto& object = result.as_object();
  if (const auto* plan = object.if_contains("plan"); plan != nullptr && plan->is_object()) {
    const auto* outcome = object.if_contains("result");
    return "would do:\n" + list("steps", plan->as_object().at("steps").as_array(), look) +
           (outcome != nullptr && outcome->is_object()
                ? "\nresult:\n" + lines(outcome->as_object(), look)
                : "");
  }
  for (const std::string_view plural :
       {method.plural, std::string_view("steps"), std::string_view("methods")}) {
    const auto* objects = plural.empty() ? nullptr : object.if_contains(plural);
    if (objects == nullptr || !objects->is_array()) continue;
    auto text = plural == "steps" && objects->as_array().empty()
                    ? std::string("nothing to do: all is in force\n")
                    : list(plural, objects->as_array(), look, columns);
    const auto* next = object.if_contains("next");
    if (next != nullptr && next->is_string()) text += fmt::format("more: --next {}\n", cell(*next));
    return text + problems(object, look);
  }
  return unchanged(method, object) + lines(object, look);
}

}  // namespace netctl::cli
