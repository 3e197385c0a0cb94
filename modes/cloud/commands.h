#pragma once

#include "modes/cloud/cloud.h"
#include "modes/net/listener.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What callers may ask of the cloud. A command succeeds as a whole or changes nothing.
///
/// `owner` is an account's name or id, `group` a group's name or id. Members called `fresh...` are
/// candidates for new ids and secrets, made by the caller, since this floor has no randomness.
/// Repeating a command that has already had its effect succeeds with `changed` false, and so does
/// removing what is not there. Only CreateKey makes another one each time.
namespace netctl::cloud {

struct CreateAccount {
  std::string name;
  AccountId fresh_id;
  std::string fresh_key_id;
  std::string fresh_secret;
};
struct DeleteAccount {
  std::string owner;
};
struct ModifyAccount {
  std::string owner;
  /// Those to be set; absent values take the settings' again.
  std::map<Limit, std::optional<std::uint32_t>> limits;
};
struct CreateKey {
  std::string owner;
  std::string fresh_key_id;
  std::string fresh_secret;
};
struct DisableKey {
  std::string owner;
  std::string key;
};
struct DeleteKey {
  std::string owner;
  std::string key;
};

/// Gives an account a public key for its instances. Its name with another key is refused.
struct AddKeyPair {
  std::string owner;
  std::string name;
  std::string public_key;  ///< as a line of authorized_keys, without a comment
  std::string fingerprint;
  std::chrono::sys_seconds now = {};
  ResourceTags resource_tags = {};
  KeyPairId fresh_id = {};
  /// Of a pair that was made just now: for the answer alone, and never kept.
  std::string private_key = {};
};
struct DeleteKeyPair {
  std::string owner;
  std::string key_pair;  ///< name or id
};

struct PrefixListEntry {
  Cidr cidr;
  std::string description = {};
};
/// Makes a prefix list. Its name with other contents is refused.
struct CreatePrefixList {
  std::string owner;
  std::string name;
  AddressFamily family = AddressFamily::Ipv4;
  std::uint32_t max_entries = PrefixList::kMostEntries;
  std::vector<PrefixListEntry> entries = {};
  std::string client_token = {};  ///< with the same one it is the same list
  ResourceTags resource_tags = {};
  PrefixListId fresh_id = {};
};
/// Whatever permissions name the list follow; flows that only a removed entry allowed are cut.
struct ModifyPrefixList {
  std::string owner;
  std::string prefix_list;  ///< name or id
  std::optional<std::string> name = {};
  std::optional<std::uint32_t> max_entries = {};
  std::vector<PrefixListEntry> add = {};  ///< one that is there gets the new description
  std::vector<Cidr> remove = {};
  std::optional<std::uint32_t> version = {};  ///< refused where the list is of another
  bool keep_flows = false;
};
/// Refused while a permission names the list.
struct DeletePrefixList {
  std::string owner;
  std::string prefix_list;  ///< name or id
};

struct CreateGroup {
  std::string owner;
  std::string name;
  std::string description = {};
  GroupId fresh_id;
  ResourceTags resource_tags = {};
};
struct DeleteGroup {
  std::string owner;
  std::string group;
};

/// Names a source group: by id, or by name in an account (absent: the caller's own).
struct GroupReference {
  std::string owner;
  std::string group;
};
/// Permissions that differ only in their source, as callers write them. At least one source.
struct PermissionRequest {
  net::Protocol protocol;
  net::PortRange ports = {};
  net::IcmpMatch icmp = {};
  std::vector<net::Ipv4Prefix> cidrs = {};
  std::vector<GroupReference> groups = {};
  std::vector<net::Ipv6Prefix> ipv6_cidrs = {};
  std::vector<std::string> prefix_lists = {};  ///< the owner's, by name or id
  Direction direction = Direction::Ingress;
  std::string note = {};            ///< what it is for; Revoke does not look at it
  ResourceTags resource_tags = {};  ///< of each permission; Authorize alone looks at them
};
struct Authorize {
  std::string owner;
  std::string group;
  std::vector<PermissionRequest> permissions;
  /// A permission that the group has, or that is asked for twice, refuses the command.
  bool only_new = false;
};
/// What a revoke makes of permissions that the group does not have.
enum class Absent { Ignored, NotAll, Refused };
struct Revoke {
  std::string owner;
  std::string group;
  std::vector<PermissionRequest> permissions;
  bool keep_flows = false;
  Absent absent = Absent::Ignored;
};

/// Makes a permission another one of the same direction, which keeps its id and its tags. The flows
/// that only the former one allowed are cut.
struct ModifyPermissions {
  struct Modification {
    std::string rule_id;
    PermissionRequest permission;  ///< with one source
  };
  std::string owner;
  std::string group;
  std::vector<Modification> modifications;
};
/// Gives permissions that the group has the notes of the requests. One that it does not have
/// refuses the command.
struct NotePermissions {
  std::string owner;
  std::string group;
  std::vector<PermissionRequest> permissions;
};

struct AllocateAddress {
  std::string owner;
  std::optional<net::Ipv4Address> address = {};
  std::string client_token = {};
  ResourceTags resource_tags = {};
  std::chrono::sys_seconds now = {};
};
struct ReleaseAddress {
  std::string owner;
  net::Ipv4Address address;
  std::chrono::sys_seconds now = {};
};
struct AssociateAddress {
  std::string owner;
  net::Ipv4Address address;
  InstanceId instance;
  bool allow_reassociation = false;
  std::chrono::sys_seconds now = {};
};
struct DisassociateAddress {
  std::string owner;
  net::Ipv4Address address;
  bool keep_flows = false;
};

/// Leads ports of a public address to as many ports of an instance. The address is one that the
/// account holds and no instance has, or the host's own one: of that no port at which the host
/// listens, and never TCP 22.
struct CreateForward {
  std::string owner;
  net::Ipv4Address address;
  net::Protocol protocol;
  net::PortRange ports;
  InstanceId instance;
  std::uint16_t instance_port = 0;            ///< where the first of `ports` leads to
  std::vector<net::Listener> listeners = {};  ///< the host's, as the caller found them
};
struct DeleteForward {
  std::string owner;
  net::Ipv4Address address;
  net::Protocol protocol;
  std::uint16_t first_port = 0;
  bool keep_flows = false;
};

/// Options of an instance's metadata; what is absent stays, or is as usual.
struct MetadataChange {
  std::optional<bool> needs_token = {};
  std::optional<std::uint32_t> token_hops = {};
  std::optional<bool> enabled = {};
  std::optional<bool> shows_tags = {};

  bool operator==(const MetadataChange&) const = default;
};
struct AttachInstance {
  InstanceId instance;
  std::string owner;
  std::vector<std::string> groups = {};  ///< empty: `default`
  std::string node = {};                 ///< empty: this host
  std::string device = {};
  std::optional<net::MacAddress> mac = {};
  std::optional<net::Tag> tag = {};
  std::optional<std::uint32_t> address_index = {};
  Addressing addressing = Addressing::Public;
  std::string user_data = {};
  std::map<std::string, std::string> attributes = {};
  std::chrono::sys_seconds now = {};
  ResourceTags resource_tags = {};
  MetadataChange metadata = {};
};
/// Attaches them in their order. The first `at_least` must succeed; where a later one does not, it
/// and those behind it are left out.
struct AttachInstances {
  std::vector<AttachInstance> instances;
  std::size_t at_least = 1;
};
struct ModifyInstance {
  InstanceId instance;
  std::string owner = {};  ///< another account's is not found; empty: any account's
  std::optional<std::vector<std::string>> groups = {};  ///< the first must stay the first
  std::optional<std::string> node = {};
  std::optional<std::string> device = {};
  std::optional<std::map<std::string, std::string>> attributes = {};
  MetadataChange metadata = {};
  bool keep_flows = false;
};
/// A hypervisor moves a running instance: meanwhile it has a second port. `Begin` opens that one,
/// `Finish` closes the first, and `Cancel` the second. Which of the two others is right is known
/// when the first device goes.
struct MigrateInstance {
  enum class Step { Begin, Finish, Cancel };
  InstanceId instance;
  Step step = Step::Begin;
  std::string node = {};    ///< where to; with the other steps, empty: wherever it migrates to
  std::string device = {};  ///< with Begin: there; empty: known by its MAC
};
/// A host has seen the network device that bears the MAC of an instance without a named one.
/// Nobody asks for it: where there is no such instance any more, or the device is another's,
/// nothing changes.
struct SeeDevice {
  InstanceId instance;
  std::string device;
};
/// What crossed an instance's port says which address it has: by a lease, which the site's DHCP
/// server gave it, or by its own word alone (ARP). Nobody asks for it: without such an instance, or
/// where the mode gives the addresses, nothing changes. Conflict where its own word alone would
/// give it another instance's address, or another one than it has; a lease takes the address from
/// who had it before.
struct LearnAddress {
  InstanceId instance;
  net::Ipv4Address address;
  bool leased = false;
};
struct DetachInstance {
  InstanceId instance;
  bool keep_flows = false;
  /// From then on it is shown as ended; absent: nothing is, and its address was given back long
  /// ago.
  std::optional<std::chrono::sys_seconds> now = {};
};
/// All of them or none; one that is not there or is another account's refuses the command. One that
/// is still shown as ended stays so.
struct DetachInstances {
  std::string owner;
  std::vector<InstanceId> instances;
  std::chrono::sys_seconds now = {};
};

/// Gives resource tags to groups, permissions, instances, addresses, key pairs and prefix lists,
/// which `resources` names by `sg-`, `sgr-`, `i-`, `eipalloc-`, `key-` and `pl-`. A name that is
/// there gets the new value.
struct TagResources {
  std::string owner;
  std::vector<std::string> resources;
  ResourceTags tags;
};
/// Takes resource tags away: with a value only where it is that one; without any, all of them.
struct UntagResources {
  std::string owner;
  std::vector<std::string> resources;
  std::map<std::string, std::optional<std::string>> tags;
};

using Command =
    std::variant<CreateAccount, DeleteAccount, ModifyAccount, CreateKey, DisableKey, DeleteKey,
                 AddKeyPair, DeleteKeyPair, CreatePrefixList, ModifyPrefixList, DeletePrefixList,
                 CreateGroup, DeleteGroup, Authorize, Revoke, ModifyPermissions, NotePermissions,
                 AllocateAddress, ReleaseAddress, AssociateAddress, DisassociateAddress,
                 CreateForward, DeleteForward, AttachInstance, AttachInstances, ModifyInstance,
                 MigrateInstance, SeeDevice, LearnAddress, DetachInstance, DetachInstances,
                 TagResources, UntagResources>;

/// What a command did.
struct Outcome {
  bool changed = false;
  /// The object that the command was about, for the answer.
  std::variant<std::monostate, AccountId, KeyPairId, PrefixListId, GroupId, net::Ipv4Address,
               InstanceId>
      object = {};
  /// A key made by this command: the only time that its secret is shown.
  std::optional<AccessKey> key = {};
  /// Flows that this command made illegal go on.
  bool keep_flows = false;
  /// What an administrator should know of how it was done; mostly nothing.
  std::string notice = {};
};

/// Runs one command. On an error the cloud is as before, also its record of changes.
/// Precondition: the record of changes is empty (takeChanges was called).
Result<Outcome> run(Cloud& cloud, const Command& command);

/// UnsupportedOperation for what only modes with networks have: names the mode and them.
Error needsNetworks(NetworkMode mode, std::string_view what);

/// The account of a name or id. NotFound (`InvalidAccount.NotFound`), or InvalidArgument where it
/// can be neither.
Result<Ref<Account>> findAccount(const Cloud& cloud, std::string_view owner);
/// The account's `default` group. Every account has one: where no command has named it yet, this
/// is how the first one that does will make it. Its id follows from the account's.
Ref<Group> defaultGroup(const Cloud& cloud, const AccountId& owner);
/// The group of a name or id that this account owns, defaultGroup() among them. NotFound
/// (`InvalidGroup.NotFound`) where there is none and where it is another account's,
/// InvalidArgument where the text can be neither a name nor an id.
Result<Ref<Group>> findGroup(const Cloud& cloud, const AccountId& owner, std::string_view group);
/// The key pair of a name or id that this account owns; null where there is none.
Ref<KeyPair> findKeyPair(const Cloud& cloud, const AccountId& owner, std::string_view key_pair);
/// The prefix list of a name or id that this account owns. NotFound
/// (`InvalidPrefixListID.NotFound`) where there is none and where it is another account's,
/// InvalidArgument where the text can be neither a name nor an id.
Result<Ref<PrefixList>> findPrefixList(const Cloud& cloud, const AccountId& owner,
                                       std::string_view prefix_list);
/// What counts for an account: its own limit, else the settings'.
std::uint32_t limitOf(const Cloud& cloud, const AccountId& account, Limit limit);
/// How much the account has of what that limit is for; of permissions, those of its greatest group.
std::size_t inUse(const Cloud& cloud, const AccountId& account, Limit limit);
/// Gives each account that has more than its limit says a limit of its own: what it has. For a
/// cloud from before there were such limits.
void raiseLimitsToUse(Cloud& cloud);

}  // namespace netctl::cloud
