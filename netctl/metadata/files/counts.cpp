#include "netctl/metadata/files/counts.h"

#include "base/number.h"

namespace netctl::metadata {
namespace {

// RFC 9110, section 15.
constexpr int kFirstStatus = 100;
constexpr int kLastStatus = 599;

}  // namespace

std::map<int, std::uint64_t> parseCounts(std::string_view text) {
  std::map<int, std::uint64_t> counts;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const auto status = parseWhole<int>(line.substr(0, blank));
    const auto count = parseWhole<std::uint64_t>(line.substr(blank + 1));
    if (!status || !count || *status < kFirstStatus || *status > kLastStatus) continue;
    counts[*status] = *count;
  }
  return counts;
}

}  // namespace netctl::metadata
