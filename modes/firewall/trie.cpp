#include "modes/firewall/trie.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

namespace netctl::firewall {
namespace {

constexpr std::uint32_t kBitsPerLevel = 4;

using Leaves = std::vector<const TrieLeaf*>;

/// How many leading bits all these leaves have in common; sorted, at least one.
std::uint32_t commonLength(const Leaves& leaves) {
  const auto differing = leaves.front()->prefix.address.value ^ leaves.back()->prefix.address.value;
  auto length = static_cast<std::uint32_t>(std::countl_zero(differing));
  for (const auto* leaf : leaves) length = std::min<std::uint32_t>(length, leaf->prefix.length);
  return length;
}

class Builder {
 public:
  Builder(std::string root, TrieKey key) : root_(std::move(root)), key_(key) {}

  /// The chain that tells `leaves` apart (sorted by address, then length). `enclosing` are the
  /// leaves around all of them, the longest prefix first.
  void build(const std::string& name, Leaves leaves, Leaves enclosing) {
    auto& chain = chains_[name];
    if (leaves.empty()) return;
    const auto shift = 32U - commonLength(leaves) / kBitsPerLevel * kBitsPerLevel;
    if (shift == 0 || leaves.size() == 1) {
      add(chain, leaves);
      add(chain, enclosing);
      return;
    }
    // Sorted, so a leaf that covers all of this chain's addresses is the first one.
    if (leaves.front()->prefix.length == 32U - shift) {
      enclosing.insert(enclosing.begin(), leaves.front());
      leaves.erase(leaves.begin());
    }
    const auto nibble_shift = shift - kBitsPerLevel;
    const auto partial_begin = std::stable_partition(
        leaves.begin(), leaves.end(),
        [&](const TrieLeaf* leaf) { return leaf->prefix.length >= 32U - nibble_shift; });
    Leaves partial(partial_begin, leaves.end());
    leaves.erase(partial_begin, leaves.end());
    std::stable_sort(partial.begin(), partial.end(), [](const auto* a, const auto* b) {
      return a->prefix.length > b->prefix.length;
    });

    for (auto begin = leaves.begin(); begin != leaves.end();) {
      const auto region = (*begin)->prefix.address.value >> nibble_shift;
      const auto end = std::find_if(begin, leaves.end(), [&](const TrieLeaf* leaf) {
        return leaf->prefix.address.value >> nibble_shift != region;
      });
      const Leaves inside(begin, end);
      if (inside.size() == 1) {
        add(chain, inside);
      } else {
        Leaves around;
        std::copy_if(partial.begin(), partial.end(), std::back_inserter(around),
                     [&](const TrieLeaf* leaf) {
                       return leaf->prefix.contains(inside.front()->prefix.address);
                     });
        around.insert(around.end(), enclosing.begin(), enclosing.end());
        descend(chain, region, nibble_shift, inside, around);
      }
      begin = end;
    }
    add(chain, partial);
    add(chain, enclosing);
  }

  std::map<std::string, host::Chain> take() { return std::move(chains_); }

 private:
  void add(host::Chain& chain, const Leaves& leaves) const {
    for (const auto* leaf : leaves)
      chain.push_back(rule(host::matchOf(leaf->prefix), leaf->target));
  }

  /// Leads one value of these four bits to a chain of its own.
  void descend(host::Chain& chain, std::uint32_t region, std::uint32_t shift, const Leaves& inside,
               const Leaves& around) {
    const auto digits = (32U - shift) / kBitsPerLevel;
    const auto child = fmt::format("{}_{:0{}x}", root_, region, digits);
    constexpr std::uint32_t kNibble = (1U << kBitsPerLevel) - 1;
    chain.push_back(rule({{(region & kNibble) << shift}, {kNibble << shift}}, host::Goto{child}));
    build(child, inside, around);
  }

  [[nodiscard]] host::Rule rule(const host::AddressMatch& match, host::Target target) const {
    if (key_ == TrieKey::Source) return {.source = match, .target = std::move(target)};
    return {.destination = match, .target = std::move(target)};
  }

  std::string root_;
  TrieKey key_;
  std::map<std::string, host::Chain> chains_;
};

}  // namespace

std::map<std::string, host::Chain> makeTrie(const std::string& root, std::vector<TrieLeaf> leaves,
                                            TrieKey key) {
  std::sort(leaves.begin(), leaves.end(),
            [](const TrieLeaf& a, const TrieLeaf& b) { return a.prefix < b.prefix; });
  Leaves sorted;
  sorted.reserve(leaves.size());
  for (const auto& leaf : leaves) sorted.push_back(&leaf);
  Builder builder(root, key);
  builder.build(root, std::move(sorted), {});
  return builder.take();
}

}  // namespace netctl::firewall
