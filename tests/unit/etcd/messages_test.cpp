#include "netctl/etcd/messages.h"

#include <gtest/gtest.h>

namespace netctl::etcd {
namespace {

TEST(EtcdMessages, TheKeysOfAPrefixEndWhereItsLastByteIsOneMore) {
  EXPECT_EQ(endOf("/netctl/"), "/netctl0");
  EXPECT_EQ(endOf("a\xff\xff"), "b");
  EXPECT_EQ(endOf("\xff"), std::string(1, '\0'));
}

TEST(EtcdMessages, KeysAndValuesAreWrittenInBase64AndNumbersAsStrings) {
  EXPECT_EQ(rangeText({.first = "/a", .end = "/b", .limit = 200, .revision = 7}),
            R"({"key":"L2E=","range_end":"L2I=","limit":"200","revision":"7"})");
  EXPECT_EQ(
      transactionText(
          {.guard = "m", .guard_revision = 9, .puts = {{"k", "v"}}, .deletes = {{.first = "d"}}}),
      R"({"compare":[{"key":"bQ==","target":"MOD","result":"EQUAL","mod_revision":"9"}],)"
      R"("success":[{"request_delete_range":{"key":"ZA=="}},)"
      R"({"request_put":{"key":"aw==","value":"dg=="}}],)"
      R"("failure":[{"request_range":{"key":"bQ=="}}]})");
}

TEST(EtcdMessages, WhatIsZeroFalseOrEmptyIsAbsent) {
  const auto page = readPage(R"({"header":{"revision":"3"}})");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(page->pairs.empty());
  EXPECT_EQ(page->revision, 3);
  EXPECT_FALSE(page->more);
  const auto pair = readPage(
      R"({"header":{"revision":"3"},"more":true,"kvs":[{"key":"YQ==","mod_revision":"2"}]})");
  ASSERT_TRUE(pair) << pair.error().message;
  EXPECT_EQ(pair->pairs, (std::vector<KeyValue>{{"a", "", 2}}));
  EXPECT_TRUE(pair->more);
}

TEST(EtcdMessages, AGuardThatDidNotHoldIsTold) {
  const auto done =
      readCommitted(R"({"header":{"revision":"8"},"succeeded":true,"responses":[{}]})");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->succeeded);
  EXPECT_EQ(done->revision, 8);
  const auto refused =
      readCommitted(R"({"header":{"revision":"8"},"responses":[{"response_range":)"
                    R"({"kvs":[{"key":"bQ==","value":"eA==","mod_revision":"6"}],"count":"1"}}]})");
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_FALSE(refused->succeeded);
  EXPECT_EQ(refused->guard, (KeyValue{"m", "x", 6}));
  const auto absent =
      readCommitted(R"({"header":{"revision":"8"},"responses":[{"response_range":{}}]})");
  ASSERT_TRUE(absent) << absent.error().message;
  EXPECT_FALSE(absent->guard);
}

TEST(EtcdMessages, WhatIsNotOfTheGatewayIsAnError) {
  for (const auto* body :
       {"", "[]", "{}", "nonsense", R"({"header":{"revision":"x"}})",
        R"({"header":{"revision":5}})", R"({"header":{"revision":"-5"}})",
        R"({"header":{"revision":"1"},"kvs":{}})", R"({"header":{"revision":"1"},"kvs":[1]})",
        R"({"header":{"revision":"1"},"kvs":[{"key":"*"}]})",
        R"({"header":{"revision":"1"},"more":"yes"})"}) {
    const auto page = readPage(body);
    EXPECT_FALSE(page) << body;
    EXPECT_FALSE(readCommitted(body)) << body;
  }
  EXPECT_FALSE(readToken(R"({"token":"two words"})"));
  EXPECT_FALSE(readAlarms(R"({"alarms":[{}]})"));
}

TEST(EtcdMessages, RefusalsTellWhetherSomethingWasDone) {
  const auto code = [](unsigned status, const char* body) {
    return readRefusal(status, body).code;
  };
  EXPECT_EQ(code(503, R"({"error":"etcdserver: no leader","code":14})"), ErrorCode::Busy);
  EXPECT_EQ(code(503, R"({"error":"etcdserver: request timed out","code":14})"),
            ErrorCode::Timeout);
  EXPECT_EQ(code(502, "a proxy's page"), ErrorCode::Timeout);
  EXPECT_EQ(code(408, R"({"error":"context canceled","code":1})"), ErrorCode::Timeout);
  EXPECT_EQ(code(500, R"({"error":"something else","code":2})"), ErrorCode::Timeout);
  EXPECT_EQ(code(413, "too large"), ErrorCode::Conflict);
  EXPECT_EQ(code(429, R"({"error":"etcdserver: mvcc: database space exceeded","code":8})"),
            ErrorCode::Busy);
  EXPECT_EQ(code(403, R"({"error":"etcdserver: permission denied","code":7})"),
            ErrorCode::PermissionDenied);
  EXPECT_EQ(code(400, R"({"error":"etcdserver: too many operations in txn request","code":3})"),
            ErrorCode::Conflict);
  EXPECT_EQ(readRefusal(401, R"({"error":"etcdserver: invalid auth token","code":16})").reason,
            "Login");
}

}  // namespace
}  // namespace netctl::etcd
