#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "base/systemd.h"

#include <sys/types.h>

#include <string>

namespace netctl::web {

/// A netctl-web that is linked with us. It ends when its link does.
class WebProcess {
 public:
  struct Options {
    std::string program;  ///< netctl-web
    /// Systemd's unit, NAME.service, that runs the program for who connects to NAME.socket, and
    /// where that listens; empty: we run it ourselves.
    std::string unit = {};
    std::string socket = {};
    std::string systemctl = kSystemctl;
  };

  /// Gives our end of the link, too. Blocks for some milliseconds, and for 10 s at most.
  static Result<WebProcess> start(const Options& options, Descriptor& link);

  WebProcess(WebProcess&& other) noexcept;
  WebProcess& operator=(WebProcess&&) = delete;
  /// Ends it, where it is our child.
  ~WebProcess();

 private:
  explicit WebProcess(pid_t child) : child_(child) {}

  pid_t child_;  ///< 0: systemd's
};

}  // namespace netctl::web
