#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class KeyPairsTest : public CloudTest {
 protected:
  static AddKeyPair add(const std::string& owner, const std::string& name,
                        const std::string& public_key, char digit) {
    return {.owner = owner,
            .name = name,
            .public_key = public_key,
            .fingerprint = "aa:bb",
            .fresh_id = {"key-" + std::string(17, digit)},
            .private_key = "never kept"};
  }
};

TEST_F(KeyPairsTest, BelongToTheirAccount) {
  ok(add("alice", "deploy", "ssh-rsa A", '1'));
  ok(add("bob", "deploy", "ssh-rsa B", '2'));
  const AccountId alice{"111111111111"};
  const auto pair = cloud_.keyPairByName(alice, "deploy");
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->public_key, "ssh-rsa A");
  EXPECT_EQ(findKeyPair(cloud_, alice, pair->id.value), pair);
  const auto others = cloud_.keyPairByName({"222222222222"}, "deploy")->id.value;
  EXPECT_FALSE(findKeyPair(cloud_, alice, others));
  repeats(DeleteKeyPair{"alice", others});
  ok(DeleteKeyPair{"alice", "deploy"});
  repeats(DeleteKeyPair{"alice", "deploy"});
  EXPECT_TRUE(findKeyPair(cloud_, {"222222222222"}, others));
}

TEST_F(KeyPairsTest, AreUniqueByNameInAnAccount) {
  ok(add("alice", "deploy", "ssh-rsa A", '1'));
  repeats(add("alice", "deploy", "ssh-rsa A", '2'));
  EXPECT_EQ(reason(add("alice", "deploy", "ssh-rsa B", '2')), "InvalidKeyPair.Duplicate");
  EXPECT_EQ(reason(add("alice", "other", "ssh-rsa B", '1')), "Unavailable");
  EXPECT_THAT(wrong(add("nobody", " x", "ssh-rsa B", '3')), ElementsAre("owner", "name"));
}

TEST_F(KeyPairsTest, HaveTagsAndGoWithTheirAccount) {
  ok(add("bob", "deploy", "ssh-rsa B", '1'));
  const auto id = "key-" + std::string(17, '1');
  ok(TagResources{"bob", {id}, {{"for", "ci"}}});
  EXPECT_EQ(cloud_.keyPair({id})->resource_tags.at("for"), "ci");
  EXPECT_EQ(reason(TagResources{"alice", {id}, {{"for", "ci"}}}), "InvalidKeyPair.NotFound");
  ok(UntagResources{"bob", {id}, {}});
  EXPECT_THAT(cloud_.keyPair({id})->resource_tags, IsEmpty());
  ok(DeleteAccount{"bob"});
  EXPECT_THAT(cloud_.keyPairs(), IsEmpty());
}

}  // namespace
}  // namespace netctl::cloud
