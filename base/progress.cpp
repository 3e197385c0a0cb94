#include "base/progress.h"

#include "base/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace netctl {
namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::seconds kAgain{1};
constexpr std::size_t kUsualWidth = 80;

std::size_t widthOfTerminal() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsualWidth;
}

/// EL of ECMA-48 takes away what a longer line has left.
void write(const std::string& line) {
  const auto text = "\r" + line + "\x1b[K";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(std::string doing) : doing_(std::move(doing)) {
  if (::isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (is_shown_) write("");
}

void Progress::say(std::string doing) {
  const std::scoped_lock lock(mutex_);
  doing_ = std::move(doing);
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  for (auto wait = kPatience; !wake_.wait_for(lock, wait, [this] { return is_over_; });
       wait = kAgain) {
    show(doing_);
    is_shown_ = true;
  }
}

void Progress::show(const std::string& doing) const {
  const auto passed =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin_);
  const auto seconds = " (" + std::to_string(passed.count()) + " s)";
  const auto width = widthOfTerminal();
  const auto room = width > seconds.size() + 1 ? width - seconds.size() - 1 : 0;
  write(printable(doing.substr(0, std::min(room, doing.size())), room) + seconds);
}

}  // namespace netctl
