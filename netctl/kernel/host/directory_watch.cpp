#include "netctl/kernel/host/directory_watch.h"

#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

namespace netctl::kernel {
namespace {

constexpr std::uint32_t kFiles = IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kDirectory = IN_DELETE_SELF | IN_MOVE_SELF;
/// What the kernel adds: the watch has ended, or news were lost.
constexpr std::uint32_t kLost = IN_IGNORED | IN_UNMOUNT;

}  // namespace

DirectoryWatch::DirectoryWatch(boost::asio::io_context& io, std::vector<std::string> ignored,
                               std::function<void(const News&)> changed)
    : ignored_(std::move(ignored)), changed_(std::move(changed)), descriptor_(io) {
  const int number = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (number < 0) {
    // The audit finds what is not heard of.
    spdlog::warn("kernel cannot listen to files error=\"{}\"", std::strerror(errno));
    return;
  }
  descriptor_.assign(number);
  wait();
}

void DirectoryWatch::watch(const std::vector<std::string>& directories) {
  if (!descriptor_.is_open()) return;
  std::map<int, std::string> watches;
  for (const auto& directory : directories) {
    // One that is watched already keeps its number.
    const int watch = inotify_add_watch(descriptor_.native_handle(), directory.c_str(),
                                        kFiles | kDirectory | IN_ONLYDIR);
    if (watch >= 0) watches[watch] = directory;
  }
  for (const auto& [watch, directory] : watches_) {
    if (!watches.contains(watch)) inotify_rm_watch(descriptor_.native_handle(), watch);
  }
  watches_ = std::move(watches);
}

void DirectoryWatch::skip() {
  if (descriptor_.is_open()) (void)drain();
}

void DirectoryWatch::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](boost::system::error_code canceled) {
                           if (canceled) return;
                           const auto news = drain();
                           wait();
                           if (news.files || news.directory) changed_(news);
                         });
}

DirectoryWatch::News DirectoryWatch::drain() {
  News news;
  alignas(inotify_event) std::array<char, 16384> buffer{};
  for (;;) {
    const auto size = ::read(descriptor_.native_handle(), buffer.data(), buffer.size());
    if (size <= 0) return news;
    for (ssize_t at = 0; at < size;) {
      const auto* event =
          reinterpret_cast<const inotify_event*>(&buffer[static_cast<std::size_t>(at)]);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const std::string name = event->len > 0 ? event->name : "";
      if ((event->mask & IN_Q_OVERFLOW) != 0) news.files = true;
      // Of a watch that was given up nothing is news.
      if (!watches_.contains(event->wd)) continue;
      if ((event->mask & (kDirectory | kLost)) != 0) news.directory = true;
      const bool ignored = std::ranges::find(ignored_, name) != ignored_.end();
      if ((event->mask & kFiles) != 0 && !ignored) news.files = true;
    }
  }
}

}  // namespace netctl::kernel
