#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace netctl {

/// Tells who sits at a terminal what a program is doing, once that has taken a second: one line of
/// stderr, with the seconds, which goes when this does. Where stderr is not a terminal, nothing.
class Progress {
 public:
  /// `doing` is the line, as `waiting for netctld`.
  explicit Progress(std::string doing);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// From now on it does that.
  void say(std::string doing);

 private:
  void run();
  void show(const std::string& doing) const;

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string doing_;
  bool is_over_ = false;
  bool is_shown_ = false;
  std::thread thread_;
};

}  // namespace netctl
