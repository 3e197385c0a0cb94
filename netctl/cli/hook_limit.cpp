#include "netctl/cli/hook_limit.h"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

namespace netctl::cli {
namespace {

constexpr suseconds_t kAlmostThreeSeconds = 800000;  ///< beside two whole ones

std::atomic<int> code_at_limit = -1;
static_assert(std::atomic<int>::is_always_lock_free);

/// Only what a handler of signals may do.
void endHook(int /*signal*/) {
  constexpr std::string_view kWhy = "netctl: hook: not done within three seconds\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kWhy.data(), kWhy.size());
  _exit(code_at_limit);
}

}  // namespace

void limitHook(int exit_code) {
  if (code_at_limit.exchange(exit_code) >= 0) return;
  std::signal(SIGALRM, endHook);
  const itimerval limit{.it_interval = {}, .it_value = {2, kAlmostThreeSeconds}};
  setitimer(ITIMER_REAL, &limit, nullptr);
}

}  // namespace netctl::cli
