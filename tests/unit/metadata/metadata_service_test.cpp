#include "netctl/metadata/metadata_service.h"

#include "modes/cloud/commands.h"
#include "modes/metadata/documents.h"
#include "netctl/metadata/read_files.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <stdexcept>
#include <string>

namespace netctl::metadata {
namespace {

using namespace std::chrono_literals;
using testing::address;
using ::testing::HasSubstr;
using testing::instance;
using ::testing::StartsWith;

constexpr auto kLifetime = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr auto kToken = "X-aws-ec2-metadata-token";
constexpr auto kFirst = "10.0.0.9";
constexpr auto kSecond = "10.0.0.10";

/// Instance 1 has all that an instance can have, instance 2 nothing.
class Metadata : public ::testing::Test {
 protected:
  Metadata() : cloud_(testing::smallSettings()) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    run(cloud::CreateGroup{"alice", "ops", "", {"sg-0000000b"}});
    run(cloud::AttachInstance{.instance = instance("i-0A1B2C3D"),
                              .owner = "alice",
                              .groups = {"web", "ops"},
                              .user_data = std::string("#!/bin/sh\0\xff", 11),
                              .attributes = {{"ami-id", "emi-1"},
                                             {"instance-type", "m1.small"},
                                             {"key-name", "mine"},
                                             {"local-ipv4", "192.0.2.66"},
                                             {"mac/more", "x"},
                                             {"placement", "x"},
                                             {"public-keys/0/openssh-key", "ssh-rsa AAAA"},
                                             {"tags/instance/name", "one"}}});
    run(cloud::AttachInstance{.instance = instance("i-00000002"),
                              .owner = "alice",
                              .groups = {"web"},
                              .addressing = cloud::Addressing::Private});
  }

  void run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    (void)cloud_.takeChanges();
  }

  /// By way of the document, as netctld writes it and netctl-metadata reads it.
  http::Response ask(const http::Request& request) {
    render::Renderers renderers;
    addMetadata(renderers);
    const auto metadata = render::renderAll(renderers, cloud_).desired.metadata;
    Asker asker{.needs_token = parseSettings(format(metadata.server.value())).value().needs_token};
    const auto address = net::parseIpv4Address(request.peer);
    std::optional<Document> document;
    if (address && metadata.documents.contains(*address)) {
      document = parseDocument(metadata.documents.at(*address)).value();
      asker.document = &*document;
    }
    return answer(asker, tokens_, request, now_);
  }
  http::Response get(const std::string& target, const std::string& peer = kFirst,
                     http::Fields fields = {}) {
    return ask({.method = "GET", .target = target, .fields = std::move(fields), .peer = peer});
  }
  std::string text(const std::string& target, const std::string& peer = kFirst) {
    const auto response = get(target, peer);
    return response.status == 200 ? response.body : std::to_string(response.status);
  }
  http::Response putToken(http::Fields fields, const std::string& peer = kFirst) {
    return ask({.method = "PUT",
                .target = "/latest/api/token",
                .fields = std::move(fields),
                .peer = peer});
  }

  cloud::Cloud cloud_;
  Tokens tokens_;
  Tokens::Time now_{1700000000s};
};

TEST_F(Metadata, TellsAnInstanceOfItself) {
  EXPECT_EQ(text("/latest/meta-data/instance-id"), "i-0A1B2C3D");
  EXPECT_EQ(text("/latest/meta-data/local-ipv4"), kFirst);
  EXPECT_EQ(text("/latest/meta-data/public-ipv4"), "198.51.100.1");
  EXPECT_EQ(text("/latest/meta-data/public-hostname"), "198.51.100.1");
  EXPECT_EQ(text("/latest/meta-data/mac"), "d0:0d:0a:1b:2c:3d");
  EXPECT_EQ(text("/latest/meta-data/hostname"), "ip-10-0-0-9.eucalyptus.internal");
  EXPECT_EQ(text("/latest/meta-data/security-groups"), "web\nops");
  EXPECT_EQ(text("/latest/meta-data/placement/availability-zone"), "cluster0");
  EXPECT_EQ(text("/latest/meta-data/ami-id"), "emi-1");
  EXPECT_EQ(text("/latest/meta-data/ami-launch-index"), "0");
  EXPECT_EQ(text("/latest/meta-data/public-keys/0/openssh-key"), "ssh-rsa AAAA");
  EXPECT_EQ(text("/latest/meta-data/tags/instance/name"), "one");
  EXPECT_EQ(text("/latest/meta-data/network/interfaces/macs/d0:0d:0a:1b:2c:3d/"
                 "subnet-ipv4-cidr-block"),
            "10.0.0.0/28");
}

TEST_F(Metadata, ListsWhatThereIs) {
  EXPECT_THAT(text("/"), HasSubstr("1.0\n2007-01-19\n"));
  EXPECT_THAT(text(""), HasSubstr("\nlatest"));
  EXPECT_EQ(text("/latest/"), "dynamic\nmeta-data\nuser-data");
  EXPECT_EQ(text("/latest", kSecond), "dynamic\nmeta-data");
  EXPECT_THAT(text("/latest/meta-data/"), HasSubstr("network/\nplacement/\n"));
  EXPECT_THAT(text("/latest/meta-data/"), HasSubstr("\npublic-ipv4\npublic-keys/\n"));
  EXPECT_EQ(text("/latest/meta-data"), text("/latest/meta-data/"));
  EXPECT_EQ(text("//2009-04-04//meta-data/?x"), text("/latest/meta-data/"));
  EXPECT_EQ(text("/latest/meta-data/public-keys/"), "0=mine");
  EXPECT_EQ(text("/latest/meta-data/public-keys/0/"), "openssh-key");
  EXPECT_EQ(text("/latest/meta-data/network/interfaces/macs/"), "d0:0d:0a:1b:2c:3d/");
}

TEST_F(Metadata, IsOfTheInstanceThatAsks) {
  EXPECT_EQ(text("/latest/meta-data/instance-id", kSecond), "i-00000002");
  for (const auto* nobody : {"10.0.0.11", "192.0.2.1", "", "::1"}) {
    EXPECT_EQ(text("/latest/meta-data/instance-id", nobody), "404") << nobody;
  }
}

TEST_F(Metadata, HasNothingThatTheInstanceHasNot) {
  for (const auto* path : {"/latest/user-data", "/latest/meta-data/public-ipv4",
                           "/latest/meta-data/public-keys", "/latest/meta-data/ami-id",
                           "/latest/meta-data/nothing", "/latest/meta-data/instance-id/more",
                           "/nothing", "/latest/../latest", "/2009-04-05/meta-data/"}) {
    EXPECT_EQ(text(path, kSecond), "404") << path;
  }
}

TEST_F(Metadata, BelievesTheCloudBeforeAnAttribute) {
  EXPECT_EQ(text("/latest/meta-data/local-ipv4"), kFirst);
  EXPECT_EQ(text("/latest/meta-data/mac/more"), "404");
  EXPECT_EQ(text("/latest/meta-data/placement"), "availability-zone\nregion");
}

TEST_F(Metadata, FollowsTheCloudAtOnce) {
  EXPECT_EQ(text("/latest/meta-data/public-ipv4", kSecond), "404");
  run(cloud::AllocateAddress{.owner = "alice", .address = address("198.51.100.7")});
  run(cloud::AssociateAddress{
      .owner = "alice", .address = address("198.51.100.7"), .instance = instance("i-00000002")});
  EXPECT_EQ(text("/latest/meta-data/public-ipv4", kSecond), "198.51.100.7");
}

TEST_F(Metadata, GivesUserDataAsBytes) {
  const auto response = get("/latest/user-data");
  EXPECT_EQ(response.body, std::string("#!/bin/sh\0\xff", 11));
  EXPECT_EQ(response.content_type, "application/octet-stream");
}

TEST_F(Metadata, DescribesTheInstanceInADocument) {
  const auto document =
      boost::json::parse(text("/latest/dynamic/instance-identity/document")).as_object();
  EXPECT_EQ(document.at("instanceId"), "i-0A1B2C3D");
  EXPECT_EQ(document.at("accountId"), "000000000001");
  EXPECT_EQ(document.at("imageId"), "emi-1");
  EXPECT_EQ(document.at("region"), "netctl");
  EXPECT_TRUE(document.at("kernelId").is_null());
}

TEST_F(Metadata, TakesNoOtherMethod) {
  const auto response = ask({.method = "POST", .target = "/latest/meta-data/", .peer = kFirst});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(get("/latest/api/token").status, 405);
}

TEST_F(Metadata, GivesTokensForALifetime) {
  const auto given = putToken({{kLifetime, "60"}});
  ASSERT_EQ(given.status, 200);
  EXPECT_EQ(given.hops, 1);
  EXPECT_EQ(*http::findField(given.fields, "x-aws-ec2-metadata-token-ttl-seconds"), "60");
  const http::Fields shown{{kToken, given.body}};
  now_ += 59s;
  EXPECT_EQ(get("/latest/meta-data/", kFirst, shown).status, 200);
  now_ += 1s;
  EXPECT_EQ(get("/latest/meta-data/", kFirst, shown).status, 401);
}

TEST_F(Metadata, GivesNoTokenForAnOddLifetime) {
  for (const auto* lifetime : {"0", "21601", "-1", "", " 60", "60s", "99999999999"}) {
    const auto response = putToken({{kLifetime, lifetime}});
    EXPECT_EQ(response.status, 400) << lifetime;
    EXPECT_THAT(response.body, HasSubstr("must be 1 to 21600"));
    EXPECT_FALSE(response.hops);
  }
  EXPECT_EQ(putToken({}).status, 400);
  EXPECT_EQ(putToken({{kLifetime, "21600"}}).status, 200);
}

TEST_F(Metadata, GivesNoTokenForSomebodyElse) {
  EXPECT_EQ(putToken({{kLifetime, "60"}, {"x-forwarded-for", "192.0.2.1"}}).status, 403);
  EXPECT_EQ(putToken({{kLifetime, "60"}}, "192.0.2.1").status, 404);
}

TEST_F(Metadata, KnowsNoOthersTokens) {
  const auto token = putToken({{kLifetime, "60"}}).body;
  EXPECT_EQ(get("/latest/meta-data/", kSecond, {{kToken, token}}).status, 401);
  auto later = token;
  later[15] = later[15] == 'f' ? 'e' : 'f';
  EXPECT_EQ(get("/latest/meta-data/", kFirst, {{kToken, later}}).status, 401);
  for (const auto& bad : {std::string(), std::string("x"), token + "0", token.substr(1)}) {
    EXPECT_EQ(get("/latest/meta-data/", kFirst, {{kToken, bad}}).status, 401) << bad;
  }
  EXPECT_FALSE(Tokens().isGood(token, "i-0A1B2C3D 10.0.0.9", now_));
}

TEST_F(Metadata, AnswersAHeadAsAGet) {
  const auto head = ask({.method = "HEAD", .target = "/latest/meta-data/mac", .peer = kFirst});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, text("/latest/meta-data/mac"));
}

TEST_F(Metadata, GoesByTheOptionsOfTheInstance) {
  const auto change = [&](const cloud::MetadataChange& options) {
    run(cloud::ModifyInstance{.instance = instance("i-0A1B2C3D"), .metadata = options});
  };
  change({.needs_token = true, .token_hops = 3});
  EXPECT_EQ(get("/latest/meta-data/").status, 401);
  EXPECT_EQ(get("/latest/meta-data/", kSecond).status, 200);
  const auto token = putToken({{kLifetime, "60"}});
  EXPECT_EQ(token.hops, 3);
  EXPECT_EQ(get("/latest/meta-data/", kFirst, {{kToken, token.body}}).status, 200);
  change({.enabled = false});
  EXPECT_EQ(get("/latest/meta-data/", kFirst, {{kToken, token.body}}).status, 403);
  EXPECT_EQ(putToken({{kLifetime, "60"}}).status, 403);
  EXPECT_EQ(get("/latest/meta-data/", kSecond).status, 200);
}

TEST_F(Metadata, ShowsTagsWhereTheInstanceWantsThem) {
  run(cloud::TagResources{"alice", {"i-00000002"}, {{"Name", "two"}, {"a/b", "x"}, {"c d", "y"}}});
  EXPECT_EQ(text("/latest/meta-data/tags/instance", kSecond), "404");
  run(cloud::ModifyInstance{.instance = instance("i-00000002"), .metadata = {.shows_tags = true}});
  EXPECT_EQ(text("/latest/meta-data/tags/instance", kSecond), "Name");
  EXPECT_EQ(text("/latest/meta-data/tags/instance/Name", kSecond), "two");
}

TEST_F(Metadata, MayNeedAToken) {
  auto settings = testing::smallSettings();
  settings.metadata_needs_token = true;
  cloud_ = cloud::Cloud(settings);
  run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
  run(cloud::AttachInstance{.instance = instance("i-00000001"), .owner = "alice"});
  EXPECT_EQ(get("/latest/meta-data/").status, 401);
  const auto token = putToken({{kLifetime, "60"}}).body;
  EXPECT_EQ(get("/latest/meta-data/", kFirst, {{kToken, token}}).status, 200);
}

}  // namespace
}  // namespace netctl::metadata
