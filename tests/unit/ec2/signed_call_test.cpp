#include "netctl/ec2/request/signed_call.h"

#include "tests/unit/ec2/served_endpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace netctl::ec2 {
namespace {

using netctl::testing::KeyPair;
using netctl::testing::kThen;
using netctl::testing::ServedEndpoint;

const KeyPair kAlice{"AKIALICE", "her secret"};
const KeyPair kBob{"AKIABOB", "his secret"};

SignedCall callOf(const http::Request& request) {
  return ec2::callOf(readQuery(request).value().claim, request.body);
}

/// Version 4, with parameters in the query and in the body.
SignedCall version4() {
  http::Request request{"POST", "/?Action=RunInstances&Version=2016-11-15"};
  request.body = "ImageId=emi-1&KeyName=a%20key";
  request.fields = {{"Host", "Cloud:8773"}, {"X-Amz-Date", netctl::testing::kAmzDate}};
  ServedEndpoint::sign(request, kAlice);
  return callOf(request);
}

SignedCall version2() {
  http::Request request{"GET",
                        "/?Action=RunInstances&Version=2016-11-15&ImageId=emi-1&KeyName=a%20key"
                        "&AWSAccessKeyId=AKIALICE&SignatureVersion=2&SignatureMethod=HmacSHA1"
                        "&Timestamp=2026-11-20T10%3A35%3A00Z&Signature=AAAA"};
  request.fields = {{"Host", "cloud:8773"}};
  auto claim = readQuery(request).value().claim;
  claim.signature = sign(claim, kAlice.secret);
  return ec2::callOf(claim, request.body);
}

std::string verdict(const SignedCall& call, const KeyPair& key = kAlice,
                    std::chrono::sys_seconds now = kThen) {
  const auto query = openCall(call, key.secret, now);
  return query ? "right" : query.error().reason;
}

TEST(SignedCall, HoldsAllOfTheRequest) {
  for (const auto& call : {version4(), version2()}) {
    const auto query = openCall(call, kAlice.secret, kThen);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->parameters.at("Action"), "RunInstances");
    EXPECT_EQ(query->parameters.at("ImageId"), "emi-1");
    EXPECT_EQ(query->parameters.at("KeyName"), "a key");
    EXPECT_EQ(query->claim.access_key, "AKIALICE");
  }
  EXPECT_EQ(openCall(version4(), kAlice.secret, kThen)->host, "Cloud:8773");
  EXPECT_EQ(openCall(version2(), kAlice.secret, kThen)->host, "cloud:8773");
}

/// Whoever brings the call, and whatever that one makes of it.
TEST(SignedCall, IsWhatWasSignedOrNothing) {
  const auto replaced = [](std::string text, const std::string& what, const std::string& by) {
    text.replace(text.find(what), what.size(), by);
    return text;
  };
  const std::vector<std::function<void(SignedCall&)>> version_4{
      [](auto& call) { call.body += "&MaxCount=9"; },
      [](auto& call) { call.body.clear(); },
      [&](auto& call) { call.canonical_request = replaced(call.canonical_request, "Run", "Stop"); },
      [](auto& call) { call.canonical_request.clear(); },
      [](auto& call) { call.string_to_sign += "0"; },
      [&](auto& call) { call.string_to_sign = replaced(call.string_to_sign, "2026", "2027"); },
      [](auto& call) { call.signature[0] ^= 1; },
      [](auto& call) { call.signature.clear(); },
  };
  for (const auto& change : version_4) {
    auto call = version4();
    change(call);
    EXPECT_NE(verdict(call), "right");
  }
  auto call = version2();
  call.string_to_sign = replaced(call.string_to_sign, "RunInstances", "TerminateInstances");
  EXPECT_EQ(verdict(call), "SignatureDoesNotMatch");
  call = version2();
  call.string_to_sign += "&MaxCount=9";
  EXPECT_EQ(verdict(call), "SignatureDoesNotMatch");
}

TEST(SignedCall, IsNobodyElses) {
  for (const auto& call : {version4(), version2()}) {
    EXPECT_EQ(verdict(call, kBob), "SignatureDoesNotMatch");
  }
}

/// It says itself when it was signed, so that nobody can keep it for later.
TEST(SignedCall, DoesNotKeep) {
  for (const auto& call : {version4(), version2()}) {
    EXPECT_EQ(verdict(call, kAlice, kThen + std::chrono::minutes(15)), "right");
    EXPECT_EQ(verdict(call, kAlice, kThen + std::chrono::minutes(16)), "RequestExpired");
  }
}

TEST(SignedCall, MayBeAnything) {
  for (const auto* const text : {"", "\n", "AWS4-HMAC-SHA256\n", "AWS4-HMAC-SHA256\n\n\n\n\n",
                                 "GET\nh\n/\n%", "GET\nh\n/\nTimestamp=x&Expires=y"}) {
    EXPECT_NE(verdict({"AKIALICE", text, "", text, text}), "right");
  }
}

}  // namespace
}  // namespace netctl::ec2
