#include "modes/firewall/flows.h"

#include "modes/cloud/prefix_lists.h"
#include "modes/firewall/forwards.h"
#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"
#include "modes/render/former_cloud.h"

#include <algorithm>
#include <optional>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::Direction;
using cloud::Instance;
using cloud::Permission;
using cloud::Ref;
using net::Ipv4Address;

/// A conntrack entry as the rules see it.
class Judge {
 public:
  Judge(const Cloud& cloud, const host::Flow& flow)
      : cloud_(cloud),
        settings_(cloud.settings()),
        flow_(flow.original),
        turned_(flow.turned),
        asked_(flow.original.destination),
        target_address_(flow.reply.source),
        target_port_(flow.reply.source_port),
        seen_as_(flow.reply.destination),
        sender_(cloud.instanceByPrivateAddress(flow.original.source)),
        target_(cloud.instanceByPrivateAddress(flow.reply.source)) {}

  [[nodiscard]] FlowFate fate() const {
    // Public addresses of instances stand on this host: only the host itself sends from them.
    if (placeOf(flow_.source)) return FlowFate::Keep;
    const auto inwards = fateOfDestination();
    const auto outwards = fateOfSource();
    if (inwards == FlowFate::BeginAnew || outwards == FlowFate::BeginAnew) {
      return FlowFate::BeginAnew;
    }
    const bool right = inwards == FlowFate::Keep && outwards == FlowFate::Keep;
    return right && isAdmitted() ? FlowFate::Keep : FlowFate::Cut;
  }

 private:
  /// Where a public address leads now.
  [[nodiscard]] std::optional<Ipv4Address> placeOf(Ipv4Address address) const {
    const auto found = cloud_.address(address);
    if (!found || !found->instance) return std::nullopt;
    return cloud_.instance(*found->instance)->private_address.value();
  }

  [[nodiscard]] FlowFate fateOfDestination() const {
    const bool is_own = std::ranges::binary_search(settings_.host.public_addresses, asked_);
    if (!is_own && !settings_.pool.contains(asked_)) return FlowFate::Keep;
    if (const auto place = placeOf(asked_)) {
      return *place == target_address_ ? FlowFate::Keep : FlowFate::BeginAnew;
    }
    if (const auto to = forwardedTo(cloud_, {asked_, flow_.protocol, flow_.destination_port})) {
      if (*to == host::PrivatePort{target_address_, target_port_}) return FlowFate::Keep;
      // A connection of the host's own. Packets of UDP may be from before there was the forward.
      const bool is_hosts = is_own && asked_ == target_address_;
      return is_hosts && flow_.protocol == net::kTcp.number ? FlowFate::Keep : FlowFate::BeginAnew;
    }
    if (asked_ == target_address_) return FlowFate::Keep;
    // What goes out masqueraded looks, turned, as if it had been led from the host's address.
    const bool was_led = !is_own || (!turned_ && isPrivate(target_address_));
    return was_led ? FlowFate::Cut : FlowFate::Keep;
  }

  [[nodiscard]] FlowFate fateOfSource() const {
    if (!isPrivate(flow_.source) || !settings_.pool.contains(seen_as_)) return FlowFate::Keep;
    if (placeOf(seen_as_) == flow_.source) return FlowFate::Keep;
    // The instance's next packet leaves by its present address, and packets for the new owner of
    // the old one must not come here.
    return sender_ || placeOf(seen_as_) ? FlowFate::BeginAnew : FlowFate::Cut;
  }

  [[nodiscard]] bool isPrivate(Ipv4Address address) const {
    return settings_.plan.subnet.contains(address);
  }

  /// One of the first addresses of a network, which no instance can have.
  [[nodiscard]] bool isGateway(Ipv4Address address) const {
    const auto place = settings_.plan.locate(address);
    return place && place->index > 0 && place->index < cloud::AddressPlan::kFirstHostIndex;
  }

  [[nodiscard]] bool isAdmitted() const {
    if (!isPrivate(flow_.source)) {
      return !isPrivate(target_address_) || isGateway(target_address_) ||
             (target_ && targetAdmits());
    }
    if (isGateway(flow_.source)) return true;
    if (!sender_) return false;
    if (asked_ == kMetadataAddress) return true;
    if (!isPrivate(target_address_)) return isOutside(target_address_) && senderMaySend();
    if (isGateway(target_address_)) return true;
    const auto network = settings_.plan.network(sender_->tag.value());
    if (network.contains(target_address_)) return target_ || target_address_ == network.last();
    return target_ && targetAdmits() && senderMaySend();
  }

  [[nodiscard]] bool senderMaySend() const {
    return isQuestionToDns() ||
           isPermitted(*sender_, Direction::Egress,
                       [&](const cloud::PermissionSource& to) { return isDestination(to); });
  }

  [[nodiscard]] bool isQuestionToDns() const {
    return target_address_ == settings_.dns && flow_.destination_port == kDnsPort &&
           (flow_.protocol == net::kUdp.number || flow_.protocol == net::kTcp.number);
  }

  /// True where instances may send to, outside the private subnet.
  [[nodiscard]] bool isOutside(Ipv4Address address) const {
    return !settings_.pool.contains(address) &&
           std::ranges::none_of(settings_.deny, [&](const net::Ipv4Prefix& denied) {
             return denied.contains(address);
           });
  }

  [[nodiscard]] bool targetAdmits() const {
    return isPermitted(*target_, Direction::Ingress,
                       [&](const cloud::PermissionSource& from) { return isSource(from); });
  }

  [[nodiscard]] bool isPermitted(const Instance& instance, Direction direction,
                                 const auto& is_source) const {
    return std::ranges::any_of(instance.groups, [&](const cloud::GroupId& id) {
      return std::ranges::any_of(cloud_.group(id)->permissions, [&](const Permission& permission) {
        return permission.direction == direction && isKind(permission) &&
               is_source(permission.source);
      });
    });
  }

  [[nodiscard]] bool isKind(const Permission& permission) const {
    if (permission.protocol == net::kAnyProtocol) return true;
    // No rule is made for protocol 0: see appendRules.
    if (permission.protocol.number == 0 || permission.protocol.number != flow_.protocol) {
      return false;
    }
    if (permission.protocol == net::kTcp || permission.protocol == net::kUdp) {
      return permission.ports.contains(target_port_);
    }
    const auto& [type, code] = permission.icmp;
    return (!type || type == flow_.icmp_type) && (!code || code == flow_.icmp_code);
  }

  [[nodiscard]] bool isSource(const cloud::PermissionSource& source) const {
    if (isInGroup(sender_, source)) return true;
    if (isAmong(flow_.source, source)) return true;
    if (!sender_ || asked_ == target_address_) return false;
    const auto address = cloud_.addressOf(sender_->id);
    return address && isAmong(address->address, source);
  }

  [[nodiscard]] bool isDestination(const cloud::PermissionSource& source) const {
    if (isInGroup(target_, source)) return true;
    if (isAmong(target_address_, source)) return true;
    if (!target_) return isAmong(asked_, source);
    // A forward does not make its address the instance's own.
    const auto address = cloud_.addressOf(target_->id);
    return asked_ != target_address_ && address && isAmong(address->address, source);
  }

  /// True where the source is a prefix or a list of them, and has the address.
  [[nodiscard]] bool isAmong(Ipv4Address address, const cloud::PermissionSource& source) const {
    if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&source)) {
      return prefix->contains(address);
    }
    const auto* const list = std::get_if<cloud::PrefixListId>(&source);
    return list != nullptr && cloud::holds(*cloud_.prefixList(*list), address);
  }

  static bool isInGroup(const Ref<Instance>& instance, const cloud::PermissionSource& source) {
    const auto* const group = std::get_if<cloud::GroupId>(&source);
    return group != nullptr && instance &&
           std::ranges::find(instance->groups, *group) != instance->groups.end();
  }

  const Cloud& cloud_;
  const cloud::Settings& settings_;
  const host::FlowTuple& flow_;
  bool turned_;
  Ipv4Address asked_;           ///< where the first packet was sent to
  Ipv4Address target_address_;  ///< where it was led to
  std::uint16_t target_port_;
  Ipv4Address seen_as_;  ///< the address by which its sender is seen there
  Ref<Instance> sender_;
  Ref<Instance> target_;
};

bool includesAll(const std::vector<cloud::GroupId>& groups,
                 const std::vector<cloud::GroupId>& wanted) {
  return std::ranges::all_of(wanted, [&](const cloud::GroupId& id) {
    return std::ranges::find(groups, id) != groups.end();
  });
}

/// The host has answered packets to its own address that a new forward leads away now.
bool isOwnUdp(const cloud::Settings& settings, const cloud::ForwardId& id) {
  return id.protocol == net::kUdp && !settings.pool.contains(id.address);
}

bool hasAllOf(const cloud::PrefixList& list, const cloud::PrefixList& wanted) {
  return std::ranges::all_of(wanted.entries,
                             [&](const auto& entry) { return list.entries.contains(entry.first); });
}

}  // namespace

FlowFate fateOf(const Cloud& cloud, const host::Flow& flow) {
  if (!cloud::hasNetworks(cloud.settings().mode)) return FlowFate::Keep;
  if (!flow.turned) return Judge(cloud, flow).fate();
  const host::Flow as_it_began{.original = flow.reply, .reply = flow.original, .turned = true};
  return Judge(cloud, as_it_began).fate();
}

bool isLegal(const Cloud& cloud, const host::Flow& flow) {
  return fateOf(cloud, flow) == FlowFate::Keep;
}

std::set<Ipv4Address> addressesAtStake(const Cloud& cloud, const cloud::Changes& changes) {
  std::set<Ipv4Address> at_stake;
  const auto add_members = [&](const cloud::GroupId& id) {
    for (const auto& member : cloud.members(id)) {
      at_stake.insert(cloud.instance(member)->private_address.value());
    }
  };
  // Elsewhere nothing is permitted or forbidden by us, and an instance's flows are the site's.
  if (!cloud::hasNetworks(cloud.settings().mode)) return at_stake;
  for (const auto& [id, change] : changes.groups) {
    if (!change.before || !change.after) continue;
    const auto& former = change.before->permissions;
    const auto& current = change.after->permissions;
    if (std::ranges::includes(current, former)) continue;
    add_members(id);
  }
  for (const auto& [id, change] : changes.prefix_lists) {
    if (!change.before || !change.after || hasAllOf(*change.after, *change.before)) continue;
    for (const auto& group : cloud.groupsThatName(id)) add_members(group);
  }
  for (const auto& [id, change] : changes.instances) {
    if (!change.before) continue;
    const auto& was = *change.before;
    if (change.after && change.after->private_address == was.private_address &&
        includesAll(change.after->groups, was.groups)) {
      continue;
    }
    at_stake.insert(was.private_address.value());
  }
  const render::FormerCloud former(cloud, changes);
  const auto place_in = [](const auto& in,
                           const Ref<cloud::Address>& address) -> std::optional<Ipv4Address> {
    if (!address || !address->instance) return std::nullopt;
    return in.instance(*address->instance)->private_address.value();
  };
  for (const auto& [address, change] : changes.addresses) {
    const auto place = place_in(former, change.before);
    if (place && place != place_in(cloud, change.after)) at_stake.insert(address);
  }
  for (const auto& [id, change] : changes.forwards) {
    const auto& [was, is] = change;
    if (was ? !is || *is != *was : isOwnUdp(cloud.settings(), id)) {
      at_stake.insert(id.address);
    }
  }
  return at_stake;
}

std::set<Ipv4Address> addressesLeft(const cloud::Changes& changes) {
  std::set<Ipv4Address> left;
  for (const auto& [id, change] : changes.instances) {
    if (!change.before || !change.before->private_address) continue;
    if (change.after && change.after->private_address == change.before->private_address) continue;
    left.insert(*change.before->private_address);
  }
  return left;
}

}  // namespace netctl::firewall
