#include "modes/cloud/commands.h"

#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <type_traits>

namespace netctl::cloud {
namespace {

/// Commands that need groups or a pool.
template <class T, class... Others>
constexpr bool kIsOneOf = (std::is_same_v<T, Others> || ...);
template <class T>
constexpr bool kNeedsNetworks =
    kIsOneOf<T, CreatePrefixList, ModifyPrefixList, DeletePrefixList, CreateGroup, DeleteGroup,
             Authorize, Revoke, AllocateAddress, ReleaseAddress, AssociateAddress,
             DisassociateAddress, CreateForward, DeleteForward>;

}  // namespace

Result<Outcome> run(Cloud& cloud, const Command& command) {
  auto outcome = std::visit(
      [&]<class T>(const T& which) -> Result<Outcome> {
        if (const auto mode = cloud.settings().mode; kNeedsNetworks<T> && !hasNetworks(mode)) {
          return needsNetworks(mode, "security groups and elastic addresses");
        }
        return execute(cloud, which);
      },
      command);
  if (outcome) {
    outcome->changed = cloud.hasChanges();
  } else {
    cloud.undo(cloud.takeChanges());
  }
  return outcome;
}

Error conflict(std::string_view reason, std::string message) {
  return {ErrorCode::Conflict, std::string(reason), std::move(message)};
}

Error notFound(std::string_view reason, std::string message) {
  return {ErrorCode::NotFound, std::string(reason), std::move(message)};
}

Error needsNetworks(NetworkMode mode, std::string_view what) {
  return {ErrorCode::Unsupported, "UnsupportedOperation",
          fmt::format("VNET_MODE {} has no {}; MANAGED and MANAGED-NOVLAN have them", format(mode),
                      what)};
}

Error idTaken(std::string_view id) {
  return {ErrorCode::Busy, "Unavailable",
          fmt::format("the new id {} is in use already; try again", quote(id))};
}

Result<Ref<Account>> findAccount(const Cloud& cloud, std::string_view owner) {
  if (!isAccountId(owner)) {
    if (const auto right = checkAccountName(owner); !right) return right.error();
  }
  const auto account = isAccountId(owner) ? cloud.account(AccountId{std::string(owner)})
                                          : cloud.accountByName(owner);
  if (account) return account;
  return notFound("InvalidAccount.NotFound",
                  fmt::format("The account {} does not exist", quote(owner)));
}

Result<Ref<Group>> findGroup(const Cloud& cloud, const AccountId& owner, std::string_view group) {
  Ref<Group> found;
  if (isGroupId(group)) {
    found = cloud.group(GroupId{std::string(group)});
    if (!found) found = defaultGroup(cloud, owner);
    if (found->owner != owner || found->id.value != group) found = nullptr;
  } else if (group.starts_with("sg-")) {
    return Error{ErrorCode::InvalidArgument, "InvalidGroupId.Malformed",
                 fmt::format("{} is not a group's id; write sg- and 8 or 17 lower-case hexadecimal "
                             "digits, or the group's name",
                             quote(group))};
  } else {
    if (const auto right = checkGroupName(group); !right) return right.error();
    found = group == kDefaultGroup ? defaultGroup(cloud, owner) : cloud.groupByName(owner, group);
  }
  if (found) return found;
  return notFound("InvalidGroup.NotFound",
                  fmt::format("The security group {} does not exist", quote(group)));
}

}  // namespace netctl::cloud
