#include "netctl/http/server/unix_socket.h"

#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <grp.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace netctl::http {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (directory_.path() / "a.sock").string(); }
  [[nodiscard]] struct stat status() const {
    struct stat result {};
    EXPECT_EQ(lstat(path().c_str(), &result), 0);
    return result;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(UnixSocketTest, IsForItsGroup) {
  const auto socket = UnixSocket::listen(path(), "daemon");
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_EQ(status().st_mode & 07777U, 0660U);
  EXPECT_EQ(status().st_gid, getgrnam("daemon")->gr_gid);
}

TEST_F(UnixSocketTest, IsForRootAloneWithoutSuchAGroup) {
  const auto socket = UnixSocket::listen(path(), "no-such-group");
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_EQ(socket->group(), std::nullopt);
  EXPECT_EQ(status().st_mode & 07777U, 0600U);
}

TEST_F(UnixSocketTest, IsGoneWithItsObject) {
  { const auto socket = UnixSocket::listen(path(), "root"); }
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, TakesThePlaceOfAStaleOne) {
  auto socket = UnixSocket::listen(path(), "root");
  close(socket->release());  // as after kill -9: the file stays, nobody listens
  const auto next = UnixSocket::listen(path(), "root");
  EXPECT_TRUE(next) << next.error().message;
}

TEST_F(UnixSocketTest, LeavesAnotherProgramItsPlace) {
  const auto socket = UnixSocket::listen(path(), "root");
  const auto next = UnixSocket::listen(path(), "root");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::Busy);
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, NeverRemovesAnythingButASocket) {
  std::ofstream(path()) << "text";
  EXPECT_FALSE(UnixSocket::listen(path(), "root"));
  EXPECT_EQ(std::filesystem::file_size(path()), 4U);
}

TEST_F(UnixSocketTest, NeverRemovesTheSocketOfItsSuccessor) {
  auto first = std::make_unique<UnixSocket>(UnixSocket::listen(path(), "root").value());
  std::filesystem::remove(path());
  const auto second = UnixSocket::listen(path(), "root");
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, NamesThePathThatCannotBe) {
  const auto absent =
      UnixSocket::listen((directory_.path() / "absent" / "a.sock").string(), "root");
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message.find("absent/a.sock"), std::string::npos);
  EXPECT_FALSE(UnixSocket::listen(std::string(200, 'x'), "root"));
  EXPECT_FALSE(UnixSocket::listen("", "root"));
}

}  // namespace
}  // namespace netctl::http
