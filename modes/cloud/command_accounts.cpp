#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

/// The key of that id where it is this account's, else null.
Ref<AccessKey> keyOf(const Cloud& cloud, const Account& account, const std::string& id) {
  const auto key = cloud.key(id);
  return key && key->owner == account.id ? key : nullptr;
}

Result<Outcome> addKey(Cloud& cloud, const AccountId& owner, const std::string& id,
                       const std::string& secret) {
  if (id.empty() || secret.empty()) {
    return Error{ErrorCode::Internal, "InternalError", "a new key came without an id or a secret"};
  }
  if (cloud.key(id)) return idTaken(id);
  AccessKey key{id, owner, secret, true};
  cloud.put(key);
  return Outcome{.object = owner, .key = std::move(key)};
}

}  // namespace

Result<Outcome> execute(Cloud& cloud, const CreateAccount& command) {
  Faults faults;
  if (!faults.check("name", checkAccountName(command.name))) return faults.error();
  // The secret of an account that is there already is not shown again.
  if (const auto account = cloud.accountByName(command.name)) return Outcome{.object = account->id};
  if (!isAccountId(command.fresh_id.value)) {
    return Error{ErrorCode::Internal, "InternalError", "a new account came without an id"};
  }
  if (cloud.account(command.fresh_id)) return idTaken(command.fresh_id.value);
  cloud.put(Account{command.fresh_id, command.name});
  return addKey(cloud, command.fresh_id, command.fresh_key_id, command.fresh_secret);
}

Result<Outcome> execute(Cloud& cloud, const DeleteAccount& command) {
  Faults faults;
  const auto found = findAccount(cloud, command.owner);
  if (!found && found.error().code == ErrorCode::NotFound) return Outcome{};
  if (!faults.check("owner", found)) return faults.error();
  const auto& account = **found;
  const auto refuse = [&](const std::string& what) {
    faults.add("owner",
               conflict("DependencyViolation",
                        fmt::format("account {} cannot be deleted: {}", account.name, what)));
  };
  const auto groups = cloud.groupsOf(account.id);
  for (const auto& [name, id] : groups) {
    if (const auto count = cloud.members(id).size(); count > 0) {
      refuse(fmt::format("group {} has {} instances; detach them", quote(name), count));
    }
    if (name != kDefaultGroup) {
      refuse(fmt::format("it has the group {}; delete it", quote(name)));
      continue;
    }
    auto others = cloud.groupsThatName(id);
    others.erase(id);
    // Who else of its own account names it goes first anyhow: only other accounts' count here.
    std::erase_if(others,
                  [&](const auto& other) { return cloud.group(other)->owner == account.id; });
    if (!others.empty()) refuse("permissions of another account name its default group");
  }
  const auto addresses = cloud.addressesOf(account.id);
  for (const auto address : addresses) {
    // An automatic one goes with its instance, which was named above.
    if (cloud.address(address)->automatic) continue;
    refuse(fmt::format("it holds the address {}; release it", net::format(address)));
  }
  if (!faults.empty()) return faults.error();
  for (const auto& [name, id] : groups) cloud.erase(id);
  const auto keys = cloud.keysOf(account.id);
  for (const auto& key : keys) cloud.eraseKey(key);
  const auto pairs = cloud.keyPairsOf(account.id);
  for (const auto& [name, pair] : pairs) cloud.erase(pair);
  const auto lists = cloud.prefixListsOf(account.id);
  for (const auto& [name, list] : lists) cloud.erase(list);
  const auto ended = cloud.endedInstances();
  for (const auto& [instance, what] : ended) {
    if (what->owner == account.id) cloud.eraseEnded(instance);
  }
  const auto id = account.id;
  cloud.erase(id);
  return Outcome{.object = id};
}

Result<Outcome> execute(Cloud& cloud, const ModifyAccount& command) {
  Faults faults;
  const auto found = findAccount(cloud, command.owner);
  if (!faults.check("owner", found)) return faults.error();
  auto account = **found;
  for (const auto& [limit, value] : command.limits) {
    if (value) {
      account.limits[limit] = *value;
    } else {
      account.limits.erase(limit);
    }
  }
  const auto id = account.id;
  if (account != **found) cloud.put(std::move(account));
  return Outcome{.object = id};
}

Result<Outcome> execute(Cloud& cloud, const CreateKey& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  return addKey(cloud, (*account)->id, command.fresh_key_id, command.fresh_secret);
}

Result<Outcome> execute(Cloud& cloud, const DisableKey& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto key = keyOf(cloud, **account, command.key);
  if (!key) {
    faults.add("access_key",
               notFound("InvalidAccessKey.NotFound",
                        fmt::format("The access key {} does not exist", quote(command.key))));
    return faults.error();
  }
  if (key->enabled) cloud.put(AccessKey{key->id, key->owner, key->secret, false});
  return Outcome{.object = (*account)->id};
}

Result<Outcome> execute(Cloud& cloud, const DeleteKey& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  if (keyOf(cloud, **account, command.key)) cloud.eraseKey(command.key);
  return Outcome{.object = (*account)->id};
}

}  // namespace netctl::cloud
