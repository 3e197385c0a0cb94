#include "netctl/program/log_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

namespace netctl {
namespace {

using ::testing::EndsWith;
using ::testing::MatchesRegex;

std::string lineOf(std::string_view text) {
  const spdlog::details::log_msg message("netctld", spdlog::level::warn,
                                         spdlog::string_view_t(text.data(), text.size()));
  spdlog::memory_buf_t line;
  lineFormatter()->format(message, line);
  return {line.data(), line.size()};
}

TEST(LogLines, HaveTimeLevelAndText) {
  EXPECT_THAT(lineOf("node link node=n1"),
              MatchesRegex("[0-9-]+T[0-9:.]+ warning node link node=n1\n"));
}

TEST(LogLines, ShowForeignBytesAndAreOne) {
  const auto line =
      lineOf("it calls itself 'n1\r\n2026-01-01T00:00:00.000 info all is well\x1b[2J\xc2\x9b'");
  EXPECT_THAT(line,
              EndsWith(R"('n1\x0d\x0a2026-01-01T00:00:00.000 info all is well\x1b[2J\xc2\x9b')"
                       "\n"));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(LogLines, AreAsLongAsTheirText) {
  EXPECT_THAT(lineOf(std::string(500, 'x') + "\t"), EndsWith(std::string(500, 'x') + "\\x09\n"));
}

}  // namespace
}  // namespace netctl
