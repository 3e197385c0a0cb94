#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

/// A copy that is on that instance, or on none.
Address placed(const Address& address, std::optional<InstanceId> instance) {
  auto result = address;
  result.instance = std::move(instance);
  return result;
}

/// Refused where another account gave it back a short while ago.
Result<void> checkQuarantine(const Cloud& cloud, const AccountId& owner, net::Ipv4Address address,
                             std::chrono::sys_seconds now) {
  const auto returned = cloud.returnedAddress(address);
  if (!returned || returned->owner == owner) return {};
  const auto end = returned->at + cloud.settings().quarantine;
  if (now >= end) return {};
  return conflict(
      "InvalidIPAddress.InUse",
      fmt::format("Address '{}' was given back by another account, which alone may "
                  "name it until {:%Y-%m-%dT%H:%M:%SZ} (NETCTL_QUARANTINE); name it "
                  "then, or another one, or none",
                  net::format(address), fmt::gmtime(std::chrono::system_clock::to_time_t(end))));
}

/// Which address an allocation means, and whether it has happened already.
struct Allocation {
  net::Ipv4Address address;
  bool repeated = false;
};

Result<Allocation> choose(const Cloud& cloud, const Account& account,
                          const AllocateAddress& command) {
  if (!command.client_token.empty()) {
    if (const auto former = cloud.addressByToken(account.id, command.client_token)) {
      if (!command.address || *command.address == former->address) {
        return Allocation{former->address, true};
      }
      return conflict("IdempotentParameterMismatch",
                      fmt::format("the client token {} was used to allocate {}",
                                  quote(command.client_token), net::format(former->address)));
    }
  }
  if (!command.address) {
    const auto free = cloud.freePublicAddress(account.id);
    if (free) return Allocation{*free};
    return conflict("InsufficientAddressCapacity",
                    "no public address is free; release one, or add some to VNET_PUBLICIPS");
  }
  const auto holder = cloud.address(*command.address);
  if (holder && holder->owner == account.id && !holder->automatic) {
    if (command.client_token.empty()) return Allocation{*command.address, true};
    return conflict("InvalidIPAddress.InUse",
                    fmt::format("the account holds {} already, allocated without this client token",
                                net::format(*command.address)));
  }
  if (holder || !cloud.settings().pool.contains(*command.address)) {
    return notFound("InvalidAddress.NotFound",
                    fmt::format("Address '{}' is not a free address of the public pool",
                                net::format(*command.address)));
  }
  if (const auto* taken = cloud.takenOf(*command.address)) {
    return collision(*command.address, *taken);
  }
  const auto free = checkQuarantine(cloud, account.id, *command.address, command.now);
  if (!free) return free.error();
  return Allocation{*command.address};
}

std::size_t elasticAddresses(const Cloud& cloud, const AccountId& owner) {
  const auto& held = cloud.addressesOf(owner);
  return static_cast<std::size_t>(std::ranges::count_if(
      held, [&](const auto address) { return !cloud.address(address)->automatic; }));
}

}  // namespace

Result<Ref<Address>> findAddress(const Cloud& cloud, const AccountId& owner,
                                 net::Ipv4Address address) {
  const auto found = cloud.address(address);
  if (found && found->owner == owner) return found;
  return notFound("InvalidAddress.NotFound",
                  fmt::format("Address '{}' not found.", net::format(address)));
}

Result<Ref<Address>> findElastic(const Cloud& cloud, const AccountId& owner,
                                 net::Ipv4Address address) {
  const auto found = findAddress(cloud, owner, address);
  if (!found || !(*found)->automatic) return found;
  return conflict("OperationNotPermitted",
                  fmt::format("Address {} is lent to instance {} for as long as that has no "
                              "elastic address; it cannot be released or moved",
                              net::format(address), (*found)->instance->text()));
}

Error collision(net::Ipv4Address address, const Taken& taken) {
  return conflict("InvalidIPAddress.InUse",
                  fmt::format("Address '{}' would collide with {} on the cluster host; take that "
                              "away, or use another address",
                              net::format(address), taken.holder));
}

void holdAddress(Cloud& cloud, Address address) {
  if (cloud.returnedAddress(address.address)) cloud.eraseReturned(address.address);
  cloud.put(std::move(address));
}

void returnAddress(Cloud& cloud, const Address& address, std::chrono::sys_seconds now) {
  ReturnedAddress returned{.address = address.address, .owner = address.owner, .at = now};
  cloud.erase(address.address);
  cloud.put(std::move(returned));
}

void lendAddress(Cloud& cloud, const Instance& instance) {
  if (instance.addressing != Addressing::Public) return;
  const auto& owner = instance.owner;
  if (cloud.automaticAddressesOf(owner) >= limitOf(cloud, owner, Limit::AutomaticAddresses)) return;
  const auto free = cloud.freePublicAddress(owner);
  if (!free) return;
  holdAddress(
      cloud,
      Address{
          .address = *free, .owner = instance.owner, .instance = instance.id, .automatic = true});
}

void takeAddressOff(Cloud& cloud, const InstanceId& instance, std::chrono::sys_seconds now) {
  const auto address = cloud.addressOf(instance);
  if (!address) return;
  if (address->automatic) {
    returnAddress(cloud, *address, now);
  } else {
    cloud.put(placed(*address, {}));
  }
}

Result<Outcome> execute(Cloud& cloud, const AllocateAddress& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  faults.check("owner", account);
  faults.check("client_token", checkClientToken(command.client_token));
  checkResourceTags(command.resource_tags, faults);
  if (!faults.empty()) return faults.error();
  const auto allocation = choose(cloud, **account, command);
  if (!faults.check("address", allocation)) return faults.error();
  if (allocation->repeated) return Outcome{.object = allocation->address};
  const auto& owner = (*account)->id;
  checkLimit(cloud, owner, Limit::Addresses, elasticAddresses(cloud, owner) + 1, faults);
  if (!faults.empty()) return faults.error();
  holdAddress(cloud, Address{.address = allocation->address,
                             .owner = owner,
                             .automatic = false,
                             .client_token = command.client_token,
                             .resource_tags = command.resource_tags,
                             .long_id = cloud.settings().long_ids});
  return Outcome{.object = allocation->address};
}

Result<Outcome> execute(Cloud& cloud, const ReleaseAddress& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto address = findElastic(cloud, (*account)->id, command.address);
  if (!address && address.error().code == ErrorCode::NotFound) return Outcome{};
  if (!faults.check("address", address)) return faults.error();
  if ((*address)->instance) {
    faults.add("address",
               conflict("InvalidIPAddress.InUse",
                        fmt::format("Address {} is in use by instance {}; disassociate "
                                    "it first",
                                    net::format(command.address), (*address)->instance->text())));
    return faults.error();
  }
  if (const auto free = checkNotForwarded(cloud, command.address); !faults.check("address", free)) {
    return faults.error();
  }
  returnAddress(cloud, **address, command.now);
  return Outcome{.object = command.address};
}

Result<Outcome> execute(Cloud& cloud, const AssociateAddress& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto address = findElastic(cloud, (*account)->id, command.address);
  faults.check("address", address);
  const auto instance = findInstance(cloud, (*account)->id, command.instance);
  faults.check("instance_id", instance);
  if (!faults.empty()) return faults.error();

  const auto loser = (*address)->instance;
  if (loser == command.instance) return Outcome{.object = command.address};
  if (loser && !command.allow_reassociation) {
    faults.add("address", conflict("Resource.AlreadyAssociated",
                                   fmt::format("Address {} is associated with instance {}; "
                                               "disassociate it, or allow reassociation",
                                               net::format(command.address), loser->text())));
    return faults.error();
  }
  const auto free = checkNotForwarded(cloud, command.address);
  if (!faults.check("address", free)) return faults.error();
  // One that is on an instance stands on the host already, or waits for its place there.
  const auto* taken = loser ? nullptr : cloud.takenOf(command.address);
  if (taken != nullptr) {
    faults.add("address", collision(command.address, *taken));
    return faults.error();
  }
  takeAddressOff(cloud, command.instance, command.now);
  cloud.put(placed(**address, (*instance)->id));
  if (loser) lendAddress(cloud, *cloud.instance(*loser));
  return Outcome{.object = command.address};
}

Result<Outcome> execute(Cloud& cloud, const DisassociateAddress& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto address = findElastic(cloud, (*account)->id, command.address);
  if (!faults.check("address", address)) return faults.error();
  Outcome outcome{.object = command.address, .keep_flows = command.keep_flows};
  const auto instance = (*address)->instance;
  if (!instance) return outcome;
  cloud.put(placed(**address, {}));
  lendAddress(cloud, *cloud.instance(*instance));
  return outcome;
}

}  // namespace netctl::cloud
