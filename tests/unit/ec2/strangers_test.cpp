// Requests of those who have no key: they are answered without the controller.
#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace netctl::testing {
namespace {

/// The endpoint on an io_context of its own, as in the daemon.
class Ec2Strangers : public ::testing::Test {
 protected:
  /// Absent where the answer waits for the controller.
  std::optional<Ec2Answer> answerAlone(const http::Request& request) {
    // An answer that comes after this question is over must not be taken for that to a later one.
    const auto answer = std::make_shared<std::optional<Ec2Answer>>();
    front_(request, [answer](const http::Response& response) {
      *answer = {response.status, response.body};
    });
    serving_.restart();
    serving_.poll();
    return *answer;
  }
  std::string verdictAlone(const http::Request& request) {
    const auto answer = answerAlone(request);
    return answer ? answer->verdict() : "waits for the controller";
  }
  /// How many handlers wait for the controller's thread.
  std::size_t controllerTurns() {
    ec2_.cloud.io.restart();
    return ec2_.cloud.io.poll();
  }

  ServedEndpoint ec2_;
  boost::asio::io_context serving_;
  ec2::Endpoint endpoint_{serving_, ec2_.cloud.controller(), [] { return kThen; }};
  http::Handler front_ = frontOf(endpoint_);
};

const ec2::Pairs kDescribe{{"Action", "DescribeRegions"}};

TEST_F(Ec2Strangers, NeverReachTheController) {
  controllerTurns();
  EXPECT_EQ(verdictAlone({"POST", "/", {{"Host", "h"}}, "Action=DescribeRegions"}),
            "403 MissingAuthenticationToken");
  EXPECT_EQ(verdictAlone(ServedEndpoint::request({"AKIANOBODY", "secret"}, kDescribe)),
            "401 AuthFailure");
  EXPECT_EQ(verdictAlone(ServedEndpoint::request({ec2_.alice.id, "wrong"}, kDescribe)),
            "403 SignatureDoesNotMatch");
  EXPECT_EQ(verdictAlone(ServedEndpoint::request(ec2_.alice, {{"Action", "NoSuchAction"}})),
            "400 InvalidAction");
  EXPECT_EQ(controllerTurns(), 0U);
}

TEST_F(Ec2Strangers, AreToldFromThoseWhoHaveAKey) {
  EXPECT_EQ(verdictAlone(ServedEndpoint::request(ec2_.alice, kDescribe)),
            "waits for the controller");
  EXPECT_GT(controllerTurns(), 0U);
}

TEST_F(Ec2Strangers, AreThoseWhoseKeyWasTakenAway) {
  const auto carol = ec2_.makeAccount("carol");
  EXPECT_EQ(verdictAlone(ServedEndpoint::request(carol, kDescribe)), "waits for the controller");
  ec2_.cloud.must("account.disable_key",
                  fmt::format(R"({{"owner": "carol", "access_key": "{}"}})", carol.id));
  EXPECT_EQ(verdictAlone(ServedEndpoint::request(carol, kDescribe)), "401 AuthFailure");
  ec2_.cloud.must("account.delete_key",
                  fmt::format(R"({{"owner": "carol", "access_key": "{}"}})", carol.id));
  EXPECT_EQ(verdictAlone(ServedEndpoint::request(carol, kDescribe)), "401 AuthFailure");
}

/// Between the check of the signature and the controller's turn.
TEST_F(Ec2Strangers, AreThoseWhoseKeyIsTakenAwayMeanwhile) {
  controllerTurns();
  ec2_.cloud.controller().edit(
      [id = ec2_.bob.id](cloud::Cloud& cloud) {
        auto key = *cloud.key(id);
        key.enabled = false;
        cloud.put(key);
      },
      [](const auto&, const auto&) {});
  ec2_.cloud.io.run_one();  // it waits for its batch, and is not committed yet
  std::optional<Ec2Answer> answer;
  front_(ServedEndpoint::request(ec2_.bob, kDescribe), [&](const http::Response& response) {
    answer = {response.status, response.body};
  });
  EXPECT_FALSE(answer);
  controllerTurns();
  serving_.restart();
  serving_.poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->verdict(), "401 AuthFailure");
}

}  // namespace
}  // namespace netctl::testing
