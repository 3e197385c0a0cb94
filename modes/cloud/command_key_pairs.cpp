#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

/// EC2's limit of an account in a region.
constexpr std::size_t kMostKeyPairs = 5000;

}  // namespace

Ref<KeyPair> findKeyPair(const Cloud& cloud, const AccountId& owner, std::string_view key_pair) {
  if (const auto named = cloud.keyPairByName(owner, key_pair)) return named;
  const auto pair = cloud.keyPair(KeyPairId{std::string(key_pair)});
  return pair && pair->owner == owner ? pair : nullptr;
}

Result<Outcome> execute(Cloud& cloud, const AddKeyPair& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  faults.check("owner", account);
  faults.check("name", checkKeyPairName(command.name));
  checkResourceTags(command.resource_tags, faults);
  if (!faults.empty()) return faults.error();
  const auto& owner = (*account)->id;
  if (const auto there = cloud.keyPairByName(owner, command.name)) {
    if (there->public_key == command.public_key) return Outcome{.object = there->id};
    faults.add("name", conflict("InvalidKeyPair.Duplicate",
                                fmt::format("The key pair {} is there with another key; delete it, "
                                            "or choose another name",
                                            quote(command.name))));
  } else if (cloud.keyPairsOf(owner).size() >= kMostKeyPairs) {
    faults.add("owner", conflict("ResourceLimitExceeded",
                                 fmt::format("The account may have {} key pairs at most; delete "
                                             "some",
                                             kMostKeyPairs)));
  }
  if (!faults.empty()) return faults.error();
  if (!isKeyPairId(command.fresh_id.value) || command.public_key.empty()) {
    return Error{ErrorCode::Internal, "InternalError", "a new key pair came without an id or key"};
  }
  if (cloud.keyPair(command.fresh_id)) return idTaken(command.fresh_id.value);
  cloud.put(KeyPair{.id = command.fresh_id,
                    .owner = owner,
                    .name = command.name,
                    .public_key = command.public_key,
                    .fingerprint = command.fingerprint,
                    .created = command.now,
                    .resource_tags = command.resource_tags});
  return Outcome{.object = command.fresh_id};
}

Result<Outcome> execute(Cloud& cloud, const DeleteKeyPair& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto pair = findKeyPair(cloud, (*account)->id, command.key_pair);
  if (!pair) return Outcome{};
  cloud.erase(pair->id);
  return Outcome{.object = pair->id};
}

}  // namespace netctl::cloud
