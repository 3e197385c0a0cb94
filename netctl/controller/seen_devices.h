#pragma once

#include "modes/cloud/commands.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::controller {

/// A network device of this host, as the kernel tells of it.
struct Device {
  std::string name;
  /// Absent: it has gone, or is a bridge, which takes its MAC from its ports.
  std::optional<net::MacAddress> mac;
  bool here = true;          ///< else no device has the name any more
  std::string port_of = {};  ///< the instance whose port it is, by its alternative name
};
struct DeviceNews {
  std::vector<Device> devices;
  bool complete = false;  ///< there are no others
  /// Of these: those that are themselves others than before, whatever their addresses; and of
  /// those, the ones that have lost something, or are gone.
  std::set<std::string> links = {};
  std::set<std::string> disturbed = {};
};

/// Finds the devices of instances for which none was named: the one that bears the instance's MAC,
/// or that MAC with the first byte fe, as libvirt gives it to its taps.
class SeenDevices {
 public:
  /// Each gives what is to be recorded in the cloud now.
  std::vector<cloud::Command> update(const DeviceNews& news);
  std::vector<cloud::Command> update(const cloud::Settings& settings,
                                     const cloud::Changes& changes);
  /// Another cloud on the same devices.
  std::vector<cloud::Command> reset(const cloud::Cloud& cloud);

 private:
  /// What a MAC and its tap's MAC have in common.
  using Key = net::MacAddress;

  void expect(const cloud::Settings& settings, const cloud::Instance& instance,
              std::vector<cloud::Command>& seen);
  void see(const Key& key, std::vector<cloud::Command>& seen) const;

  std::map<std::string, Key> devices_;
  std::map<Key, std::set<std::string>> by_key_;
  std::map<Key, cloud::InstanceId> expected_;
};

}  // namespace netctl::controller
