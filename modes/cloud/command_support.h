#pragma once

#include "modes/cloud/commands.h"
#include "modes/cloud/faults.h"

#include <string_view>

/// What the commands share. Internal to modes/cloud.
///
/// Every `execute` may leave edits behind when it fails: `run` takes them back. What changed is
/// what was recorded, so that none of them sets Outcome::changed, and none puts a value that is
/// there already.
namespace netctl::cloud {

inline constexpr std::string_view kDefaultGroup = "default";

Result<Outcome> execute(Cloud& cloud, const CreateAccount& command);
Result<Outcome> execute(Cloud& cloud, const DeleteAccount& command);
Result<Outcome> execute(Cloud& cloud, const ModifyAccount& command);
Result<Outcome> execute(Cloud& cloud, const CreateKey& command);
Result<Outcome> execute(Cloud& cloud, const DisableKey& command);
Result<Outcome> execute(Cloud& cloud, const DeleteKey& command);
Result<Outcome> execute(Cloud& cloud, const AddKeyPair& command);
Result<Outcome> execute(Cloud& cloud, const DeleteKeyPair& command);
Result<Outcome> execute(Cloud& cloud, const CreatePrefixList& command);
Result<Outcome> execute(Cloud& cloud, const ModifyPrefixList& command);
Result<Outcome> execute(Cloud& cloud, const DeletePrefixList& command);
Result<Outcome> execute(Cloud& cloud, const CreateGroup& command);
Result<Outcome> execute(Cloud& cloud, const DeleteGroup& command);
Result<Outcome> execute(Cloud& cloud, const Authorize& command);
Result<Outcome> execute(Cloud& cloud, const Revoke& command);
Result<Outcome> execute(Cloud& cloud, const ModifyPermissions& command);
Result<Outcome> execute(Cloud& cloud, const NotePermissions& command);
Result<Outcome> execute(Cloud& cloud, const AllocateAddress& command);
Result<Outcome> execute(Cloud& cloud, const ReleaseAddress& command);
Result<Outcome> execute(Cloud& cloud, const AssociateAddress& command);
Result<Outcome> execute(Cloud& cloud, const DisassociateAddress& command);
Result<Outcome> execute(Cloud& cloud, const CreateForward& command);
Result<Outcome> execute(Cloud& cloud, const DeleteForward& command);
Result<Outcome> execute(Cloud& cloud, const AttachInstance& command);
Result<Outcome> execute(Cloud& cloud, const AttachInstances& command);
Result<Outcome> execute(Cloud& cloud, const ModifyInstance& command);
Result<Outcome> execute(Cloud& cloud, const MigrateInstance& command);
Result<Outcome> execute(Cloud& cloud, const SeeDevice& command);
Result<Outcome> execute(Cloud& cloud, const LearnAddress& command);
Result<Outcome> execute(Cloud& cloud, const DetachInstance& command);
Result<Outcome> execute(Cloud& cloud, const DetachInstances& command);
Result<Outcome> execute(Cloud& cloud, const TagResources& command);
Result<Outcome> execute(Cloud& cloud, const UntagResources& command);

/// An error of the cloud's state: the request is right and cannot be done now.
Error conflict(std::string_view reason, std::string message);
/// The same for what is not there and for what belongs to another account.
Error notFound(std::string_view reason, std::string message);
/// A candidate for a new id is in use already: the caller draws another.
Error idTaken(std::string_view id);

/// The group of that id, whoever owns it, a `default` that is not there yet among them; null where
/// there is none.
Ref<Group> groupOfAnyone(const Cloud& cloud, const GroupId& id);
/// As findGroup, and puts `default` into the cloud where it is not there yet.
Result<Ref<Group>> findOrMakeGroup(Cloud& cloud, const AccountId& owner, std::string_view group);

/// The instance where it is this account's.
Result<Ref<Instance>> findInstance(const Cloud& cloud, const AccountId& owner,
                                   const InstanceId& id);
/// The address where this account holds it, elastic or automatic.
Result<Ref<Address>> findAddress(const Cloud& cloud, const AccountId& owner,
                                 net::Ipv4Address address);
/// The same of an elastic one; refused where it is automatic.
Result<Ref<Address>> findElastic(const Cloud& cloud, const AccountId& owner,
                                 net::Ipv4Address address);
/// That something else on the cluster host has the address.
Error collision(net::Ipv4Address address, const Taken& taken);
/// Refused where the address has forwards: names them.
Result<void> checkNotForwarded(const Cloud& cloud, net::Ipv4Address address);
/// A fault where an account would have more than it may.
void checkLimit(const Cloud& cloud, const AccountId& owner, Limit limit, std::size_t wanted,
                Faults& faults);
void checkResourceTags(const ResourceTags& tags, Faults& faults);

/// Gives the account the address: nobody has given it back any more.
void holdAddress(Cloud& cloud, Address address);
/// Nobody holds the address from now on; its account gave it back.
void returnAddress(Cloud& cloud, const Address& address, std::chrono::sys_seconds now);
/// Lends the instance the next free public address where its addressing is public and one is
/// free, within the account's limit. Where none is, it goes without: what took its elastic address
/// away was asked for and happens all the same.
void lendAddress(Cloud& cloud, const Instance& instance);
/// Takes the public address off the instance: an automatic one goes back to the pool, an elastic
/// one stays its owner's.
void takeAddressOff(Cloud& cloud, const InstanceId& instance, std::chrono::sys_seconds now);
/// Ends all that leads to the instance.
void endForwards(Cloud& cloud, const InstanceId& instance);

}  // namespace netctl::cloud
