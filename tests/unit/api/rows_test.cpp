#include "netctl/api/method.h"

#include "netctl/api/fields.h"
#include "netctl/api/request.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace netctl::api {
namespace {

namespace json = boost::json;

TEST(Methods, AreThoseOfTheDesign) {
  const std::set<std::string_view> expected{
      "account.create",       "account.delete",     "account.describe",   "account.create_key",
      "account.disable_key",  "account.modify",     "account.delete_key", "group.create",
      "group.delete",         "group.describe",     "group.authorize",    "group.revoke",
      "address.allocate",     "address.release",    "address.describe",   "address.associate",
      "address.disassociate", "instance.attach",    "instance.modify",    "instance.detach",
      "instance.describe",    "network.describe",   "node.describe",      "system.status",
      "system.plan",          "system.reconcile",   "system.reload",      "system.restart",
      "system.pause",         "system.resume",      "system.methods",     "system.backup",
      "events.list",          "key.import",         "key.create",         "key.delete",
      "key.describe",         "prefix_list.create", "prefix_list.modify", "prefix_list.delete",
      "prefix_list.describe", "forward.create",     "forward.delete",     "forward.describe",
      "usage.list",           "instance.migrate"};
  std::set<std::string_view> names;
  for (const auto& method : methods()) names.insert(method.name);
  EXPECT_EQ(names, expected);
  EXPECT_EQ(methods().size(), expected.size());
}

/// What a reader's certificate may call: a method that is added here shows no secret.
TEST(Methods, ThatOnlyReadAreThese) {
  std::set<std::string_view> names;
  for (const auto& method : methods()) {
    if (method.onlyReads()) names.insert(method.name);
  }
  const std::set<std::string_view> expected{
      "account.describe",     "group.describe", "address.describe", "instance.describe",
      "network.describe",     "node.describe",  "key.describe",     "forward.describe",
      "prefix_list.describe", "events.list",    "system.status",    "system.plan",
      "system.methods",       "usage.list"};
  EXPECT_EQ(names, expected);
}

TEST(Methods, TakeTheirOwnExamples) {
  for (const auto& method : methods()) {
    const auto request = readRequest(method, json::parse(json::string_view(method.example)));
    EXPECT_TRUE(request) << method.name << ": " << request.error().message;
  }
}

TEST(Methods, TakeTheExampleOfEveryParameter) {
  for (const auto& method : methods()) {
    for (const auto& parameter : method.parameters) {
      // The right value of one parameter never makes a fault of that one, whatever else is missing.
      const json::object parameters{
          {parameter.name, json::parse(json::string_view(parameter.example))}};
      const auto request = readRequest(method, parameters);
      if (request) continue;
      for (const auto& fault : request.error().faults) {
        EXPECT_FALSE(fault.where.starts_with(parameter.name))
            << method.name << " " << fault.where << ": " << fault.message;
      }
    }
  }
}

TEST(Methods, TakeADryRunWhereTheyChangeSomething) {
  for (const auto& method : methods()) {
    EXPECT_EQ(method.parameter("dry_run") != nullptr, method.isChange()) << method.name;
  }
}

TEST(Methods, ThatDescribeTakeThePartOfAListThatIsWanted) {
  for (const auto& method : methods()) {
    if (method.verb() != "describe") continue;
    EXPECT_TRUE(method.parameter("limit") && method.parameter("next")) << method.name;
    EXPECT_TRUE(method.parameter("ids") || method.parameter("names")) << method.name;
    EXPECT_FALSE(method.plural.empty()) << method.name;
    EXPECT_FALSE(method.isChange()) << method.name;
  }
}

// A row without an action, and an action without a reader and a view, do not compile.
static_assert(!std::is_default_constructible_v<Method>);
static_assert(!std::is_default_constructible_v<Action>);
template <class... Parts>
constexpr bool kIsCommand = requires(Parts... parts) {
  command(parts...);
};
using ReadDetach = cloud::DetachInstance (*)(const Fields&);
using ShowDetach = boost::json::object (*)(const controller::View&, const cloud::DetachInstance&,
                                           const cloud::Outcome&);
using ShowAttach = boost::json::object (*)(const controller::View&, const cloud::AttachInstance&,
                                           const cloud::Outcome&);
static_assert(kIsCommand<ReadDetach, ShowDetach>);
static_assert(!kIsCommand<ReadDetach>);
static_assert(!kIsCommand<ShowDetach>);
static_assert(!kIsCommand<ReadDetach, ShowAttach>, "the view is of another command");

TEST(Methods, NameAParameterThatTheyHaveAsPositional) {
  for (const auto& method : methods()) {
    if (!method.positional.empty()) {
      EXPECT_NE(method.parameter(method.positional), nullptr) << method.name;
    }
  }
}

}  // namespace
}  // namespace netctl::api
