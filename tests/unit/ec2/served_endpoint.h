#pragma once

#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/request/parameters.h"
#include "netctl/ec2/request/signature.h"
#include "netctl/ec2/server/endpoint.h"
#include "netctl/web/link/messages.h"
#include "netctl/web/server/ec2_front.h"
#include "tests/support/served/served_cloud.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace netctl::testing {

/// 2026-11-20T10:35:00Z, the minute of the recorded requests.
inline constexpr std::chrono::sys_seconds kThen{std::chrono::seconds(1795170900)};
inline constexpr auto kAmzDate = "20261120T103500Z";

/// A key pair as a client has it.
struct KeyPair {
  std::string id;
  std::string secret;
};

/// An answer of the endpoint: its document and what tests ask of it.
struct Ec2Answer {
  int status = 0;
  std::string body;

  /// The text of the first element of that name; absent where there is none.
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
    return textAfter(name, 0);
  }
  /// The texts of all of them.
  [[nodiscard]] std::vector<std::string> texts(const std::string& name) const {
    std::vector<std::string> all;
    std::size_t at = 0;
    while ((at = body.find("<" + name + ">", at)) != std::string::npos) {
      all.push_back(*textAfter(name, at));
      ++at;
    }
    return all;
  }
  /// `200`, or the status with the error's code.
  [[nodiscard]] std::string verdict() const {
    const auto code = text("Code");
    return code ? fmt::format("{} {}", status, *code) : std::to_string(status);
  }

 private:
  [[nodiscard]] std::optional<std::string> textAfter(const std::string& name,
                                                     std::size_t from) const {
    const auto begin = body.find("<" + name + ">", from);
    if (begin == std::string::npos) return {};
    const auto text = begin + name.size() + 2;
    return body.substr(text, body.find("</" + name + ">", text) - text);
  }
};

/// Ids that tests know: the first account is the one of the recorded requests.
class KnownFresh {
 public:
  api::Fresh operator()() {
    ++count_;
    if (count_ == 1) {
      return {{"123456789012"},         {"sg-0000000f"}, "AKIAEXAMPLE000000001",
              "exampleSecret/Key+0001", kThen,           {"key-0000000000000000f"},
              {"pl-0000000000000000f"}};
    }
    return {{fmt::format("{:012}", count_)},
            {fmt::format("sg-{:08x}", count_)},
            fmt::format("AKI{:017}", count_),
            fmt::format("secret{:034}", count_),
            kThen,
            {fmt::format("key-{:017x}", count_)},
            {fmt::format("pl-{:017x}", count_)}};
  }

 private:
  std::uint64_t count_ = 0;
};

/// What netctl-web makes of requests, with that endpoint behind it. Each call and each answer goes
/// the way of its bytes.
inline http::Handler frontOf(const ec2::Endpoint& endpoint) {
  return web::ec2Front([&endpoint](const ec2::SignedCall& call, auto answered) {
    const auto called = std::get<web::Called>(
        web::parseToNetctld(format(web::ToNetctld(web::Called{7, call}))).value());
    endpoint.handle(called.what, [answered](const ec2::Answer& answer) {
      answered(std::get<web::Answered>(
                   web::parseToWeb(format(web::ToWeb(web::Answered{7, answer}))).value())
                   .answer);
    });
  });
}

/// The endpoint on a served cloud, with the accounts alice (123456789012) and bob.
class ServedEndpoint {
 public:
  explicit ServedEndpoint(const cloud::Settings& settings = usualSettings())
      : cloud(settings, KnownFresh()),
        endpoint_(cloud.io, cloud.controller(), [this] { return now; }) {
    alice = makeAccount("alice");
    bob = makeAccount("bob");
  }

  /// Whatever request a test has made.
  Ec2Answer send(const http::Request& request) {
    std::optional<Ec2Answer> answer;
    front_(request, [&](const http::Response& response) {
      EXPECT_FALSE(answer) << "a second answer";
      answer = {response.status, response.body};
    });
    while (!answer) cloud.io.run_one();
    return *answer;
  }

  /// A request with these parameters, signed by that key (version 4).
  static http::Request request(const KeyPair& key, ec2::Pairs parameters) {
    parameters.try_emplace("Version", "2016-11-15");
    http::Request request{"POST", "/"};
    for (const auto& [name, value] : parameters) {
      if (!request.body.empty()) request.body += '&';
      request.body += ec2::encode(name) + "=" + ec2::encode(value);
    }
    request.fields = {{"Host", "127.0.0.1:8773"}, {"X-Amz-Date", kAmzDate}};
    sign(request, key);
    return request;
  }

  /// Signs what is there, with the headers host and x-amz-date.
  static void sign(http::Request& request, const KeyPair& key) {
    const auto header = [&](const std::string& signature) {
      return fmt::format(
          "AWS4-HMAC-SHA256 Credential={}/20261120/netctl/ec2/aws4_request, "
          "SignedHeaders=host;x-amz-date, Signature={}",
          key.id, signature);
    };
    request.fields.emplace_back("Authorization", header(std::string(64, '0')));
    const auto claim = ec2::readClaim({request, {}});
    request.fields.back().second = header(hex(ec2::sign(claim.value(), key.secret)));
  }

  Ec2Answer call(const KeyPair& key, ec2::Pairs parameters) {
    return send(request(key, std::move(parameters)));
  }
  /// As alice.
  Ec2Answer call(ec2::Pairs parameters) { return call(alice, std::move(parameters)); }
  /// As alice, and expects that it succeeds.
  Ec2Answer must(ec2::Pairs parameters) {
    auto answer = call(std::move(parameters));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }

  KeyPair makeAccount(const std::string& name) {
    const auto made = cloud.must("account.create", fmt::format(R"({{"name": "{}"}})", name));
    return {made.at("access_key").as_string().c_str(), made.at("secret_key").as_string().c_str()};
  }

  ServedCloud cloud;
  std::chrono::sys_seconds now = kThen;
  KeyPair alice;
  KeyPair bob;

 private:
  ec2::Endpoint endpoint_;
  http::Handler front_ = frontOf(endpoint_);
};

}  // namespace netctl::testing
