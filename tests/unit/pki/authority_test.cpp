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
