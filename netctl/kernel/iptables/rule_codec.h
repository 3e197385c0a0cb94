#pragma once

#include "modes/host/rule.h"
#include "netctl/kernel/iptables/set_indexes.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct ipt_entry;

/// host::Rule <-> struct ipt_entry (linux/netfilter_ipv4/ip_tables.h) as libiptc takes and gives
/// it: a verdict or a chain is named in the target when written, and is told by iptc_get_target
/// when read.
namespace netctl::kernel {

/// The longest name that the kernel and iptables(8) have room for.
inline constexpr std::size_t kChainNameRoom = 28;

/// A rule as libiptc takes it.
class EncodedRule {
 public:
  /// The largest rule that we can write.
  static constexpr std::size_t kRoom = 1536;

  [[nodiscard]] const ipt_entry* entry() const {
    return reinterpret_cast<const ipt_entry*>(bytes_.data());
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }

 private:
  friend class RuleWriter;

  alignas(std::max_align_t) std::array<std::byte, kRoom> bytes_{};
  std::size_t size_ = 0;
};

/// Internal where a rule has no exact form, so that it would read back as another one: `-s
/// 0.0.0.0/0`, ports without a protocol, ICMP type 255 (which xtables takes for any). NotFound
/// where a set does not exist.
Result<EncodedRule> encode(const host::Rule& rule, SetIndexes& sets);

/// The rule that we put into built-in chains: a jump, nothing else. All packets of the host come by
/// it, and any match would be asked for each of them.
EncodedRule encodeJump(std::string_view chain);

/// `verdict` is what iptc_get_target says. What is not exactly one of our rules has the target
/// Unknown, with those of its other parts that could be read; this holds for any bytes. An error
/// only where the name of a set cannot be had.
Result<host::Rule> decode(std::span<const std::byte> entry, std::string_view verdict,
                          SetIndexes& sets);

/// All of an entry, with its matches and target.
std::span<const std::byte> bytesOf(const ipt_entry& entry);

/// What a rule of a built-in chain is to us.
enum class JumpKind {
  Foreign,   ///< none of the others
  Exact,     ///< as encodeJump makes them, whichever chain of ours it is
  Mistaken,  ///< bears the comment that a former version's jumps had
};
JumpKind jumpKind(std::span<const std::byte> entry, std::string_view verdict);

/// True where a rule with that verdict may end the way of a packet, or send it another way. Targets
/// that only watch or mark do not.
bool decides(std::string_view verdict);

/// A jump of ours among the rules of a built-in chain.
struct OwnJump {
  std::size_t rule = 0;             ///< counted from 0
  JumpKind kind = JumpKind::Exact;  ///< or Mistaken
  std::string target;               ///< the chain, or what stands there in its place
  bool leads = true;                ///< no rule before it decides about a packet

  bool operator==(const OwnJump&) const = default;
};

}  // namespace netctl::kernel
