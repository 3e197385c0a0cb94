#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

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
      return {"RulesPerSecurityGroupLimitExceeded", "permissions in one security group"};
  }
  throw std::logic_error("no such limit");
}

}  // namespace

std::uint32_t limitOf(const Cloud& cloud, const AccountId& account, Limit limit) {
  const auto found = cloud.account(account);
  if (!found) throw std::logic_error("the limit of an account that is not there");
  const auto own = found->limits.find(limit);
  return own != found->limits.end() ? own->second : cloud.settings().limits.at(limit);
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
