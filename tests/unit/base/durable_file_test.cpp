#include "base/durable_file.h"
#include "base/file.h"

#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <iterator>

namespace netctl::files {
namespace {

namespace fs = std::filesystem;

mode_t modeOf(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

std::ptrdiff_t entriesIn(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

class Durable : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
  fs::path here_ = directory_.path();
};

TEST_F(Durable, ReplacesAWholeFileWhateverTheUmask) {
  const auto former = ::umask(0077);
  EXPECT_TRUE(write(here_ / "a", "one and more", 0644));
  EXPECT_TRUE(write(here_ / "a", "two", 0640));
  ::umask(former);
  EXPECT_EQ(read(here_ / "a").value(), "two");
  EXPECT_EQ(modeOf(here_ / "a"), 0640U);
  EXPECT_EQ(entriesIn(here_), 1);
}

TEST_F(Durable, TellsAnAbsentFileFromOneThatCannotBeRead) {
  EXPECT_EQ(read(here_ / "none").value(), std::nullopt);
  const auto directory = read(here_);
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, ::testing::HasSubstr(here_.string()));
}

TEST_F(Durable, LeavesNothingBehindWhereItFails) {
  fs::create_directory(here_ / "a");
  EXPECT_FALSE(write(here_ / "a", "text", 0600));
  EXPECT_FALSE(write(here_ / "none" / "a", "text", 0600));
  EXPECT_EQ(entriesIn(here_), 1);
}

TEST_F(Durable, PutsADirectoryInPlaceAsAWhole) {
  ASSERT_TRUE(makeDirectory(here_ / "x" / "y"));
  EXPECT_EQ(modeOf(here_ / "x" / "y"), 0700U);
  ASSERT_TRUE(writeDirectory(here_ / "x" / "y", {{"a", "1", 0644}, {"b", "2", 0600}}));
  EXPECT_EQ(modeOf(here_ / "x" / "y"), 0700U);
  EXPECT_EQ(modeOf(here_ / "x" / "y" / "a"), 0644U);
  EXPECT_EQ(modeOf(here_ / "x" / "y" / "b"), 0600U);
  const auto again = writeDirectory(here_ / "x" / "y", {{"a", "3", 0644}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::Conflict);
  EXPECT_EQ(read(here_ / "x" / "y" / "a").value(), "1");
  EXPECT_FALSE(writeDirectory(here_ / "z", {{"no/such", "1", 0644}}));
  EXPECT_EQ(entriesIn(here_), 1);
  EXPECT_EQ(entriesIn(here_ / "x"), 1);
}

}  // namespace
}  // namespace netctl::files
