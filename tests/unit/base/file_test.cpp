#include "base/file.h"

#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

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

TEST_F(File, IsReadWhole) {
  const std::string text(10000, 'a');
  ASSERT_TRUE(files::replace(here_ / "a", text, 0640, here_ / "temporary"));
  EXPECT_EQ(*files::read(here_ / "a"), text);
  const auto owned = *files::readOwned(here_ / "a");
  ASSERT_TRUE(owned);
  EXPECT_EQ(owned->text, text);
  EXPECT_EQ(owned->mode, S_IFREG | 0640U);
  EXPECT_EQ(owned->owner, ::geteuid());
}

TEST_F(File, MaySayNothingOfItsSizeOrTheWrongThing) {
  EXPECT_NE((*files::read("/proc/self/status"))->find("VmPeak"), std::string::npos);
  EXPECT_EQ(*files::read("/sys/class/net/lo/type"), "772\n");
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
