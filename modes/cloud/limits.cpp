#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

/// How EC2 calls it, and how people do.
struct Kind {
  std::string_view reason;
  std::string_view what;
};

Kind kindOf(Limit limit) {
  switch (limit) {
    case Limit::Addresses:
      return {"AddressLimitExceeded", "elastic addresses"};
    case Limit::Groups:
      return {"SecurityGroupLimitExceeded", "security groups"};
    case Limit::Permissions:
      return {"RulesPerSecurityGroupLimitExceeded",
              "permissions of one direction in one security group"};
    case Limit::Instances:
      return {"InstanceLimitExceeded", "instances"};
    case Limit::AutomaticAddresses:
      return {"AddressLimitExceeded", "automatic addresses"};
  }
  throw std::logic_error("no such limit");
}

}  // namespace

std::uint32_t limitOf(const Cloud& cloud, const AccountId& account, Limit limit) {
  const auto found = cloud.account(account);
  if (!found) throw std::logic_error("the limit of an account that is not there");
  const auto own = found->limits.find(limit);
  if (own != found->limits.end()) return own->second;
  const auto usual = cloud.settings().limits.find(limit);
  return usual != cloud.settings().limits.end() ? usual->second : kNoLimit;
}

std::size_t inUse(const Cloud& cloud, const AccountId& account, Limit limit) {
  switch (limit) {
    case Limit::Addresses:
      return cloud.addressesOf(account).size() - cloud.automaticAddressesOf(account);
    case Limit::Groups:
      return cloud.groupsOf(account).size();
    case Limit::Permissions: {
      std::size_t most = 0;
      for (const auto& [name, id] : cloud.groupsOf(account)) {
        for (const auto direction : {Direction::Ingress, Direction::Egress}) {
          most = std::max(most, permissionsOf(*cloud.group(id), direction));
        }
      }
      return most;
    }
    case Limit::Instances:
      return cloud.instancesOf(account);
    case Limit::AutomaticAddresses:
      return cloud.automaticAddressesOf(account);
  }
  throw std::logic_error("no such limit");
}

void raiseLimitsToUse(Cloud& cloud) {
  const auto accounts = cloud.accounts();
  for (const auto& [id, account] : accounts) {
    auto raised = *account;
    for (const auto limit : kAllLimits) {
      const auto used = inUse(cloud, id, limit);
      if (used > limitOf(cloud, id, limit)) raised.limits[limit] = static_cast<std::uint32_t>(used);
    }
    if (raised != *account) cloud.put(std::move(raised));
  }
}

void checkLimit(const Cloud& cloud, const AccountId& owner, Limit limit, std::size_t wanted,
                Faults& faults) {
  const auto most = limitOf(cloud, owner, limit);
  if (wanted <= most) return;
  const auto [reason, what] = kindOf(limit);
  faults.add("owner", conflict(reason, fmt::format("The account may have {} {} at most; give up "
                                                   "some, or have its limit raised",
                                                   most, what)));
}

}  // namespace netctl::cloud
