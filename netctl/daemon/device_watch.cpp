#include "netctl/daemon/device_watch.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <utility>

namespace netctl::daemon {
namespace {

using boost::asio::posix::stream_descriptor;

/// A device as instances' devices are known: only an Ethernet device that is not a bridge has a
/// MAC here, since no other can be an instance's.
controller::Device toDevice(const std::string& name, const std::optional<kernel::Link>& link) {
  if (!link || link->is_bridge || !link->is_ethernet) return {name, {}};
  return {name, link->mac};
}

}  // namespace

DeviceWatch::DeviceWatch(boost::asio::io_context& io, kernel::LinkMonitor monitor,
                         InterfaceWatch interfaces, controller::Controller& controller,
                         kernel::AddressListener& listener)
    : monitor_(std::move(monitor)),
      interfaces_(std::move(interfaces)),
      descriptor_(io, monitor_.descriptor()),
      controller_(controller),
      listener_(listener) {
  tellAll();
  wait();
}

// The monitor closes the descriptor.
DeviceWatch::~DeviceWatch() {
  (void)descriptor_.release();
}

void DeviceWatch::wait() {
  descriptor_.async_wait(stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    take();
    wait();
  });
}

void DeviceWatch::tellAll() {
  controller::DeviceNews news{.complete = true};
  for (const auto& [index, link] : monitor_.devices()) {
    news.devices.push_back(toDevice(link.name, link));
  }
  controller_.devicesChanged(std::move(news));
  listener_.devicesChanged();
}

void DeviceWatch::take() {
  const auto changes = monitor_.drain();
  if (!changes) {
    spdlog::warn("daemon cannot read news of devices error=\"{}\"", changes.error().message);
  } else if (changes->overflow) {
    tellAll();
    // News that was lost may be of anything that is ours.
    controller_.reconcile([](const auto&) {});
  } else {
    controller::DeviceNews news;
    for (const auto& [name, link] : changes->devices) {
      news.devices.push_back(toDevice(name, link));
      listener_.deviceChanged(name);
    }
    controller_.devicesChanged(std::move(news));
  }
  if (changes) interfaces_.take(*changes, monitor_.devices());
}

}  // namespace netctl::daemon
