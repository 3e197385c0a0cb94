#include "base/file.h"

#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

namespace netctl::files {
namespace {

class File : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
  std::filesystem::path here_ = directory_.path();
};

TEST_F(File, ThatIsNotThereIsNotAnError) {
  EXPECT_EQ(*files::read(here_ / "absent"), std::nullopt);
  EXPECT_FALSE(*files::remove(here_ / "absent"));
  EXPECT_FALSE(*Directory::open(here_ / "absent"));
}

TEST_F(File, IsReplacedAsAWholeWithItsMode) {
  ASSERT_TRUE(files::replace(here_ / "a", "first, and longer", 0644, here_ / "temporary"));
  ASSERT_TRUE(files::replace(here_ / "a", "second", 0600, here_ / "temporary"));
  EXPECT_EQ(*files::read(here_ / "a"), "second");
  struct stat status {};
  ASSERT_EQ(::stat((here_ / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(*files::read(here_ / "temporary"), std::nullopt);
  EXPECT_TRUE(*files::remove(here_ / "a"));
}

TEST_F(File, AnErrorNamesThePath) {
  const auto read_result = files::read(here_);
  ASSERT_FALSE(read_result);
  EXPECT_NE(read_result.error().message.find(here_.string()), std::string::npos);
  EXPECT_FALSE(files::replace(here_ / "absent" / "a", "", 0600, here_ / "absent" / "b"));
}

TEST_F(File, ADirectoryGivesItsNamesAndFiles) {
  ASSERT_TRUE(files::replace(here_ / "a", "one", 0644, here_ / "temporary"));
  auto directory = Directory::open(here_);
  ASSERT_TRUE(directory && *directory);
  const auto names = (*directory)->names();
  ASSERT_TRUE(names);
  EXPECT_EQ(std::count(names->begin(), names->end(), "a"), 1);
  EXPECT_EQ(*(*directory)->read("a"), "one");
  EXPECT_EQ(*(*directory)->read("b"), std::nullopt);
}

}  // namespace
}  // namespace netctl::files
