#pragma once

#include "modes/firewall/permission_changes.h"
#include "modes/firewall/set_members.h"
#include "modes/render/renderer.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

/// The sets that the rules of wide permissions match: one for each source that a permission names.
namespace netctl::firewall {

template <class Id>
const std::set<cloud::GroupId>& groupsNaming(const cloud::Cloud& cloud, const Id& source) {
  return cloud.groupsThatName(source);
}

inline const std::set<cloud::GroupId>& groupsNaming(const cloud::Cloud& cloud,
                                                    const net::Ipv4Prefix& source) {
  static const std::set<cloud::GroupId> kNone;
  const auto found = cloud.groupsByCidr().find(source);
  return found == cloud.groupsByCidr().end() ? kNone : found->second;
}

template <class Source>
bool isNamed(const cloud::Cloud& cloud, const Source& source) {
  return !groupsNaming(cloud, source).empty();
}

template <class Source>
bool isNamed(const render::FormerCloud& former, const Source& source) {
  const auto& changes = former.changes().groups;
  const auto has_source = [&](const cloud::Permission& permission) {
    return permission.source == cloud::PermissionSource(source);
  };
  return std::ranges::any_of(groupsNaming(former.now(), source),
                             [&](const cloud::GroupId& id) { return !changes.contains(id); }) ||
         std::ranges::any_of(changes, [&](const auto& entry) {
           const auto& before = entry.second.before;
           return before && std::ranges::any_of(before->permissions, has_source);
         });
}

/// The sets of one sort of sources. A kind tells of a source:
///   kType                              the type of its set
///   name(source)                       its set
///   needsSet(settings, source)         while it is named
///   forAllNamed(cloud, visit)          the sources that are named now
///   members(cloud, source)             all members
///   has(cloud, source, member)         whether it is one of them
///   touchMembers(former, touch)        the members that may have come or gone
template <class Kind>
class SourceSets : public render::Renderer {
 public:
  using Source = typename Kind::Source;

  void renderAll(const cloud::Cloud& cloud, host::HostState& state) const override {
    Kind::forAllNamed(cloud, [&](const Source& source) {
      if (Kind::needsSet(cloud.settings(), source)) putSet(cloud, source, state);
    });
  }

  void renderTouched(const render::FormerCloud& former, host::Rendering& rendering) const override {
    const auto& cloud = former.now();
    for (const auto& [id, change] : former.changes().groups) {
      for (const auto& permission : differingPermissions(change)) {
        const auto* source = std::get_if<Source>(&permission.source);
        if (source != nullptr) touchSet(former, *source, rendering);
      }
    }
    Kind::touchMembers(former, [&](const Source& source, const host::SetMember& member) {
      // A set that comes or goes is in the scope as a whole.
      if (!Kind::needsSet(cloud.settings(), source) || !isNamed(cloud, source) ||
          !isNamed(former, source)) {
        return;
      }
      claimMember(Kind::name(source), Kind::kType, member, rendering);
      if (Kind::has(cloud, source, member)) {
        putMember(Kind::name(source), member, rendering.desired);
      }
    });
  }

 private:
  static void putSet(const cloud::Cloud& cloud, const Source& source, host::HostState& state) {
    state.sets[Kind::name(source)] = host::Set{Kind::kType, Kind::members(cloud, source)};
  }

  /// The set of a source that is named by the first permission, or by none any more.
  static void touchSet(const render::FormerCloud& former, const Source& source,
                       host::Rendering& rendering) {
    const auto& cloud = former.now();
    const bool named = isNamed(cloud, source);
    if (!Kind::needsSet(cloud.settings(), source) || named == isNamed(former, source)) return;
    rendering.scope.sets.insert(Kind::name(source));
    if (named) putSet(cloud, source, rendering.desired);
  }
};

}  // namespace netctl::firewall
