#include "netctl/cli/run_pki.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/run_netctl.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace netctl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class Pki : public ::testing::Test {
 protected:
  /// The exit code; what it prints goes to `out_` and `err_`.
  int pki(std::vector<std::string> words) {
    words.insert(words.begin(), "pki");
    words.insert(words.end(), {"--state-dir", directory_.path().string()});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = runNetctl(words);
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  testing::TemporaryDirectory directory_;
  std::string out_;
  std::string err_;
};

TEST_F(Pki, TellsHowToJoinANode) {
  ASSERT_EQ(pki({"init", "--host", "cloud.example.org", "192.0.2.1"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("cloud.example.org, 192.0.2.1"));
  ASSERT_EQ(pki({"node", "n1"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("ssh root@n1"));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "pki" / "n1" / "host.key"));
  ASSERT_EQ(pki({"client", "alice", "--json"}), kDone) << err_;
  EXPECT_EQ(out_, R"({"directory":")" + (directory_.path() / "pki" / "alice").string() + "\"}\n");
}

TEST_F(Pki, IsForThisHostWhereNoneIsNamed) {
  ASSERT_EQ(pki({"init"}), kDone) << err_;
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "pki" / "host.crt"));
}

TEST_F(Pki, RenewsAndTellsHowToBringItToANode) {
  ASSERT_EQ(pki({"init", "--host", "cloud.example.org"}), kDone) << err_;
  ASSERT_EQ(pki({"node", "n1", "--days", "90"}), kDone) << err_;
  ASSERT_EQ(pki({"reader", "rita"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("to look from another machine"));
  ASSERT_EQ(pki({"renew", "n1"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("ssh root@n1"));
  ASSERT_EQ(pki({"renew", "rita"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("copy ca.crt and client.crt"));
  ASSERT_EQ(pki({"renew"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("renewed the authority"));
  EXPECT_EQ(pki({"renew", "nobody"}), kRefused);
  EXPECT_THAT(err_, HasSubstr("'nobody'"));
}

TEST_F(Pki, RevokesAndFreesTheName) {
  ASSERT_EQ(pki({"init", "--host", "cloud.example.org"}), kDone) << err_;
  ASSERT_EQ(pki({"client", "alice"}), kDone) << err_;
  ASSERT_EQ(pki({"renew", "alice"}), kDone) << err_;
  ASSERT_EQ(pki({"revoke", "alice", "--json"}), kDone) << err_;
  EXPECT_THAT(out_, MatchesRegex(R"(\{"revoked":\["[0-9A-F]{32}","[0-9A-F]{32}"\]\}\s)"))
      << "the former one is still good, and goes with it";
  EXPECT_EQ(pki({"revoke", "alice"}), kRefused);
  ASSERT_EQ(pki({"client", "alice"}), kDone) << err_;
}

TEST_F(Pki, RefusesWithACodeForPrograms) {
  EXPECT_EQ(pki({"node", "n1"}), kRefused);
  EXPECT_THAT(err_, HasSubstr("netctl pki init"));
  ASSERT_EQ(pki({"init"}), kDone);
  EXPECT_EQ(pki({"init"}), kRefused);
  EXPECT_EQ(pki({"node", "../n1"}), kUsage);
}

TEST_F(Pki, RefusesWhatItDoesNotUnderstand) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"node"},
                                                                 {"init", "n1"},
                                                                 {"node", "n1", "n2"},
                                                                 {"revoke"},
                                                                 {"revoke", "n1", "--days", "2"},
                                                                 {"renew", "--days", "2"},
                                                                 {"renew", "n1", "--host", "a"},
                                                                 {"node", "n1", "--days", "0"},
                                                                 {"node", "n1", "--days", "-1"},
                                                                 {"node", "n1", "--host", "a"},
                                                                 {"init", "--frob"}}) {
    EXPECT_EQ(pki(words), kUsage);
    EXPECT_THAT(err_, HasSubstr("usage: netctl pki init"));
    EXPECT_EQ(out_, "");
  }
  EXPECT_EQ(pki({"--help"}), kDone);
}

}  // namespace
}  // namespace netctl::cli
