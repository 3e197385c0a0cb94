#pragma once

#include "modes/host/kind.h"
#include "modes/host/names.h"
#include "modes/net/address.h"

#include <compare>
#include <cstdint>
#include <set>
#include <string>

namespace netctl::host {

/// An IPv4 address of ours on an interface; ours is known by its protocol number (IFA_PROTO).
struct InterfaceAddress {
  std::string interface;
  net::Ipv4Address address;
  std::uint8_t length = 32;
  bool is_source = true;  ///< the host may choose it for what it sends, and to masquerade by

  auto operator<=>(const InterfaceAddress&) const = default;
};

struct AddAddress {
  InterfaceAddress address;
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  InterfaceAddress address;
  bool operator==(const RemoveAddress&) const = default;
};
/// Tells the neighbours who has an address now (RFC 5227 announcement, request and reply form).
struct Announce {
  InterfaceAddress address;
  bool operator==(const Announce&) const = default;
};

struct AddressKind {
  using Made = StepTypes<AddAddress, RemoveAddress, Announce>;
  static auto& objects(auto& state) { return state.addresses; }
  static auto& names(auto& scope) { return scope.addresses; }

  static void plan(auto& steps, const Change<InterfaceAddress>& change) {
    if (change.wanted == nullptr) {
      steps.add({Phase::RemoveAddresses}, RemoveAddress{*change.there});
      return;
    }
    steps.add({Phase::AddAddresses}, AddAddress{*change.wanted});
    if (change.wanted->interface == kLoopback) return;
    steps.add({Phase::Announce}, Announce{*change.wanted});
  }
  static void touched(const AddAddress& step, std::set<InterfaceAddress>& names) {
    names.insert(step.address);
  }
  static void touched(const RemoveAddress& step, std::set<InterfaceAddress>& names) {
    names.insert(step.address);
  }
  /// There is nothing to read of it.
  static void touched(const Announce&, std::set<InterfaceAddress>&) {}
  static std::string_view needed(const Announce& step, std::set<InterfaceAddress>& names) {
    names.insert(step.address);
    return "not announced, because the address could not be added";
  }
  static void carryOut(const AddAddress& step, std::set<InterfaceAddress>& addresses) {
    addresses.insert(step.address);
  }
  static void carryOut(const RemoveAddress& step, std::set<InterfaceAddress>& addresses) {
    addresses.erase(step.address);
  }
  static void carryOut(const Announce&, std::set<InterfaceAddress>&) {}
  static Bearing bearing(const AddAddress&) { return {Bearing::Gate::Opens}; }
  static Bearing bearing(const RemoveAddress&) { return {}; }
  static Bearing bearing(const Announce&) { return {Bearing::Gate::Opens}; }
  static void describe(const AddAddress& step, Lines& lines);
  static void describe(const RemoveAddress& step, Lines& lines);
  static void describe(const Announce& step, Lines& lines);
};

}  // namespace netctl::host
