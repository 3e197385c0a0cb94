#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host.h"
#include "modes/host/host_state.h"
#include "netctl/controller/status.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::controller {

/// The state of every instance's port, and which devices of this host are worth a look when they
/// change.
class PortStates {
 public:
  /// Instances that came, changed or went.
  void update(const cloud::Settings& settings, const cloud::Changes& changes);
  /// All instances of a cloud: at start and under another configuration. What nodes have said of
  /// theirs stays.
  void reset(const cloud::Cloud& cloud);
  /// Devices that bear another name than the cloud knows, by that.
  void rename(const std::map<std::string, std::string>& names);
  /// What a node, which is another host, says of the port that the instance has there.
  void settle(const cloud::Instance& instance, const std::string& node, const PortStatus& status);
  /// What a pass over `rendering` left of the ports in it.
  void settle(const host::Rendering& rendering, const std::vector<host::FailedStep>& failed);

  [[nodiscard]] const std::map<cloud::InstanceId, PortStatus>& all() const { return status_; }
  /// The second ports of those that migrate.
  [[nodiscard]] const std::map<cloud::InstanceId, PortStatus>& arriving() const {
    return arriving_;
  }
  /// The instance of a device; absent where it is nobody's.
  [[nodiscard]] std::optional<cloud::InstanceId> instanceOf(const std::string& device) const;
  /// The devices that have not been there so far.
  [[nodiscard]] std::set<std::string> waiting() const;

 private:
  using Status = std::map<cloud::InstanceId, PortStatus>;
  struct Port {
    cloud::InstanceId instance;
    bool arrives = false;  ///< the instance's second one
  };

  void put(const cloud::Settings& settings, const cloud::Instance& instance,
           const std::string& node);
  void putAll(const cloud::Settings& settings, const cloud::Instance& instance);
  void update(const cloud::Settings& settings, const cloud::Instance& before,
              const cloud::Instance& after);
  [[nodiscard]] const Port* portOf(const std::string& device) const;
  Status& statusOf(bool arrives) { return arrives ? arriving_ : status_; }

  Status status_;
  Status arriving_;
  std::map<std::string, Port> devices_;
  std::map<std::string, std::string> known_as_;  ///< by the name that a device bears
};

}  // namespace netctl::controller
