#include "base/base64.h"
#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using netctl::testing::Ec2Answer;
using netctl::testing::ServedEndpoint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr auto kPublicKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";
constexpr auto kFingerprint = "YANHjSHXMTWSv+5JfeMhXmPF8Tfp3Xt4i96fDjTWZbU=";

class KeyPairsTest : public ::testing::Test {
 protected:
  Ec2Answer import(const std::string& name) {
    return ec2_.call({{"Action", "ImportKeyPair"},
                      {"KeyName", name},
                      {"PublicKeyMaterial", encodeBase64(std::string(kPublicKey) + " me@laptop\n")},
                      {"TagSpecification.1.ResourceType", "key-pair"},
                      {"TagSpecification.1.Tag.1.Key", "for"},
                      {"TagSpecification.1.Tag.1.Value", name}});
  }
  Ec2Answer describe(Pairs parameters = {}) {
    parameters["Action"] = "DescribeKeyPairs";
    return ec2_.call(std::move(parameters));
  }
  Ec2Answer run(Pairs parameters) {
    parameters.insert(
        {{"Action", "RunInstances"}, {"ImageId", "emi-1"}, {"MinCount", "1"}, {"MaxCount", "1"}});
    return ec2_.call(std::move(parameters));
  }

  ServedEndpoint ec2_;
};

TEST_F(KeyPairsTest, AreImportedAndDescribed) {
  const auto made = import("laptop");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.text("keyFingerprint"), kFingerprint);
  EXPECT_FALSE(made.text("keyMaterial"));
  import("other");
  const auto id = made.text("keyPairId").value();
  const auto shown = describe({{"KeyName.1", "laptop"}, {"IncludePublicKey", "true"}});
  EXPECT_THAT(shown.texts("keyPairId"), ElementsAre(id));
  EXPECT_THAT(shown.texts("keyType"), ElementsAre("ed25519"));
  EXPECT_THAT(shown.texts("publicKey"), ElementsAre(std::string(kPublicKey) + " laptop"));
  EXPECT_THAT(shown.texts("createTime"), ElementsAre("2026-11-20T10:35:00.000Z"));
  EXPECT_THAT(describe({{"KeyPairId.1", id}}).texts("publicKey"), IsEmpty());
  for (const auto& [filter, value] : std::map<std::string, std::string>{{"key-name", "lap*"},
                                                                        {"key-pair-id", id},
                                                                        {"tag:for", "laptop"},
                                                                        {"tag-value", "laptop"}}) {
    const auto found = describe({{"Filter.1.Name", filter}, {"Filter.1.Value.1", value}});
    EXPECT_THAT(found.texts("keyName"), ElementsAre("laptop")) << filter;
  }
  const auto both =
      describe({{"Filter.1.Name", "fingerprint"}, {"Filter.1.Value.1", kFingerprint}});
  EXPECT_THAT(both.texts("keyName"), ElementsAre("laptop", "other"));
}

TEST_F(KeyPairsTest, AreMadeAndShownOnce) {
  const auto rsa = ec2_.must({{"Action", "CreateKeyPair"}, {"KeyName", "one"}});
  EXPECT_THAT(rsa.text("keyMaterial").value(), StartsWith("-----BEGIN RSA PRIVATE KEY-----"));
  const auto other =
      ec2_.must({{"Action", "CreateKeyPair"}, {"KeyName", "two"}, {"KeyType", "ed25519"}});
  EXPECT_THAT(other.text("keyMaterial").value(), HasSubstr("OPENSSH PRIVATE KEY"));
  EXPECT_THAT(describe().texts("keyType"), ElementsAre("rsa", "ed25519"));
  EXPECT_THAT(describe().texts("keyFingerprint"),
              ElementsAre(*rsa.text("keyFingerprint"), *other.text("keyFingerprint")));
  EXPECT_THAT(describe({{"IncludePublicKey", "true"}}).body,
              ::testing::Not(HasSubstr("PRIVATE KEY")));
  const auto dry =
      ec2_.call({{"Action", "CreateKeyPair"}, {"KeyName", "three"}, {"DryRun", "true"}});
  EXPECT_EQ(dry.verdict(), "412 DryRunOperation");
  EXPECT_EQ(describe({{"KeyName.1", "three"}}).verdict(), "400 InvalidKeyPair.NotFound");
}

TEST_F(KeyPairsTest, AreRefusedWhereTheyAreWrong) {
  ASSERT_EQ(import("laptop").status, 200);
  EXPECT_EQ(import("laptop").verdict(), "400 InvalidKeyPair.Duplicate");
  EXPECT_EQ(ec2_.call({{"Action", "CreateKeyPair"}, {"KeyName", "laptop"}}).verdict(),
            "400 InvalidKeyPair.Duplicate");
  EXPECT_EQ(import("").verdict(), "400 MissingParameter");
  EXPECT_EQ(import(" x").verdict(), "400 InvalidParameterValue");
  const auto create = [&](const std::string& name, const std::string& value) {
    return ec2_.call({{"Action", "CreateKeyPair"}, {"KeyName", "new"}, {name, value}}).verdict();
  };
  EXPECT_EQ(create("KeyType", "dsa"), "400 InvalidParameterValue");
  EXPECT_EQ(create("KeyFormat", "ppk"), "400 UnsupportedOperation");
  const auto material = [&](const std::string& text) {
    return ec2_.call({{"Action", "ImportKeyPair"}, {"KeyName", "new"}, {"PublicKeyMaterial", text}})
        .verdict();
  };
  EXPECT_EQ(material("???"), "400 InvalidKey.Format");
  EXPECT_EQ(material(encodeBase64("ssh-rsa AAAA")), "400 InvalidKey.Format");
  EXPECT_EQ(material(""), "400 MissingParameter");
}

TEST_F(KeyPairsTest, AreDeletedByNameOrId) {
  const auto id = import("one").text("keyPairId").value();
  import("two");
  EXPECT_EQ(ec2_.must({{"Action", "DeleteKeyPair"}, {"KeyPairId", id}}).text("keyPairId"), id);
  ec2_.must({{"Action", "DeleteKeyPair"}, {"KeyName", "two"}});
  ec2_.must({{"Action", "DeleteKeyPair"}, {"KeyName", "two"}});
  EXPECT_THAT(describe().texts("keyName"), IsEmpty());
  EXPECT_EQ(ec2_.call({{"Action", "DeleteKeyPair"}}).verdict(), "400 MissingParameter");
}

TEST_F(KeyPairsTest, OfAnotherAccountAreNotThere) {
  const auto id = import("laptop").text("keyPairId").value();
  const auto asBob = [&](Pairs parameters) { return ec2_.call(ec2_.bob, std::move(parameters)); };
  EXPECT_EQ(asBob({{"Action", "DescribeKeyPairs"}, {"KeyPairId.1", id}}).verdict(),
            "400 InvalidKeyPair.NotFound");
  EXPECT_EQ(asBob({{"Action", "DeleteKeyPair"}, {"KeyPairId", id}}).verdict(), "200");
  EXPECT_EQ(asBob({{"Action", "CreateTags"},
                   {"ResourceId.1", id},
                   {"Tag.1.Key", "a"},
                   {"Tag.1.Value", "b"}})
                .verdict(),
            "400 InvalidKeyPair.NotFound");
  EXPECT_EQ(asBob({{"Action", "RunInstances"},
                   {"ImageId", "emi-1"},
                   {"MinCount", "1"},
                   {"MaxCount", "1"},
                   {"KeyName", "laptop"}})
                .verdict(),
            "400 InvalidKeyPair.NotFound");
  EXPECT_THAT(describe().texts("keyName"), ElementsAre("laptop"));
}

TEST_F(KeyPairsTest, AreGivenToInstances) {
  import("laptop");
  const auto ran = run({{"KeyName", "laptop"}});
  EXPECT_EQ(ran.text("keyName"), "laptop");
  ASSERT_EQ(ran.status, 200) << ran.body;
  ec2_.must({{"Action", "DeleteKeyPair"}, {"KeyName", "laptop"}});
  const auto found = ec2_.must({{"Action", "DescribeInstances"},
                                {"Filter.1.Name", "key-name"},
                                {"Filter.1.Value.1", "laptop"}});
  EXPECT_THAT(found.texts("instanceId"), ElementsAre(*ran.text("instanceId")));
  EXPECT_EQ(run({{"KeyName", "laptop"}}).verdict(), "400 InvalidKeyPair.NotFound");
}

TEST_F(KeyPairsTest, AndMetadataOptionsAreEachInstancesOwn) {
  const auto usual = run({});
  EXPECT_EQ(usual.text("httpTokens"), "optional");
  EXPECT_EQ(usual.text("httpEndpoint"), "enabled");
  const auto strict = run({{"MetadataOptions.HttpTokens", "required"},
                           {"MetadataOptions.HttpPutResponseHopLimit", "2"},
                           {"MetadataOptions.InstanceMetadataTags", "enabled"}});
  ASSERT_EQ(strict.status, 200) << strict.body;
  EXPECT_EQ(strict.text("httpTokens"), "required");
  const auto id = strict.text("instanceId").value();
  for (const auto& [filter, value] :
       std::map<std::string, std::string>{{"http-tokens", "required"},
                                          {"http-put-response-hop-limit", "2"},
                                          {"instance-metadata-tags", "enabled"}}) {
    const auto found = ec2_.must({{"Action", "DescribeInstances"},
                                  {"Filter.1.Name", "metadata-options." + filter},
                                  {"Filter.1.Value.1", value}});
    EXPECT_THAT(found.texts("instanceId"), ElementsAre(id)) << filter;
  }
  const auto modify = [&](const std::string& name, const std::string& value) {
    return ec2_.call(
        {{"Action", "ModifyInstanceMetadataOptions"}, {"InstanceId", id}, {name, value}});
  };
  const auto off = modify("HttpEndpoint", "disabled");
  EXPECT_EQ(off.text("httpEndpoint"), "disabled");
  EXPECT_EQ(off.text("httpPutResponseHopLimit"), "2");
  EXPECT_EQ(modify("HttpTokens", "never").verdict(), "400 InvalidParameterValue");
  EXPECT_EQ(modify("HttpPutResponseHopLimit", "65").verdict(), "400 InvalidParameterValue");
  EXPECT_EQ(modify("HttpProtocolIpv6", "enabled").verdict(), "400 UnsupportedOperation");
  EXPECT_EQ(modify("Other", "x").verdict(), "400 MissingParameter");
  EXPECT_EQ(ec2_.call(ec2_.bob, {{"Action", "ModifyInstanceMetadataOptions"},
                                 {"InstanceId", id},
                                 {"HttpEndpoint", "enabled"}})
                .verdict(),
            "400 InvalidInstanceID.NotFound");
}

}  // namespace
}  // namespace netctl::ec2
