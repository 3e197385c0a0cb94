#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "modes/net/protocol.h"
#include "modes/net/tag.h"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

/// The objects of the cloud. They are values: a change makes a new one (see cloud.h).
namespace netctl::cloud {

/// Twelve decimal digits.
struct AccountId {
  std::string value;
  auto operator<=>(const AccountId&) const = default;
};

/// `sg-` and 8 or 17 lower-case hexadecimal digits.
struct GroupId {
  std::string value;
  auto operator<=>(const GroupId&) const = default;
};

/// `key-` and 17 lower-case hexadecimal digits.
struct KeyPairId {
  std::string value;
  auto operator<=>(const KeyPairId&) const = default;
};

/// `pl-` and 17 lower-case hexadecimal digits.
struct PrefixListId {
  std::string value;
  auto operator<=>(const PrefixListId&) const = default;
};

/// `i-` and 8 or 17 hexadecimal digits. Written as the caller wrote it, compared without case.
class InstanceId {
 public:
  static Result<InstanceId> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Lower case; what names of kernel objects and comparisons use.
  [[nodiscard]] const std::string& canonical() const { return canonical_; }
  /// The prefix and the last eight hexadecimal digits of the id.
  [[nodiscard]] net::MacAddress mac(const net::MacPrefix& prefix) const;

  std::strong_ordering operator<=>(const InstanceId& other) const {
    return canonical_ <=> other.canonical_;
  }
  bool operator==(const InstanceId& other) const { return canonical_ == other.canonical_; }

 private:
  explicit InstanceId(std::string text);

  std::string text_;
  std::string canonical_;
};

/// What an account may not have more of than its limit says.
enum class Limit { Addresses, Groups, Permissions, Instances, AutomaticAddresses };
/// Elastic addresses, groups, permissions of one group, instances, and addresses that are lent to
/// instances. What has no value here is not limited.
using Limits = std::map<Limit, std::uint32_t>;
inline constexpr Limit kAllLimits[] = {Limit::Addresses, Limit::Groups, Limit::Permissions,
                                       Limit::Instances, Limit::AutomaticAddresses};
inline constexpr std::uint32_t kNoLimit = 0xffffffff;

/// Names and values that an account gives to what it owns: EC2's resource tags.
using ResourceTags = std::map<std::string, std::string>;

struct Account {
  AccountId id;
  std::string name;    ///< unique
  Limits limits = {};  ///< its own; where it has none, those of the settings count

  bool operator==(const Account&) const = default;
};

/// A key pair of an account, for EC2 clients. The secret is never logged.
struct AccessKey {
  std::string id;
  AccountId owner;
  std::string secret;
  bool enabled = true;

  bool operator==(const AccessKey&) const = default;
};

/// The public half of a key by which an account's people log in to its instances. The private half
/// is with them alone.
struct KeyPair {
  KeyPairId id;
  AccountId owner;
  std::string name;         ///< unique in the account
  std::string public_key;   ///< as a line of OpenSSH's authorized_keys, without a comment
  std::string fingerprint;  ///< as EC2 shows it
  std::chrono::sys_seconds created = {};
  ResourceTags resource_tags = {};

  bool operator==(const KeyPair&) const = default;
};

enum class AddressFamily { Ipv4, Ipv6 };
/// A prefix of either family.
using Cidr = std::variant<net::Ipv4Prefix, net::Ipv6Prefix>;

/// Prefixes of one family that permissions name as one source. One object, whatever it holds.
struct PrefixList {
  static constexpr std::uint32_t kMostEntries = 1000;

  PrefixListId id;
  AccountId owner;
  std::string name;  ///< unique in the account
  AddressFamily family = AddressFamily::Ipv4;
  std::uint32_t max_entries = kMostEntries;  ///< what its owner wants it to hold at most
  std::uint32_t version = 1;                 ///< counts the changes of its entries
  bool modified = false;                     ///< it is not as it was made
  std::string client_token = {};             ///< of its making; empty: none
  std::map<Cidr, std::string> entries = {};  ///< each with its description
  ResourceTags resource_tags = {};

  bool operator==(const PrefixList&) const = default;
};

/// Ingress: what may come to the instances of a group. Egress: what they may send by the gateway of
/// their network.
enum class Direction { Ingress, Egress };

/// The other side, which may send or be sent to: the addresses of a prefix or of a prefix list, or
/// the instances of a group. Instances have no IPv6 addresses: a permission of an IPv6 prefix, or
/// of a list of such, is kept, and lets nothing pass.
using PermissionSource = std::variant<net::Ipv4Prefix, GroupId, net::Ipv6Prefix, PrefixListId>;

/// An id or a CIDR.
std::string format(const PermissionSource& source);

/// One rule of a group with one source; the smallest thing that is authorised or revoked.
struct Permission {
  net::Protocol protocol;
  net::PortRange ports = {};  ///< with tcp and udp; {0, 0} with all others
  net::IcmpMatch icmp = {};   ///< with icmp; empty with all others
  PermissionSource source;
  Direction direction = Direction::Ingress;

  auto operator<=>(const Permission&) const = default;
};

/// The egress permission that each group begins with: everything to everybody.
Permission everythingOut();

/// What a permission bears besides.
struct PermissionDetails {
  std::string note = {};     ///< what it is for, as its owner wrote it
  std::string rule_id = {};  ///< where it does not follow from the permission: see rule_ids.h
  ResourceTags resource_tags = {};

  auto operator<=>(const PermissionDetails&) const = default;
};

/// A named rule set of an account. It has a network, `tag`, while instances have it as first group.
struct Group {
  GroupId id;
  AccountId owner;
  std::string name;  ///< unique in the account
  std::string description;
  std::set<Permission> permissions = {};  ///< of both directions
  std::optional<net::Tag> tag = {};
  /// The tag that it had last; it gets that one again where it is free.
  std::optional<net::Tag> last_tag = {};
  /// Of those of its permissions that bear something.
  std::map<Permission, PermissionDetails> details = {};
  ResourceTags resource_tags = {};

  bool operator==(const Group&) const = default;
};

/// What the permission bears; nothing where the group does not have it.
const PermissionDetails& detailsOf(const Group& group, const Permission& permission);
/// How many of one direction it has.
std::size_t permissionsOf(const Group& group, Direction direction);

enum class Addressing { Public, Private };

/// How an instance may use the metadata service.
struct MetadataOptions {
  static constexpr std::uint32_t kMostHops = 64;  ///< EC2's limit

  bool needs_token = false;      ///< as the settings may say for all
  std::uint32_t token_hops = 1;  ///< the IP time to live of a token's answer
  bool enabled = true;
  bool shows_tags = false;  ///< its resource tags are items

  bool operator==(const MetadataOptions&) const = default;
};

/// Where an instance has a second port while it migrates.
struct Destination {
  std::string node;              ///< empty on the source's host: another one
  std::string device = {};       ///< as named; empty: known by its MAC
  std::string seen_device = {};  ///< as the instance's own

  [[nodiscard]] const std::string& portDevice() const {
    return device.empty() ? seen_device : device;
  }

  bool operator==(const Destination&) const = default;
};

/// A virtual machine's attachment.
struct Instance {
  InstanceId id;
  AccountId owner;
  std::vector<GroupId> groups;  ///< at least one, no group twice; the first gives the network
  std::string node;
  std::string device;  ///< the host's end of its network device, as named; empty: known by its MAC
  net::MacAddress mac;
  std::optional<net::Tag> tag = {};  ///< of its group's network, in the modes that have networks
  std::uint32_t address_index = 0;   ///< with `tag`
  /// Absent: not known yet. Only SYSTEM has such, and learns it.
  std::optional<net::Ipv4Address> private_address = {};
  Addressing addressing = Addressing::Public;
  std::string user_data = {};  ///< bytes
  std::map<std::string, std::string> attributes = {};
  /// On its node: the device that was seen to bear its MAC, where none was named. It stays when
  /// that device goes, until another is seen.
  std::string seen_device = {};
  std::chrono::sys_seconds attached = {};  ///< when it came
  ResourceTags resource_tags = {};
  MetadataOptions metadata = {};
  /// While it migrates. Never on its own node.
  std::optional<Destination> destination = {};

  /// The device that is its port; empty: not known yet.
  [[nodiscard]] const std::string& portDevice() const {
    return device.empty() ? seen_device : device;
  }
  [[nodiscard]] bool migratesTo(std::string_view other) const {
    return destination && destination->node == other;
  }
  /// Whether it has a port on that node, or is to have one.
  [[nodiscard]] bool isOn(std::string_view other) const {
    return node == other || migratesTo(other);
  }
  /// As `device` and `portDevice`, of its port on that node. Precondition: isOn.
  [[nodiscard]] const std::string& namedDeviceOn(std::string_view other) const {
    return migratesTo(other) ? destination->device : device;
  }
  [[nodiscard]] const std::string& portDeviceOn(std::string_view other) const {
    return migratesTo(other) ? destination->portDevice() : portDevice();
  }

  bool operator==(const Instance&) const = default;
};

/// Every node that it has a port on, or is to have one.
std::vector<std::string> nodesOf(const Instance& instance);

/// The name that an instance with an address is told to have, a DNS label: `ip-172-16-0-9`.
std::string hostName(const Instance& instance);

/// What is still told of an instance that was detached, for those who wait for its end.
struct EndedInstance {
  static constexpr std::chrono::hours kShown{1};

  InstanceId id;
  AccountId owner;
  std::chrono::sys_seconds attached = {};
  std::chrono::sys_seconds ended = {};
  std::map<std::string, std::string> attributes = {};
  ResourceTags resource_tags = {};

  [[nodiscard]] bool isShown(std::chrono::sys_seconds now) const { return now - ended < kShown; }

  bool operator==(const EndedInstance&) const = default;
};

/// A public address that an account holds: elastic, or automatic (lent to an instance).
struct Address {
  net::Ipv4Address address;
  AccountId owner;
  std::optional<InstanceId> instance = {};
  bool automatic = false;
  std::string client_token = {};  ///< of the allocation; empty: none
  ResourceTags resource_tags = {};
  bool long_id = false;  ///< its ids (resource_ids.h) have 17 digits, as those of its time

  bool operator==(const Address&) const = default;
};

/// A public address that an account gave back, elastic or lent, and that nobody holds again.
struct ReturnedAddress {
  net::Ipv4Address address;
  AccountId owner;  ///< that had it
  std::chrono::sys_seconds at = {};

  bool operator==(const ReturnedAddress&) const = default;
};

/// One forward at most has a port of a public address: what tells them apart.
struct ForwardId {
  net::Ipv4Address address;
  net::Protocol protocol;
  std::uint16_t first_port = 0;

  auto operator<=>(const ForwardId&) const = default;
};

/// Ports of a public address that lead to as many ports of an instance.
struct Forward {
  static constexpr std::uint32_t kMostPorts = 4096;  ///< each is an element of the kernel's map

  net::Ipv4Address address;
  net::Protocol protocol;  ///< tcp or udp
  net::PortRange ports;
  AccountId owner;  ///< of the instance
  InstanceId instance;
  std::uint16_t instance_port = 0;  ///< where the first port leads to

  [[nodiscard]] ForwardId id() const { return {address, protocol, ports.first}; }
  /// Where one of its ports leads to.
  [[nodiscard]] std::uint16_t portBehind(std::uint16_t port) const {
    return static_cast<std::uint16_t>(port - ports.first + instance_port);
  }

  bool operator==(const Forward&) const = default;
};

/// `203.0.113.10 tcp 8000-8009`.
std::string format(const Forward& forward);

}  // namespace netctl::cloud
