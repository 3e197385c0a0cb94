#include "base/systemd.h"

#include "base/process.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace netctl {
namespace {

/// It writes no files.
constexpr std::uint64_t kMaxFileSize = 1 << 20;

}  // namespace

Result<void> askSystemd(const std::string& systemctl, const std::string& verb,
                        const std::vector<std::string>& units) {
  std::vector<std::string> command{systemctl, verb};
  command.insert(command.end(), units.begin(), units.end());
  auto ended = runProgram(command, kMaxFileSize);
  if (!ended) return ended.error();
  if (ended->exit_code == 0) return {};
  auto message = std::move(ended->message);
  std::ranges::replace(message, '\n', ' ');
  while (message.ends_with(' ')) message.pop_back();
  return Error{ErrorCode::Kernel, "",
               fmt::format("{} ended with exit code {}{}{}", fmt::join(command, " "),
                           ended->exit_code, message.empty() ? "" : ": ", message)};
}

}  // namespace netctl
