#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

constexpr std::uint16_t kSshPort = 22;

/// One of the host's own addresses, which is nobody's to allocate.
bool isOwn(const Settings& settings, net::Ipv4Address address) {
  return std::ranges::binary_search(settings.host.public_addresses, address) &&
         !settings.pool.contains(address);
}

void checkPorts(const CreateForward& command, Faults& faults) {
  const auto& [first, last] = command.ports;
  if (command.protocol != net::kTcp && command.protocol != net::kUdp) {
    faults.add("protocol", invalid(fmt::format("{} has no ports to forward; write tcp or udp",
                                               net::format(command.protocol))));
  }
  if (first == 0) faults.add("from_port", invalid("port 0 cannot be forwarded; write 1 to 65535"));
  if (last < first) {
    faults.add("to_port", invalid(fmt::format("{} is below from_port, {}; write the range from "
                                              "its lower to its higher port",
                                              last, first)));
    return;
  }
  const auto count = command.ports.size();
  if (count > Forward::kMostPorts) {
    faults.add("to_port", invalid(fmt::format("{} ports are too many for one forward; write {} at "
                                              "most, and make several",
                                              count, Forward::kMostPorts)));
  }
  if (command.instance_port == 0 || command.instance_port + count - 1 > 0xffff) {
    faults.add("instance_port", invalid(fmt::format("{} ports from {} on are not within 1 to 65535",
                                                    count, command.instance_port)));
  }
}

/// Of the host's own address: what the host needs itself is never led away.
Result<void> checkOwnPorts(const CreateForward& command) {
  const auto text = net::format(command.address);
  if (command.protocol == net::kTcp && command.ports.contains(kSshPort)) {
    return conflict("OperationNotPermitted",
                    fmt::format("tcp port {} of {} is never forwarded: by it people get to this "
                                "host; name another port",
                                kSshPort, text));
  }
  for (const auto& listener : command.listeners) {
    if (!listener.takes(command.address, command.protocol, command.ports)) continue;
    return conflict("OperationNotPermitted",
                    fmt::format("this host listens at {} port {} of {} (bound to {}); end that, or "
                                "name another port",
                                net::format(listener.protocol), listener.port, text,
                                net::format(listener.address)));
  }
  return {};
}

/// Whether the account may have forwards of that address.
Result<void> checkAddress(const Cloud& cloud, const AccountId& owner,
                          const CreateForward& command) {
  if (isOwn(cloud.settings(), command.address)) return checkOwnPorts(command);
  const auto address = findElastic(cloud, owner, command.address);
  if (!address) return address.error();
  if ((*address)->instance) {
    return conflict("InvalidIPAddress.InUse",
                    fmt::format("Address {} is associated with instance {}, where all of its ports "
                                "lead; disassociate it first, or allocate another one",
                                net::format(command.address), (*address)->instance->text()));
  }
  if (const auto* taken = cloud.takenOf(command.address)) {
    return collision(command.address, *taken);
  }
  return {};
}

}  // namespace

Result<void> checkNotForwarded(const Cloud& cloud, net::Ipv4Address address) {
  const auto forwards = cloud.forwardsAt(address);
  if (forwards.empty()) return {};
  const auto more = forwards.size() == 1 ? "" : fmt::format(" and {} more", forwards.size() - 1);
  return conflict("InvalidIPAddress.InUse",
                  fmt::format("Address {} has the forward {} to instance {}{}; delete its forwards "
                              "first",
                              net::format(address), format(*forwards.front()),
                              forwards.front()->instance.text(), more));
}

void endForwards(Cloud& cloud, const InstanceId& instance) {
  const auto ids = cloud.forwardsTo(instance);
  for (const auto& id : ids) cloud.erase(id);
}

Result<Outcome> execute(Cloud& cloud, const CreateForward& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  faults.check("owner", account);
  checkPorts(command, faults);
  if (!faults.empty()) return faults.error();
  const auto instance = findInstance(cloud, (*account)->id, command.instance);
  faults.check("instance_id", instance);
  faults.check("address", checkAddress(cloud, (*account)->id, command));
  if (!faults.empty()) return faults.error();

  const Forward wanted{.address = command.address,
                       .protocol = command.protocol,
                       .ports = command.ports,
                       .owner = (*account)->id,
                       .instance = (*instance)->id,
                       .instance_port = command.instance_port};
  for (const auto& other : cloud.forwardsAt(command.address)) {
    if (*other == wanted) return Outcome{.object = command.address};
    if (other->protocol != command.protocol || other->ports.last < command.ports.first ||
        command.ports.last < other->ports.first) {
      continue;
    }
    faults.add("from_port",
               conflict("InvalidForward.Duplicate",
                        fmt::format("{} leads to port {} of instance {} already; delete that "
                                    "forward first, or name other ports",
                                    format(*other), other->instance_port, other->instance.text())));
    return faults.error();
  }
  cloud.put(wanted);
  return Outcome{.object = command.address};
}

Result<Outcome> execute(Cloud& cloud, const DeleteForward& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const Outcome outcome{.object = command.address, .keep_flows = command.keep_flows};
  const auto forward = cloud.forwardOf(command.address, command.protocol, command.first_port);
  if (!forward || forward->owner != (*account)->id) return outcome;
  if (forward->ports.first != command.first_port) {
    faults.add(
        "from_port",
        conflict("InvalidForward.NotFound",
                 fmt::format("port {} is one of the forward {}, which is deleted as a whole; "
                             "name its first port, {}",
                             command.first_port, format(*forward), forward->ports.first)));
    return faults.error();
  }
  cloud.erase(forward->id());
  return outcome;
}

}  // namespace netctl::cloud
