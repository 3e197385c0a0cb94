#pragma once

#include "base/result.h"
#include "modes/learning_ports.h"
#include "netctl/kernel/learning/foreign_addresses.h"
#include "netctl/kernel/learning/wire_ear.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace netctl::kernel {

/// Listens at the ports of instances for the addresses that they are given by DHCP, or claim by
/// ARP: a packet socket for each port, with a filter in the kernel (packet(7)).
///
/// A lease counts where its acknowledgement goes out to the port and answers what was asked there:
/// the guards have let it pass, and nobody can make a server acknowledge something in another's
/// name. On the thread of its io_context, which must not run any more when this object is gone.
class AddressListener {
 public:
  using Heard = std::function<void(HeardAddress)>;

  AddressListener(boost::asio::io_context& io, Heard heard);
  ~AddressListener();
  AddressListener(const AddressListener&) = delete;
  AddressListener& operator=(const AddressListener&) = delete;

  /// Listens at these ports from now on. A device need not be there yet.
  void take(const LearningNews& news);
  /// At these devices it hears who else has which address. What such a one has, the host itself,
  /// its routers, and the DHCP servers of its instances and their routers, is told with its holder.
  void watchWires(const std::set<std::string>& devices);
  /// The device of that name may have come, gone, or become another.
  void deviceChanged(const std::string& device);
  /// As above, any of them.
  void devicesChanged();

 private:
  class Ear;

  void wireChanged(const std::string& device);
  /// Reads this host's own addresses anew, once a second at most.
  void readOwn();

  boost::asio::io_context& io_;
  Heard heard_;
  std::map<std::string, LearningPort> wanted_;
  std::map<std::string, std::shared_ptr<Ear>> ears_;       ///< where the device is there
  std::map<std::string, std::shared_ptr<WireEar>> wires_;  ///< null where it is not there
  ForeignAddresses foreign_;
  std::chrono::steady_clock::time_point read_own_;
};

}  // namespace netctl::kernel
