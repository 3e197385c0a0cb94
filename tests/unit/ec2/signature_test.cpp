#include "netctl/ec2/request/signature.h"

#include "base/base64.h"
#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/request/signature_time.h"
#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using netctl::testing::KeyPair;
using netctl::testing::kThen;
using netctl::testing::ServedEndpoint;

const KeyPair kKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
/// 2015-08-30T12:36:00Z
constexpr std::chrono::sys_seconds kSuite{std::chrono::seconds(1440938160)};

/// A request of Amazon's test suite for version 4, `aws-sig-v4-test-suite`.
http::Request ofSuite(std::string method, std::string target, std::string signature,
                      std::vector<std::pair<std::string, std::string>> more = {},
                      std::string names = "host;x-amz-date", std::string body = "") {
  http::Request request{std::move(method), std::move(target)};
  request.fields = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  for (auto& header : more) request.fields.push_back(std::move(header));
  request.fields.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                  " SignedHeaders={}, Signature={}",
                  names, signature));
  request.body = std::move(body);
  return request;
}

std::string verdict(const http::Request& request, const std::string& secret,
                    std::chrono::sys_seconds now) {
  Pairs pairs;
  const auto mark = request.target.find('?');
  if (mark != std::string::npos) {
    if (auto added = addPairs(request.target.substr(mark + 1), pairs); !added) {
      return added.error().reason;
    }
  }
  if (auto added = addPairs(request.body, pairs); !added) return added.error().reason;
  const auto claim = readClaim({request, pairs});
  if (!claim) return claim.error().reason;
  const auto verified = verify(*claim, secret, now);
  return verified ? "" : verified.error().reason;
}

TEST(SignatureV4, AgreesWithAmazonsTestSuite) {
  const auto right = [](const http::Request& request) {
    return verdict(request, kKey.secret, kSuite);
  };
  // get-vanilla, get-vanilla-query-order-key-case, post-vanilla, post-x-www-form-urlencoded
  EXPECT_EQ(right(ofSuite("GET", "/",
                          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")),
            "");
  EXPECT_EQ(right(ofSuite("GET", "/?Param2=value2&Param1=value1",
                          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")),
            "");
  EXPECT_EQ(right(ofSuite("POST", "/",
                          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")),
            "");
  EXPECT_EQ(
      right(ofSuite("POST", "/", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
                    {{"Content-Type", "application/x-www-form-urlencoded"}},
                    "content-type;host;x-amz-date", "Param1=value1")),
      "");
}

class SignatureV4Strict : public ::testing::Test {
 protected:
  http::Request request_ =
      ServedEndpoint::request(kKey, {{"Action", "DescribeRegions"}, {"X", "a b"}});

  std::string verdictNow(std::chrono::seconds later = {}) {
    return verdict(request_, kKey.secret, kThen + later);
  }
  std::string& header(const std::string& name) {
    for (auto& [key, value] : request_.fields) {
      if (key == name) return value;
    }
    throw std::logic_error("no such header");
  }
  void replace(const std::string& name, const std::string& from, const std::string& to) {
    auto& value = header(name);
    const auto at = value.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    value.replace(at, from.size(), to);
  }
};

TEST_F(SignatureV4Strict, TakesARightOne) {
  EXPECT_EQ(verdictNow(), "");
  EXPECT_EQ(verdict(request_, "another", kThen), "SignatureDoesNotMatch");
}

TEST_F(SignatureV4Strict, CoversMethodPathQueryHeadersAndBody) {
  const auto original = request_;
  request_.method = "GET";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  request_.target = "/services/compute";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  request_.target = "/?More=1";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  request_.body += "&More=1";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  header("Host") = "127.0.0.1:8774";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  header("X-Amz-Date") = "20261120T103501Z";
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  replace("Authorization", "/netctl/", "/other/");
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
}

TEST_F(SignatureV4Strict, HasAWindowOfFifteenMinutes) {
  using std::chrono::minutes;
  using std::chrono::seconds;
  EXPECT_EQ(verdictNow(minutes(15)), "");
  EXPECT_EQ(verdictNow(-minutes(15)), "");
  EXPECT_EQ(verdictNow(minutes(15) + seconds(1)), "RequestExpired");
  EXPECT_EQ(verdictNow(-minutes(15) - seconds(1)), "RequestExpired");
}

TEST_F(SignatureV4Strict, WantsHeadersSigned) {
  const auto original = request_;
  for (const auto* const names : {"host", "x-amz-date", "x-amz-date;host", "host;host;x-amz-date",
                                  "Host;x-amz-date", "host;none;x-amz-date", ""}) {
    request_ = original;
    replace("Authorization", "host;x-amz-date", names);
    EXPECT_NE(verdictNow(), "") << names;
  }
  request_ = original;
  request_.fields.emplace_back("X-Amz-Target", "x");
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  request_.fields.emplace_back("Amz-Sdk-Request", "attempt=1");
  EXPECT_EQ(verdictNow(), "");
  request_.fields.emplace_back("Host", "127.0.0.1:8773");
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
}

TEST_F(SignatureV4Strict, HashesTheBodyItself) {
  const auto sign = [&](const std::string& hash) {
    request_ = http::Request{"POST", "/"};
    request_.body = "Action=DescribeRegions&Version=2016-11-15";
    request_.fields = {
        {"Host", "h"}, {"X-Amz-Date", netctl::testing::kAmzDate}, {"X-Amz-Content-SHA256", hash}};
    request_.fields.emplace_back(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/r/ec2/aws4_request,"
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=" +
            std::string(64, '0'));
    const auto claim = readClaim({request_, {}});
    if (!claim) return claim.error().reason;
    replace("Authorization", std::string(64, '0'), hex(ec2::sign(*claim, kKey.secret)));
    return verdictNow();
  };
  EXPECT_EQ(sign(hex(crypto::sha256("Action=DescribeRegions&Version=2016-11-15"))), "");
  EXPECT_EQ(sign(hex(crypto::sha256(""))), "SignatureDoesNotMatch");
  EXPECT_EQ(sign("UNSIGNED-PAYLOAD"), "SignatureDoesNotMatch");
}

TEST_F(SignatureV4Strict, RefusesWhatIsMalformed) {
  const auto original = request_;
  const std::vector<std::pair<std::string, std::string>> edits{
      {"AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA1 "},
      {"AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"},
      {"Credential=", "Credentials="},
      {"/aws4_request", ""},
      {"/aws4_request", "/aws4_request/x"},
      {"/aws4_request", "/aws5_request"},
      {"/netctl/", "//"},
      {"Signature=", "Signature=A"},
      {", Signature=", ", Extra=1, Signature="},
      {"Credential=", "Signature=1, Credential="},
      {"SignedHeaders=host;x-amz-date, ", ""}};
  for (const auto& [from, to] : edits) {
    request_ = original;
    replace("Authorization", from, to);
    EXPECT_EQ(verdictNow(), "IncompleteSignature") << from << " -> " << to;
  }
  request_ = original;
  replace("Authorization", "/20261120/", "/20261121/");
  EXPECT_EQ(verdictNow(), "SignatureDoesNotMatch");
  request_ = original;
  header("X-Amz-Date") = "2026-11-20T10:35:00Z";
  EXPECT_EQ(verdictNow(), "IncompleteSignature");
  request_ = original;
  request_.fields.emplace_back("Authorization", header("Authorization"));
  EXPECT_EQ(verdictNow(), "IncompleteSignature");
  request_ = original;
  request_.target = "/?Signature=x&AWSAccessKeyId=y";
  EXPECT_EQ(verdictNow(), "IncompleteSignature");
  EXPECT_EQ(verdict({"GET", "/?Action=x", {{"Host", "h"}}}, "", kThen),
            "MissingAuthenticationToken");
  EXPECT_EQ(verdict({"GET", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", {{"Host", "h"}}}, "", kThen),
            "IncompleteSignature");
}

/// A request of version 2 with these parameters, signed.
http::Request signedV2(Pairs parameters, const std::string& method = "HmacSHA256",
                       const std::string& host = "127.0.0.1:8773") {
  parameters.insert(
      {{"AWSAccessKeyId", kKey.id}, {"SignatureVersion", "2"}, {"SignatureMethod", method}});
  http::Request request{"GET", "/", {{"Host", host}}};
  parameters["Signature"] = "AAAA";
  const auto claim = readClaim({request, parameters});
  if (claim) parameters["Signature"] = encodeBase64(sign(*claim, kKey.secret));
  request.target = "/?";
  for (const auto& [name, value] : parameters) {
    request.target += encode(name) + "=" + encode(value) + "&";
  }
  return request;
}

TEST(SignatureV2, AgreesWithAmazonsExample) {
  // The string of docs.aws.amazon.com's example: HmacSHA256 over GET, host, path and parameters.
  const http::Request request{"GET", "/", {{"Host", "ElasticMapReduce.AmazonAWS.com"}}};
  const Pairs parameters{{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"},
                         {"Action", "DescribeJobFlows"},
                         {"SignatureMethod", "HmacSHA256"},
                         {"SignatureVersion", "2"},
                         {"Timestamp", "2011-10-03T15:19:30"},
                         {"Version", "2009-03-31"},
                         {"Signature", "i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs="}};
  const auto claim = readClaim({request, parameters});
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_EQ(claim->string_to_sign,
            "GET\nelasticmapreduce.amazonaws.com\n/\n"
            "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Action=DescribeJobFlows&"
            "SignatureMethod=HmacSHA256&SignatureVersion=2&"
            "Timestamp=2011-10-03T15%3A19%3A30&Version=2009-03-31");
  EXPECT_TRUE(
      verify(*claim, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", *claim->signed_at).has_value());
}

TEST(SignatureV2, TakesBothHashesAndBothTimes) {
  for (const auto* const method : {"HmacSHA256", "HmacSHA1"}) {
    const auto request = signedV2({{"Timestamp", "2026-11-20T10:35:00.123Z"}}, method);
    EXPECT_EQ(verdict(request, kKey.secret, kThen), "");
    EXPECT_EQ(verdict(request, "another", kThen), "SignatureDoesNotMatch");
    EXPECT_EQ(verdict(request, kKey.secret, kThen + std::chrono::minutes(20)), "RequestExpired");
    auto changed = request;
    changed.target += "More=1";
    EXPECT_EQ(verdict(changed, kKey.secret, kThen), "SignatureDoesNotMatch");
  }
  const auto expiring = signedV2({{"Expires", "2026-11-20T10:36:00Z"}});
  EXPECT_EQ(verdict(expiring, kKey.secret, kThen), "");
  EXPECT_EQ(verdict(expiring, kKey.secret, kThen + std::chrono::minutes(2)), "RequestExpired");
}

TEST(SignatureV2, RefusesWhatIsMalformed) {
  const Pairs sound{{"Timestamp", "2026-11-20T10:35:00Z"}};
  const auto with = [&](const std::string& name, const std::string& value) {
    auto request = signedV2(sound);
    const auto from = request.target.find(name + "=");
    request.target.replace(from, request.target.find('&', from) - from, name + "=" + value);
    return verdict(request, kKey.secret, kThen);
  };
  EXPECT_EQ(with("SignatureVersion", "1"), "IncompleteSignature");
  EXPECT_EQ(with("SignatureMethod", "HmacMD5"), "IncompleteSignature");
  EXPECT_EQ(with("Signature", "%21"), "IncompleteSignature");
  EXPECT_EQ(with("AWSAccessKeyId", ""), "IncompleteSignature");
  EXPECT_EQ(with("Timestamp", "yesterday"), "IncompleteSignature");
  EXPECT_EQ(verdict(signedV2({}), kKey.secret, kThen), "IncompleteSignature");
  EXPECT_EQ(verdict(signedV2({{"Timestamp", "2026-11-20T10:35:00Z"},
                              {"Expires", "2026-11-20T10:36:00Z"}}),
                    kKey.secret, kThen),
            "IncompleteSignature");
}

TEST(SignatureTime, ReadsItsForms) {
  EXPECT_EQ(parseBasicTime("20150830T123600Z"), kSuite);
  EXPECT_EQ(parseIsoTime("2015-08-30T12:36:00"), kSuite);
  EXPECT_EQ(parseIsoTime("2015-08-30T12:36:00.999Z"), kSuite);
  EXPECT_EQ(parseHttpTime("Sun, 30 Aug 2015 12:36:00 GMT"), kSuite);
  for (const auto* const wrong : {"", "20150830T123600", "20151330T123600Z", "20150832T123600Z",
                                  "20150830T243600Z", "2015083OT123600Z"}) {
    EXPECT_FALSE(parseBasicTime(wrong)) << wrong;
  }
  for (const auto* const wrong : {"2015-08-30 12:36:00", "2015-08-30T12:36:00.", "2015-08-30",
                                  "2015-08-30T12:36:00+02:00", "2015-02-30T12:36:00Z"}) {
    EXPECT_FALSE(parseIsoTime(wrong)) << wrong;
  }
  EXPECT_FALSE(parseHttpTime("Sun, 30 Foo 2015 12:36:00 GMT"));
  EXPECT_FALSE(parseHttpTime("Sun, 30 Aug 2015 12:36:00 CET"));
}

}  // namespace
}  // namespace netctl::ec2
