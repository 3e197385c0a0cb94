#include "netctl/pki/authority.h"

#include "tests/support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

namespace netctl::pki {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class Authority : public ::testing::Test {
 protected:
  [[nodiscard]] std::map<std::string, mode_t> modesIn(const fs::path& directory) const {
    std::map<std::string, mode_t> modes;
    for (const auto& entry : fs::directory_iterator(directory)) {
      struct stat status {};
      ::stat(entry.path().c_str(), &status);
      modes[entry.path().filename()] = status.st_mode & 07777U;
    }
    return modes;
  }
  static std::string contentOf(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// The exit status of openssl(1), a second opinion on what the library made.
  static int openssl(const std::string& arguments) {
    return std::system(("openssl " + arguments + " > /dev/null 2>&1").c_str());
  }

  testing::TemporaryDirectory directory_;
  fs::path pki_ = directory_.path() / "state" / "pki";
};

TEST_F(Authority, KeepsItsKeysToItself) {
  const auto former = ::umask(0);
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org"}));
  const auto bundle = issue(pki_, {Kind::Node, "n1"});
  ASSERT_TRUE(issue(pki_, {Kind::Client, "alice"}));
  ::umask(former);
  EXPECT_EQ(*bundle, pki_ / "n1");
  EXPECT_THAT(modesIn(pki_.parent_path()), ElementsAre(Pair("pki", 0700)));
  EXPECT_THAT(modesIn(pki_),
              ElementsAre(Pair("alice", 0700), Pair("ca.crt", 0644), Pair("ca.key", 0600),
                          Pair("host.crt", 0644), Pair("host.key", 0600), Pair("n1", 0700)));
  EXPECT_THAT(modesIn(pki_ / "n1"),
              ElementsAre(Pair("ca.crt", 0644), Pair("host.crt", 0644), Pair("host.key", 0600)));
  EXPECT_THAT(modesIn(pki_ / "alice"), ElementsAre(Pair("ca.crt", 0644), Pair("client.crt", 0644),
                                                   Pair("client.key", 0600)));
  EXPECT_EQ(identityOf(contentOf(pki_ / "n1" / "host.crt")), (Identity{Kind::Node, "n1"}));
  EXPECT_EQ(identityOf(contentOf(pki_ / "alice" / "client.crt")),
            (Identity{Kind::Client, "alice"}));
}

TEST_F(Authority, OverwritesNothing) {
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org"}));
  ASSERT_TRUE(issue(pki_, {Kind::Node, "n1"}));
  const auto authority = contentOf(pki_ / "ca.key");
  const auto node = contentOf(pki_ / "n1" / "host.key");
  const auto again = makeAuthority(pki_, {"cloud.example.org"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::Conflict);
  EXPECT_THAT(again.error().message, HasSubstr(pki_.string()));
  EXPECT_FALSE(issue(pki_, {Kind::Node, "n1"}));
  EXPECT_FALSE(issue(pki_, {Kind::Client, "n1"}));
  EXPECT_FALSE(issue(pki_, {Kind::Client, "ca.key"}));
  EXPECT_EQ(contentOf(pki_ / "ca.key"), authority);
  EXPECT_EQ(contentOf(pki_ / "n1" / "host.key"), node);
  EXPECT_EQ(modesIn(pki_).size(), 5U) << "something stayed behind";
}

TEST_F(Authority, RenewsWithTheKeysThatAreThere) {
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org"}));
  ASSERT_TRUE(issue(pki_, {Kind::Node, "n1"}));
  const auto former_keys = contentOf(pki_ / "ca.key") + contentOf(pki_ / "host.key");
  const auto former_node = contentOf(pki_ / "n1" / "host.crt");
  const auto node_key = contentOf(pki_ / "n1" / "host.key");
  const auto former_authority = contentOf(pki_ / "ca.crt");

  ASSERT_TRUE(renewAuthority(pki_, {}));
  EXPECT_EQ(contentOf(pki_ / "ca.key") + contentOf(pki_ / "host.key"), former_keys);
  EXPECT_NE(contentOf(pki_ / "ca.crt"), former_authority);
  EXPECT_EQ(endOf(contentOf(pki_ / "host.crt")), endOf(contentOf(pki_ / "ca.crt")));
  const auto verify = fmt::format("verify -x509_strict -CAfile {}/ca.crt ", pki_.string());
  EXPECT_EQ(openssl(fmt::format("{} -verify_hostname cloud.example.org {}/host.crt", verify,
                                pki_.string())),
            0);
  EXPECT_EQ(openssl(fmt::format("{} {}/n1/host.crt", verify, pki_.string())), 0);

  const auto renewed = renew(pki_, "n1");
  ASSERT_TRUE(renewed) << renewed.error().message;
  EXPECT_EQ(renewed->holder, (Identity{Kind::Node, "n1"}));
  EXPECT_EQ(contentOf(pki_ / "n1" / "host.key"), node_key);
  EXPECT_EQ(contentOf(pki_ / "n1" / "former.crt"), former_node);
  EXPECT_EQ(contentOf(pki_ / "n1" / "ca.crt"), contentOf(pki_ / "ca.crt"));
  EXPECT_EQ(openssl(fmt::format("{} {}/n1/host.crt", verify, pki_.string())), 0);
  EXPECT_EQ(modesIn(pki_ / "n1").at("host.crt"), 0644U);
  EXPECT_EQ(renew(pki_, "nobody").error().code, ErrorCode::NotFound);
  EXPECT_EQ(renew(pki_, "../pki").error().code, ErrorCode::NotFound);
}

TEST_F(Authority, RevokesAllOfANameAndFreesIt) {
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org"}));
  ASSERT_TRUE(issue(pki_, {Kind::Client, "alice"}));
  ASSERT_TRUE(issue(pki_, {Kind::Reader, "rita"}));
  const auto first = contentOf(pki_ / "alice" / "client.crt");
  ASSERT_TRUE(renew(pki_, "alice"));
  const auto second = contentOf(pki_ / "alice" / "client.crt");
  const auto serials = revoke(pki_, "alice");
  ASSERT_TRUE(serials) << serials.error().message;
  EXPECT_THAT(*serials, ElementsAre(*serialOf(first), *serialOf(second)));
  EXPECT_FALSE(fs::exists(pki_ / "alice"));
  ASSERT_TRUE(issue(pki_, {Kind::Client, "alice"}));

  // openssl(1) as the judge of the list.
  const auto is_good = [&](const std::string& certificate) {
    std::ofstream(directory_.path() / "certificate") << certificate;
    return openssl(fmt::format("verify -crl_check -CAfile {0}/ca.crt -CRLfile {0}/ca.crl {1}",
                               pki_.string(), (directory_.path() / "certificate").string())) == 0;
  };
  EXPECT_FALSE(is_good(first));
  EXPECT_FALSE(is_good(second));
  EXPECT_TRUE(is_good(contentOf(pki_ / "alice" / "client.crt")));
  const auto reader = contentOf(pki_ / "rita" / "client.crt");
  EXPECT_TRUE(is_good(reader));
  ASSERT_TRUE(revoke(pki_, *serialOf(reader)));
  EXPECT_FALSE(is_good(reader));
  EXPECT_TRUE(fs::exists(pki_ / "rita")) << "a number says nothing of a directory";
  // What was renewed goes on with the list of before.
  ASSERT_TRUE(renewAuthority(pki_, {}));
  EXPECT_FALSE(is_good(first));
  EXPECT_TRUE(is_good(contentOf(pki_ / "alice" / "client.crt")));
  const auto unknown = revoke(pki_, "ace");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("'ace'"));
}

TEST_F(Authority, RevokesNothingByAListOfSomebodyElse) {
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org"}));
  ASSERT_TRUE(issue(pki_, {Kind::Client, "alice"}));
  std::ofstream(pki_ / "ca.crl") << "noise";
  EXPECT_FALSE(revoke(pki_, "alice"));
  EXPECT_TRUE(fs::exists(pki_ / "alice" / "client.crt"));
  EXPECT_EQ(contentOf(pki_ / "ca.crl"), "noise");
}

TEST_F(Authority, IsMadeBeforeItIssues) {
  const auto issued = issue(pki_, {Kind::Node, "n1"});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::NotFound);
  EXPECT_THAT(issued.error().message, HasSubstr("netctl pki init"));
  EXPECT_FALSE(makeAuthority(pki_, {"not a host"}));
  EXPECT_FALSE(fs::exists(pki_));
}

TEST_F(Authority, IsWhatOpensslTakesIt) {
  ASSERT_TRUE(makeAuthority(pki_, {"cloud.example.org", "192.0.2.1"}));
  ASSERT_TRUE(issue(pki_, {Kind::Node, "n1"}));
  const auto verify = fmt::format("verify -x509_strict -CAfile {}/ca.crt ", pki_.string());
  const auto host = fmt::format(" {}/host.crt", pki_.string());
  EXPECT_EQ(openssl(verify + "-purpose sslserver -verify_hostname cloud.example.org" + host), 0);
  EXPECT_EQ(openssl(verify + "-purpose sslserver -verify_ip 192.0.2.1" + host), 0);
  EXPECT_NE(openssl(verify + "-purpose sslserver -verify_hostname example.org" + host), 0);
  EXPECT_EQ(openssl(verify + fmt::format("-purpose sslclient {}/n1/host.crt", pki_.string())), 0);
  EXPECT_EQ(openssl(fmt::format("pkey -check -noout -in {}/n1/host.key", pki_.string())), 0);
  const auto years = [&](int count) {
    return openssl(fmt::format("x509 -noout -checkend {} -in {}/n1/host.crt", count * 365L * 86400L,
                               pki_.string()));
  };
  EXPECT_EQ(years(10), 0);
  EXPECT_NE(years(11), 0);
}

}  // namespace
}  // namespace netctl::pki
