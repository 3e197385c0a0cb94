#pragma once

#include "netctl/controller/controller.h"
#include "netctl/daemon/carrier_watch.h"
#include "netctl/kernel/learning/address_listener.h"
#include "netctl/kernel/links/link_monitor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace netctl::daemon {

/// All devices as the controller knows them.
controller::DeviceNews allDevices(const kernel::LinksByIndex& devices);

/// Brings the kernel's news of network devices to the controller, to the watch on the host's
/// carriers, and to the listener at ports that learns addresses. Tells of all devices at once
/// when it is made. On the thread of `io`, which is the controller's.
class DeviceWatch {
 public:
  DeviceWatch(boost::asio::io_context& io, kernel::LinkMonitor monitor, CarrierWatch carriers,
              controller::Controller& controller, kernel::AddressListener& listener);
  ~DeviceWatch();
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

 private:
  void wait();
  void tellAll();
  void take();

  kernel::LinkMonitor monitor_;
  CarrierWatch carriers_;
  boost::asio::posix::stream_descriptor descriptor_;
  controller::Controller& controller_;
  kernel::AddressListener& listener_;
};

}  // namespace netctl::daemon
