#pragma once

#include "modes/cloud/cloud.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// What of each kind there is in a cloud: a count, and a sum over the contents that does not depend
/// on an order. The store keeps it beside the rows, so that rows that are gone, or were changed by
/// somebody else, are noticed when they are read.
namespace netctl::store {

struct Inventory {
  struct Kind {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;

    bool operator==(const Kind&) const = default;
  };

  static constexpr std::array<std::string_view, 11> kNames{
      "accounts",           "access keys", "groups",      "permissions",
      "instances",          "addresses",   "key pairs",   "ended instances",
      "returned addresses", "forwards",    "prefix lists"};

  std::array<Kind, kNames.size()> kinds = {};  ///< as kNames has them

  /// Takes in what a commit changes; costs as much as the changes do.
  void add(const cloud::Changes& changes);

  bool operator==(const Inventory&) const = default;
};

Inventory inventoryOf(const cloud::Cloud& cloud);

/// For the state file: counts and sums in kNames' order. A file from before there were the last of
/// these kinds has none of them.
std::string format(const Inventory& inventory);
Result<Inventory> parseInventory(std::string_view text);

/// In words what differs, empty where nothing does: "2 of 3 instances are there".
std::string difference(const Inventory& stored, const Inventory& there);

}  // namespace netctl::store
