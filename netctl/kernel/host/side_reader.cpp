#include "netctl/kernel/host/side_reader.h"

#include "netctl/kernel/host/area_look.h"

#include <pthread.h>

namespace netctl::kernel {

Result<std::unique_ptr<SideReader>> SideReader::open(Sysctls sysctls, dhcp::Dnsmasq::Options dhcp,
                                                     metadata::Keeper::Options metadata) {
  // It has one thread for all of them.
  const auto sockets = DriverSockets::open();
  auto links = LinkDrivers::open(sockets);
  if (!links) return links.error();
  auto rules = RuleDrivers::open(sockets);
  if (!rules) return rules.error();
  auto dhcp_drivers = DhcpDrivers::open(sockets);
  if (!dhcp_drivers) return dhcp_drivers.error();
  // The constructor is private, which make_unique cannot reach.
  return std::unique_ptr<SideReader>(
      new SideReader({std::move(*links), std::move(*rules), std::move(*dhcp_drivers)},
                     std::move(sysctls), std::move(dhcp), std::move(metadata)));
}

SideReader::SideReader(Drivers drivers, Sysctls sysctls, dhcp::Dnsmasq::Options dhcp,
                       metadata::Keeper::Options metadata)
    : drivers_(std::move(drivers)),
      sysctls_(std::move(sysctls)),
      dhcp_(std::move(dhcp)),
      metadata_(std::move(metadata)),
      thread_([this] { serve(); }) {
  // So that `top -H` tells what audits cost.
  pthread_setname_np(thread_.native_handle(), "audit");
}

SideReader::~SideReader() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SideReader::run(std::function<void(host::AreaReader&)> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void SideReader::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (ends_) return;
    const auto work = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    lock.unlock();
    work(*this);
    lock.lock();
  }
}

Result<host::HostState> SideReader::look(const host::Areas& areas) {
  return lookAtAreas(
      areas, drivers_.links, drivers_.rules, drivers_.dhcp, sysctls_,
      // Anew each time: a server may be another process by now.
      {.dhcp = [this](const auto& scope,
                      auto& state) { return dhcp::Dnsmasq(dhcp_).look(scope, state); },
       .metadata = [this](const auto& scope,
                          auto& state) { return metadata::Keeper(metadata_).look(scope, state); }});
}

}  // namespace netctl::kernel
