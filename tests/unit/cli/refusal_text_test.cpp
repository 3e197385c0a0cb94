#include "netctl/cli/refusal_text.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace netctl::cli {
namespace {

std::string refusal(std::string_view method, const std::string& faults) {
  const auto error = boost::json::parse(
      R"({"code":-32602,"message":"both; again","data":{"reason":"InvalidParameterValue","faults":[)" +
      faults + "]}}");
  return refusalText(error, *api::findMethod(method));
}

TEST(RefusalText, NamesOneFaultByItsOption) {
  EXPECT_EQ(refusal("group.create", R"({"where":"owner","message":"is required"})"),
            "--owner: is required (InvalidParameterValue)\n");
}

TEST(RefusalText, NamesWhatHasNoOption) {
  EXPECT_EQ(refusal("group.delete", R"({"where":"group","message":"not found"})"),
            "GROUP: not found (InvalidParameterValue)\n");
}

TEST(RefusalText, SaysEachFaultOnceAndByTheOptionOfAPermission) {
  EXPECT_EQ(refusal("group.authorize",
                    R"({"where":"permissions[0].from_port","message":"70000 is not a port"},
                       {"where":"permissions[0].cidrs[1]","message":"is not a CIDR"},
                       {"where":"owner","message":"is required"})"),
            "3 things are wrong (InvalidParameterValue):\n"
            "  --port: 70000 is not a port\n"
            "  --cidr: is not a CIDR\n"
            "  --owner: is required\n");
}

TEST(RefusalText, ShowsTheMessageWhereThereAreNoFaults) {
  const auto error = boost::json::parse(R"({"code":-32001,"message":"try again later"})");
  EXPECT_EQ(refusalText(error, *api::findMethod("group.create")), "try again later\n");
}

}  // namespace
}  // namespace netctl::cli
