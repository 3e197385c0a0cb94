#pragma once

#include "dhcp/dnsmasq.h"
#include "modes/host/area.h"
#include "netctl/kernel/host/drivers.h"
#include "netctl/kernel/system/sysctl.h"
#include "netctl/metadata/keeper/keeper.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace netctl::kernel {

/// Reads this host beside LocalHost, in a thread and by sockets of its own: what it takes its time
/// for keeps nothing else waiting.
class SideReader final : private host::AreaReader {
 public:
  static Result<std::unique_ptr<SideReader>> open(Sysctls sysctls, dhcp::Dnsmasq::Options dhcp,
                                                  metadata::Keeper::Options metadata);
  /// Waits for the work that goes on; what was given meanwhile is not begun.
  ~SideReader() override;
  SideReader(const SideReader&) = delete;
  SideReader& operator=(const SideReader&) = delete;

  /// Does the work in its thread, after what was given before.
  void run(std::function<void(host::AreaReader&)> work);

 private:
  struct Drivers {
    LinkDrivers links;
    RuleDrivers rules;
    DhcpDrivers dhcp;
  };

  SideReader(Drivers drivers, Sysctls sysctls, dhcp::Dnsmasq::Options dhcp,
             metadata::Keeper::Options metadata);
  Result<host::HostState> look(const host::Areas& areas) override;
  void serve();

  Drivers drivers_;
  Sysctls sysctls_;
  dhcp::Dnsmasq::Options dhcp_;
  metadata::Keeper::Options metadata_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void(host::AreaReader&)>> waiting_;
  bool ends_ = false;
  std::thread thread_;  ///< last, since it uses all of them
};

}  // namespace netctl::kernel
