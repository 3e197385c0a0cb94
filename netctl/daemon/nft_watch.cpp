#include "netctl/daemon/nft_watch.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::daemon {

using boost::asio::posix::stream_descriptor;

NftWatch::NftWatch(boost::asio::io_context& io, kernel::NftMonitor monitor,
                   controller::Controller& controller)
    : monitor_(std::move(monitor)),
      descriptor_(io, monitor_.descriptor()),
      controller_(controller) {
  wait();
}

// The monitor closes the descriptor.
NftWatch::~NftWatch() {
  (void)descriptor_.release();
}

void NftWatch::wait() {
  descriptor_.async_wait(stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    const auto areas = monitor_.drain();
    if (!areas) {
      spdlog::warn("daemon cannot read news of nft's tables error=\"{}\"", areas.error().message);
    } else if (!areas->empty()) {
      controller_.suspected(*areas);
    }
    wait();
  });
}

}  // namespace netctl::daemon
