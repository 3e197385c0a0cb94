#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"
#include "modes/net/tag.h"

#include <cstdint>
#include <set>
#include <string>

namespace netctl::host {

/// A network's own wire on this host: a VLAN device on the trunk, in a bridge of its own. Ours are
/// known by their device group.
struct Segment {
  std::string trunk;
  std::string vlan_device;
  std::string bridge;
  std::uint32_t mtu = 1500;  ///< of the trunk, and so of both

  auto operator<=>(const Segment&) const = default;
};

/// A new segment, or one that is not as it should be.
struct AddSegment {
  net::Tag tag;
  Segment segment;
  bool operator==(const AddSegment&) const = default;
};
struct RemoveSegment {
  net::Tag tag;
  Segment segment;  ///< as observed
  bool operator==(const RemoveSegment&) const = default;
};

/// At a bridge's port towards other hosts (its key): IPv4 frames from instances to the bridge's own
/// MAC are taken in as the bridge's, not through it. Where br_netfilter is on, a packet that came
/// through a bridge and, translated, leaves by the same port of it is dropped.
struct IngressRedirect {
  std::string bridge;
  net::Ipv4Prefix source;  ///< of instances

  auto operator<=>(const IngressRedirect&) const = default;
};

struct AddRedirect {
  std::string device;
  IngressRedirect redirect;
  bool operator==(const AddRedirect&) const = default;
};
struct RemoveRedirect {
  std::string device;
  IngressRedirect redirect;  ///< as observed
  bool operator==(const RemoveRedirect&) const = default;
};

/// By tag.
struct SegmentKind {
  using Made = StepTypes<AddSegment, RemoveSegment>;
  static auto& objects(auto& state) { return state.segments; }
  static auto& names(auto& scope) { return scope.segments; }

  static void plan(auto& steps, net::Tag tag, const Change<Segment>& change) {
    if (change.wanted != nullptr) {
      steps.add({Phase::AddSegments, 0}, AddSegment{tag, *change.wanted});
    } else {
      steps.add({Phase::RemoveSegments, 1}, RemoveSegment{tag, *change.there});
    }
  }
  static void touched(const AddSegment& step, std::set<net::Tag>& names) { names.insert(step.tag); }
  static void touched(const RemoveSegment& step, std::set<net::Tag>& names) {
    names.insert(step.tag);
  }
  static void carryOut(const AddSegment& step, std::map<net::Tag, Segment>& segments) {
    segments[step.tag] = step.segment;
  }
  static void carryOut(const RemoveSegment& step, std::map<net::Tag, Segment>& segments) {
    segments.erase(step.tag);
  }
  static Bearing bearing(const AddSegment&) { return {}; }
  static Bearing bearing(const RemoveSegment&) { return {.together = "segments"}; }
  static void describe(const AddSegment& step, Lines& lines);
  static void describe(const RemoveSegment& step, Lines& lines);
};

/// By device. One goes before the device that it stands on, and comes after the bridge.
struct RedirectKind {
  using Made = StepTypes<AddRedirect, RemoveRedirect>;
  static auto& objects(auto& state) { return state.redirects; }
  static auto& names(auto& scope) { return scope.redirects; }

  static void plan(auto& steps, const std::string& device, const Change<IngressRedirect>& change) {
    if (change.wanted != nullptr) {
      steps.add({Phase::AddSegments, 1}, AddRedirect{device, *change.wanted});
    } else {
      steps.add({Phase::RemoveSegments, 0}, RemoveRedirect{device, *change.there});
    }
  }
  static void touched(const AddRedirect& step, std::set<std::string>& names) {
    names.insert(step.device);
  }
  static void touched(const RemoveRedirect& step, std::set<std::string>& names) {
    names.insert(step.device);
  }
  static void carryOut(const AddRedirect& step, std::map<std::string, IngressRedirect>& redirects) {
    redirects[step.device] = step.redirect;
  }
  static void carryOut(const RemoveRedirect& step,
                       std::map<std::string, IngressRedirect>& redirects) {
    redirects.erase(step.device);
  }
  static Bearing bearing(const AddRedirect&) { return {}; }
  static Bearing bearing(const RemoveRedirect&) { return {}; }
  static void describe(const AddRedirect& step, Lines& lines);
  static void describe(const RemoveRedirect& step, Lines& lines);
};

}  // namespace netctl::host
