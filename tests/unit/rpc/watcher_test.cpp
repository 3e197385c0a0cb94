#include "netctl/rpc/server/watcher.h"

#include <gtest/gtest.h>

#include <string>

namespace netctl::rpc {
namespace {

int refused(const std::string& method, const std::string& target) {
  Watcher watcher;
  const auto refusal = watcher.refusalOf({.method = method, .target = target});
  return refusal ? refusal->status : 0;
}

TEST(Watcher, ReadsMetricsAndHealth) {
  for (const auto* const target : {"/metrics", "/healthz", "/metrics?a=b"}) {
    EXPECT_EQ(refused("GET", target), 0) << target;
    for (const auto* const method : {"POST", "HEAD", "DELETE", "get"}) {
      EXPECT_EQ(refused(method, target), 405) << method;
    }
  }
}

TEST(Watcher, ReachesNothingElse) {
  for (const auto* const target : {"/rpc", "/", "", "/metrics/../rpc", "//rpc", "/node",
                                   "http://host/rpc", "/metrics/", "/rpc?/metrics"}) {
    for (const auto* const method : {"GET", "POST"}) EXPECT_EQ(refused(method, target), 404);
  }
}

}  // namespace
}  // namespace netctl::rpc
