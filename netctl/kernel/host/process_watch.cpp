#include "netctl/kernel/host/process_watch.h"

#include <fcntl.h>

#include <utility>

namespace netctl::kernel {

void ProcessWatch::start(int process, std::function<void()> ended) {
  stop();
  const int descriptor = fcntl(process, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return;
  process_.emplace(io_, descriptor);
  process_->async_wait(
      boost::asio::posix::descriptor_base::wait_read,
      [this, turn = turn_, ended = std::move(ended)](const boost::system::error_code& canceled) {
        // A wait that is over cannot be canceled any more.
        if (canceled || turn != turn_) return;
        stop();
        ended();
      });
}

void ProcessWatch::stop() {
  ++turn_;
  process_.reset();
}

}  // namespace netctl::kernel
