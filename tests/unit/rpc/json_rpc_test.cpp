#include "netctl/rpc/json_rpc.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>

namespace netctl::rpc {
namespace {

namespace json = boost::json;

/// Every call answered with its own method's name.
JsonRpcExchange answered(std::string_view body) {
  JsonRpcExchange exchange(body);
  for (std::size_t i = exchange.calls(); i-- > 0;)
    exchange.finish(i, json::value(exchange.method(i)));
  EXPECT_TRUE(exchange.done());
  return exchange;
}

json::value answerOf(std::string_view body) {
  return json::parse(answered(body).body());
}

int codeOf(const json::value& answer) {
  return static_cast<int>(answer.at("error").at("code").as_int64());
}

std::string nested(int depth) {
  return R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": )" +
         std::string(static_cast<std::size_t>(depth) - 1, '[') +
         std::string(static_cast<std::size_t>(depth) - 1, ']') + "}";
}

TEST(JsonRpc, AnswersARequestWithItsId) {
  for (const char* id : {"1", "\"a\"", "null", "-7", "1.5", "18446744073709551615"}) {
    const auto answer = answerOf(R"({"jsonrpc": "2.0", "method": "m", "params": {}, "id": )" +
                                 std::string(id) + "}");
    EXPECT_EQ(answer, json::value({{"jsonrpc", "2.0"}, {"result", "m"}, {"id", json::parse(id)}}));
  }
}

TEST(JsonRpc, GivesTheParametersAsTheyAre) {
  const JsonRpcExchange exchange(
      R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": {"a": [1]}})");
  EXPECT_EQ(exchange.parameters(0), json::parse(R"({"a": [1]})"));
  const JsonRpcExchange none(R"({"jsonrpc": "2.0", "id": 1, "method": "m"})");
  EXPECT_EQ(none.parameters(0), json::parse("{}"));
}

TEST(JsonRpc, AnswersABatchInItsOrder) {
  const auto answers =
      answerOf(R"([{"jsonrpc": "2.0", "method": "a", "id": 3}, 7, {"jsonrpc": "2.0", "method": "b"},
                                    {"jsonrpc": "2.0", "method": "c", "id": 1}])");
  ASSERT_EQ(answers.as_array().size(), 3U);
  EXPECT_EQ(answers.at(0).at("result"), "a");
  EXPECT_EQ(codeOf(answers.at(1)), -32600);
  EXPECT_EQ(answers.at(2).at("result"), "c");
  EXPECT_EQ(answers.at(2).at("id"), 1);
}

TEST(JsonRpc, SaysNothingToNotifications) {
  for (const char* body :
       {R"({"jsonrpc": "2.0", "method": "m"})", R"([{"jsonrpc": "2.0", "method": "m"}])"}) {
    EXPECT_EQ(JsonRpcExchange(body).calls(), 1U);
    EXPECT_EQ(answered(body).status(), 204);
    EXPECT_EQ(answered(body).body(), "");
  }
}

TEST(JsonRpc, RefusesWhatIsNotJson) {
  for (const char* body :
       {"", " ", "{", "noise", "{\"a\": \xff}", "{} {}", "[1,]", "{'a': 1}", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(answered(body).status(), 400) << body;
    EXPECT_EQ(codeOf(answerOf(body)), -32700) << body;
  }
}

TEST(JsonRpc, RefusesJsonThatIsNoRequest) {
  for (const char* body :
       {"7", "\"text\"", "null", "[]", "{}", R"({"method": "m", "id": 1})",
        R"({"jsonrpc": "1.0", "method": "m", "id": 1})",
        R"({"jsonrpc": 2.0, "method": "m", "id": 1})", R"({"jsonrpc": "2.0", "id": 1})",
        R"({"jsonrpc": "2.0", "method": 7, "id": 1})",
        R"({"jsonrpc": "2.0", "method": "m", "params": 7, "id": 1})",
        R"({"jsonrpc": "2.0", "method": "m", "id": []})",
        R"({"jsonrpc": "2.0", "method": "m", "id": true})"}) {
    EXPECT_EQ(answered(body).status(), 400) << body;
    EXPECT_EQ(codeOf(answerOf(body)), -32600) << body;
  }
}

TEST(JsonRpc, AnswersEveryElementOfABatchThatIsNone) {
  EXPECT_EQ(answered("[1, 2, 3]").status(), 200);
  EXPECT_EQ(answerOf("[1, 2, 3]").as_array().size(), 3U);
}

TEST(JsonRpc, RefusesDeepNesting) {
  EXPECT_EQ(answered(nested(kMaxDepth)).status(), 200);
  EXPECT_EQ(answered(nested(kMaxDepth + 1)).status(), 400);
  EXPECT_EQ(answered(std::string(1 << 20, '[')).status(), 400);
}

TEST(JsonRpc, RefusesABatchThatIsTooLarge) {
  std::string body = "[1";
  for (std::size_t i = 1; i < kMaxCalls; ++i) body += ",1";
  EXPECT_EQ(answered(body + "]").status(), 200);
  EXPECT_EQ(answered(body + ",1]").status(), 400);
  EXPECT_LT(answered(body + ",1]").body().size(), 200U);
}

TEST(JsonRpc, GivesErrorsTheirCodesAndReasons) {
  const auto failed = [](const Error& error) {
    JsonRpcExchange exchange(R"({"jsonrpc": "2.0", "method": "m", "id": 1})");
    exchange.finish(0, error);
    return json::parse(exchange.body());
  };
  const auto wrong = failed(
      {ErrorCode::InvalidArgument, "MissingParameter", "a; b", {{"owner", "a"}, {"group", "b"}}});
  EXPECT_EQ(
      wrong,
      json::parse(
          R"({"jsonrpc": "2.0", "error": {"code": -32602, "message": "a; b", "data": {"reason": "MissingParameter",
    "faults": [{"where": "owner", "message": "a"}, {"where": "group", "message": "b"}]}}, "id": 1})"));
  const auto refused = failed({ErrorCode::NotFound, "InvalidGroup.NotFound", "no such group"});
  EXPECT_EQ(
      refused.at("error"),
      json::parse(
          R"({"code": -32000, "message": "no such group", "data": {"reason": "InvalidGroup.NotFound"}})"));
  EXPECT_EQ(codeOf(failed({ErrorCode::Conflict, "DependencyViolation", ""})), -32000);
  EXPECT_EQ(codeOf(failed({ErrorCode::Unsupported, "UnsupportedOperation", ""})), -32000);
  EXPECT_EQ(codeOf(failed({ErrorCode::Busy, "Unavailable", ""})), -32001);
  EXPECT_EQ(codeOf(failed({ErrorCode::Kernel, "InternalError", ""})), -32001);
  EXPECT_EQ(codeOf(failed({ErrorCode::Timeout, "Unavailable", ""})), -32001);
  EXPECT_EQ(codeOf(failed({ErrorCode::Unsupported, "InvalidAction", ""})), -32601);
  EXPECT_EQ(codeOf(failed({ErrorCode::Internal, "InternalError", ""})), -32603);
}

TEST(JsonRpc, GivesWrongParametersAFaultWhereTheErrorHasNone) {
  JsonRpcExchange exchange(R"({"jsonrpc": "2.0", "method": "m", "id": 1})");
  exchange.finish(0, Error{ErrorCode::InvalidArgument, "InvalidParameterValue", "wrong"});
  EXPECT_EQ(json::parse(exchange.body()).at("error").at("data").at("faults"),
            json::parse(R"([{"where": "", "message": "wrong"}])"));
}

}  // namespace
}  // namespace netctl::rpc
