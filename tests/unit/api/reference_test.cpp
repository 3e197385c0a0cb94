#include "netctl/api/method.h"
#include "netctl/api/permissions.h"
#include "tests/support/served/served_cloud.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

/// docs/rpc.md, from its marker on, is what this writes: the table of methods, and the answers that
/// their examples really get. UPDATE_GOLDEN=1 rewrites it.
namespace netctl::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kMarker = "<!-- From here on made from netctl/api";

/// The cloud in which every example is run: two accounts, three groups, two instances, two elastic
/// addresses.
class ExampleCloud : public testing::ServedCloud {
 public:
  ExampleCloud() : ServedCloud(settings()) {
    must("account.create", R"({"name": "alice"})");
    must("account.create", R"({"name": "bob"})");
    must("account.create", R"({"name": "dave"})");
    must("group.create", R"({"owner": "alice", "name": "web", "description": "web servers"})");
    must("group.create", R"({"owner": "alice", "name": "old", "description": "not in use"})");
    must("prefix_list.create",
         R"({"owner": "alice", "name": "offices", "cidrs": ["198.51.100.0/24"]})");
    must("group.create", R"({"owner": "bob", "name": "monitoring", "description": "probes"})");
    must("group.authorize", R"({"owner": "alice", "group": "web", "permissions": [
      {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["198.51.100.0/24"]}]})");
    must("address.allocate", R"({"owner": "alice"})");
    must("address.allocate", R"({"owner": "alice"})");
    must(
        "instance.attach",
        R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet0"})");
    must("instance.attach",
         R"({"instance_id": "i-0A1B2C40", "owner": "alice", "groups": ["web"]})");
    must("address.associate",
         R"({"owner": "alice", "address": "203.0.113.11", "instance_id": "i-0A1B2C40"})");
    reload = ReloadReport{{"VNET_DNS"}, {"VNET_PRIVINTERFACE"}, {}, {}};
  }

 private:
  static cloud::Settings settings() {
    auto settings = testing::usualSettings();
    settings.host.node_name = "n1";
    settings.host.counts_usage = true;
    settings.pool = {};
    settings.pool.add({testing::address("203.0.113.10"), testing::address("203.0.113.60")});
    return settings;
  }
};

/// JSON for people: what fits into a line is one.
void write(std::string& text, const json::value& value, std::size_t indent) {
  constexpr std::size_t kWidth = 96;
  const std::string flat = std::regex_replace(
      json::serialize(value), std::regex(R"(("[^"]*")(:)|(,)(?=["\[{0-9a-z-]))"), "$1$2$3 ");
  const bool is_leaf = !value.is_structured();
  if (is_leaf || flat.size() + indent <= kWidth) {
    text += flat;
    return;
  }
  const std::string margin(indent + 2, ' ');
  const char* comma = "\n";
  text += value.is_array() ? '[' : '{';
  if (value.is_array()) {
    for (const auto& element : value.get_array()) {
      text += comma + margin;
      write(text, element, indent + 2);
      comma = ",\n";
    }
  } else {
    for (const auto& member : value.get_object()) {
      text += fmt::format("{}{}\"{}\": ", comma, margin, std::string_view(member.key()));
      write(text, member.value(), indent + 2);
      comma = ",\n";
    }
  }
  text += "\n" + std::string(indent, ' ') + (value.is_array() ? ']' : '}');
}

std::string pretty(const json::value& value) {
  std::string text;
  write(text, value, 0);
  return text;
}

std::string parametersTable(const std::vector<Parameter>& parameters) {
  std::string text = "| parameter | type | | example |\n|---|---|---|---|\n";
  for (const auto& parameter : parameters) {
    auto type = std::string(format(parameter.type));
    if (parameter.maximum > 0 && parameter.maximum < (std::int64_t{1} << 32)) {
      type += fmt::format(", {} to {}", parameter.minimum, parameter.maximum);
    }
    text += fmt::format("| `{}`{} | {} | {} | `{}` |\n", parameter.name,
                        parameter.required ? ", required" : "", type, parameter.help,
                        parameter.example);
  }
  return text + "\n";
}

/// What differs between two runs gets a fixed value.
std::string withoutTimes(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"),
                            "2026-01-02T03:04:05.678Z");
}

/// A file is shown by its first bytes.
json::value withShortTexts(json::value answer) {
  constexpr std::size_t kShown = 40;
  for (auto& member : answer.as_object()) {
    auto* const text = member.value().if_string();
    if (text != nullptr && text->size() > 500) {
      text->resize(kShown);
      *text += "...";
    }
  }
  return answer;
}

/// One that is made is another each time.
json::value withKnownKey(json::value answer) {
  auto& members = answer.as_object();
  if (!members.contains("private_key")) return answer;
  members["fingerprint"] = "YANHjSHXMTWSv+5JfeMhXmPF8Tfp3Xt4i96fDjTWZbU=";
  members["public_key"] =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";
  members["private_key"] = "-----BEGIN OPENSSH PRIVATE KEY-----\n...";
  return answer;
}

std::string answerOf(const Method& method) {
  static ExampleCloud unchanged;
  std::optional<ExampleCloud> own;
  ExampleCloud& cloud = method.isChange() ? own.emplace() : unchanged;
  const auto answer = cloud.must(method.name, method.example);
  if (method.name != "system.methods")
    return withoutTimes(pretty(withKnownKey(withShortTexts(answer))));
  const json::value one = json::object{{"methods", json::array{answer.at("methods").at(0)}}};
  return pretty(one);
}

/// A paragraph in lines of at most 100 columns, as all pages have them.
std::string paragraph(const std::string& words) {
  constexpr std::size_t kColumns = 100;
  std::string text;
  std::size_t column = 0;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    const bool fits = column + 1 + word.size() <= kColumns;
    if (column > 0) text += fits ? ' ' : '\n';
    column = (column > 0 && fits ? column + 1 : 0) + word.size();
    text += word;
  }
  return text + "\n\n";
}

std::string section(const Method& method) {
  std::string text = fmt::format("### {}\n\n{}", method.name, paragraph(std::string(method.help)));
  if (!method.parameters.empty()) text += parametersTable(method.parameters);
  text += paragraph(fmt::format("Result: {}{}.", method.result,
                                method.isChange() ? "; changed, in_force, not_in_force[]" : ""));
  const json::value request =
      json::object{{"jsonrpc", "2.0"},
                   {"id", 1},
                   {"method", method.name},
                   {"params", json::parse(json::string_view(method.example))}};
  return text + fmt::format("```json\n{}\n```\n\n{}\n\n```json\n{}\n```\n\n", pretty(request),
                            method.name == "system.methods"
                                ? "answers with `result` (here only the first method)"
                                : "answers with `result`",
                            answerOf(method));
}

std::string generated() {
  std::string text;
  std::string_view noun;
  for (const auto& method : methods()) {
    if (method.noun() != noun) text += fmt::format("## {}\n\n", method.noun());
    noun = method.noun();
    text += section(method);
  }
  return text + "## Permissions\n\nAn object of a `permissions` list:\n\n" +
         parametersTable(permissionParameters()) +
         "An object of a permission's `groups` list:\n\n" +
         parametersTable(sourceGroupParameters());
}

TEST(Reference, HoldsTheMethodsAndTheirRealAnswers) {
  const std::string path = std::string(NETCTL_SOURCE_DIR) + "/docs/rpc.md";
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const auto marker = text.find(kMarker);
  ASSERT_NE(marker, std::string::npos) << path << " needs the line: " << kMarker;
  const auto begin = text.find("\n\n", marker) + 2;
  const std::string expected = text.substr(0, begin) + generated();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << expected;
  } else {
    EXPECT_EQ(text, expected) << "UPDATE_GOLDEN=1 rewrites " << path;
  }
}

}  // namespace
}  // namespace netctl::api
