#include "netctl/cli/command_line.h"

#include "netctl/cli/command_reference.h"
#include "netctl/cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace netctl::cli {
namespace {

namespace json = boost::json;

/// Words as a shell would make them of a line with single quotes.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  words.push_back(word);
  return words;
}

Result<Invocation> parseLine(const std::string& line) {
  auto words = split(line);
  std::size_t used = 0;
  const auto* method = findMethod(words, used);
  EXPECT_NE(method, nullptr) << line;
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
  return parse(*method, words);
}

/// What a permission on the command line leaves unsaid: an ICMP code is any.
json::value plain(json::value value) {
  auto* permissions = value.as_object().if_contains("permissions");
  if (permissions == nullptr) return value;
  permissions->as_array().resize(1, nullptr);
  auto& permission = permissions->as_array().front().as_object();
  if (permission.contains("icmp_type") && !permission.contains("icmp_code")) {
    permission["icmp_code"] = -1;
  }
  return value;
}

TEST(CommandLine, EveryExampleMeansWhatTheTableSays) {
  for (const auto& method : api::methods()) {
    const auto line = exampleOf(method).substr(std::string("netctl ").size());
    const auto invocation = parseLine(line);
    ASSERT_TRUE(invocation) << line << ": " << invocation.error().message;
    EXPECT_EQ(invocation->method, &method) << line;
    const auto meant = json::parse({method.example.data(), method.example.size()});
    EXPECT_EQ(plain(invocation->parameters), plain(meant)) << line;
  }
}

TEST(CommandLine, ReadsPermissions) {
  const auto invocation = parseLine(
      "group authorize web --owner alice --protocol tcp --port 80-90 --cidr 10.0.0.0/8 "
      "192.0.2.0/24 "
      "--source-group bob/monitoring db --prefix-list offices partners");
  ASSERT_TRUE(invocation);
  EXPECT_EQ(
      json::value(invocation->parameters),
      json::parse(R"({"owner":"alice","group":"web","permissions":[{"protocol":"tcp","from_port":80,
              "to_port":90,"cidrs":["10.0.0.0/8","192.0.2.0/24"],
              "groups":[{"owner":"bob","group":"monitoring"},{"group":"db"}],
              "prefix_lists":["offices","partners"]}]})"));
}

TEST(CommandLine, WritesNounsOfTwoWordsWithADash) {
  const auto invocation = parseLine("prefix-list modify offices --owner alice --add 10.0.0.0/8");
  ASSERT_TRUE(invocation) << invocation.error().message;
  EXPECT_EQ(invocation->method->name, "prefix_list.modify");
  EXPECT_EQ(json::value(invocation->parameters),
            json::parse(R"({"owner":"alice","prefix_list":"offices","add":["10.0.0.0/8"]})"));
  EXPECT_TRUE(parseLine("prefix-list ls --owner alice"));
  EXPECT_FALSE(helpNoun("prefix-list").empty());
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  for (const auto* line :
       {"group create web --onwer alice", "group authorize web --protocol tcp --port 80:90",
        "group authorize web --protocol icmp --icmp eight", "network describe --tag two",
        "instance attach i-00000001 i-00000002", "group create web --own alice"}) {
    EXPECT_FALSE(parseLine(line)) << line;
  }
}

TEST(CommandLine, KnowsTheShortForms) {
  std::size_t used = 0;
  EXPECT_EQ(findMethod({"status"}, used)->name, "system.status");
  EXPECT_EQ(findMethod({"events", "--since", "3"}, used)->name, "events.list");
  EXPECT_EQ(used, 1U);
  EXPECT_EQ(findMethod({"nonsense", "create"}, used), nullptr);
}

TEST(CommandLine, NamesTheDaemonThatIsAsked) {
  const auto remote = parseLine("status --url https://cloud:8443 --ca a --cert b --key c");
  ASSERT_TRUE(remote) << remote.error().message;
  EXPECT_EQ(remote->common.target.url, "https://cloud:8443");
  EXPECT_EQ(remote->common.target.tls.key, "c");
  EXPECT_FALSE(parseLine("status --url https://cloud:8443 --ca a --cert b"));
  EXPECT_FALSE(parseLine("status --url https://cloud:8443 --socket s"));
  setenv("NETCTL_URL", "https://cloud:8443", 1);
  setenv("NETCTL_TLS_CA", "a", 1);
  setenv("NETCTL_TLS_CERT", "b", 1);
  setenv("NETCTL_TLS_KEY", "c", 1);
  const auto usual = parseLine("status");
  const auto local = parseLine("status --socket s");
  for (const auto* name : {"NETCTL_URL", "NETCTL_TLS_CA", "NETCTL_TLS_CERT", "NETCTL_TLS_KEY"}) {
    unsetenv(name);
  }
  ASSERT_TRUE(usual) << usual.error().message;
  EXPECT_EQ(usual->common.target.url, "https://cloud:8443");
  EXPECT_EQ(usual->common.target.tls.authority, "a");
  EXPECT_EQ(local->common.target.url, "");
  EXPECT_EQ(local->common.target.socket, "s");
}

TEST(CommandReference, IsWhatTheDocumentationHolds) {
  const std::string path = NETCTL_SOURCE_DIR "/docs/commands.md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << commandReference();
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, commandReference()) << "UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace
}  // namespace netctl::cli
