#pragma once

#include "netctl/controller/controller.h"
#include "netctl/kernel/nft/nft_monitor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace netctl::daemon {

/// Brings the kernel's news of nft's tables to the controller, but for what we do ourselves. On the
/// thread of `io`, which is the controller's.
class NftWatch {
 public:
  NftWatch(boost::asio::io_context& io, kernel::NftMonitor monitor,
           controller::Controller& controller);
  ~NftWatch();
  NftWatch(const NftWatch&) = delete;
  NftWatch& operator=(const NftWatch&) = delete;

 private:
  void wait();

  kernel::NftMonitor monitor_;
  boost::asio::posix::stream_descriptor descriptor_;
  controller::Controller& controller_;
};

}  // namespace netctl::daemon
