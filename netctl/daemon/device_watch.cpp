#include "netctl/daemon/device_watch.h"

#include "netctl/kernel/links/bridge_ports.h"

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
  if (!link) return {.name = name, .mac = {}, .here = false};
  controller::Device device{.name = name};
  device.port_of = kernel::instanceOf(*link).value_or("");
  if (!link->is_bridge && link->is_ethernet) device.mac = link->mac;
  return device;
}

}  // namespace

DeviceWatch::DeviceWatch(boost::asio::io_context& io, kernel::LinkMonitor monitor,
                         CarrierWatch carriers, controller::Controller& controller,
                         kernel::AddressListener& listener)
    : monitor_(std::move(monitor)),
      carriers_(std::move(carriers)),
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

controller::DeviceNews allDevices(const kernel::LinksByIndex& devices) {
  controller::DeviceNews news{.devices = {}, .complete = true};
  for (const auto& [index, link] : devices) news.devices.push_back(toDevice(link.name, link));
  return news;
}

void DeviceWatch::tellAll() {
  controller_.devicesChanged(allDevices(monitor_.devices()));
  listener_.devicesChanged();
}

void DeviceWatch::take() {
  const auto changes = monitor_.drain();
  if (!changes) {
    spdlog::warn("daemon cannot read news of devices error=\"{}\"", changes.error().message);
  } else if (changes->overflow) {
    tellAll();
    // News that was lost may be of anything that is ours.
    controller_.suspected(host::allAreas());
  } else {
    controller::DeviceNews news;
    for (const auto& [name, link] : changes->devices) {
      news.devices.push_back(toDevice(name, link));
      listener_.deviceChanged(name);
    }
    news.links = changes->links;
    news.disturbed = changes->disturbed;
    controller_.devicesChanged(std::move(news));
    if (!changes->suspects.empty()) controller_.suspected(changes->suspects);
  }
  if (changes) carriers_.take(*changes, monitor_.devices());
}

}  // namespace netctl::daemon
