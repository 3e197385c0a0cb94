#include "netctl/metadata/files/counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::metadata {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Counts, AreReadAndWhatIsNoneIsLeftOut) {
  EXPECT_THAT(parseCounts("200 17\n404 2\n"), ElementsAre(Pair(200, 17), Pair(404, 2)));
  EXPECT_THAT(parseCounts(""), IsEmpty());
  EXPECT_THAT(parseCounts("200\n200 -1\n99 1\n600 1\nnonsense\n 5\n401 3"),
              ElementsAre(Pair(401, 3)));
}

}  // namespace
}  // namespace netctl::metadata
