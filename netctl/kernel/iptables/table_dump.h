#pragma once

#include "modes/host/rule.h"
#include "netctl/kernel/iptables/rule_codec.h"
#include "netctl/kernel/iptables/rule_head.h"
#include "netctl/kernel/iptables/set_indexes.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ipt_entry;
struct ipt_getinfo;

namespace netctl::kernel {

/// One iptables table as the kernel gave it, to look at: struct ipt_get_entries of
/// linux/netfilter_ipv4/ip_tables.h. The kernel gives a table only as a whole; a look at a single
/// chain decodes no other, where libiptc (IptablesTable) takes all rules apart to be edited. Its
/// names are views into itself: it can be moved, and not be copied.
class TableDump {
 public:
  /// Reads the table in the network namespace of the calling thread.
  static Result<TableDump> read(host::Table table);
  /// True where that namespace has the table already: to read one sets it up, and its hooks are on
  /// every packet's way from then on.
  static bool isSetUp(host::Table table);
  /// The same of a table in which we have nothing, as `raw`. Absent where it is not set up.
  static Result<std::optional<TableDump>> readForeign(const std::string& table);

  /// A number that changes with the rules, the chains and the policies, but not with what they
  /// count.
  [[nodiscard]] std::uint64_t hash() const;

  [[nodiscard]] std::vector<std::string> chains() const;
  [[nodiscard]] bool has(std::string_view chain) const;
  [[nodiscard]] bool isBuiltIn(std::string_view chain) const;
  /// The rules of a chain; of one that is not there none.
  [[nodiscard]] Result<host::Chain> rules(std::string_view chain, SetIndexes& sets) const;
  /// The heads of its rules, whatever else these have.
  [[nodiscard]] std::vector<RuleHead> heads(std::string_view chain) const;
  /// Those of them that are our jumps.
  [[nodiscard]] std::vector<OwnJump> ownJumps(std::string_view chain) const;

 private:
  /// Where its rules stand, without the last, which is its policy or its return.
  struct Chain {
    std::string_view name;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool is_built_in = false;
  };

  /// From the answers to IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES.
  TableDump(const ipt_getinfo& info, std::unique_ptr<std::byte[]> entries);
  [[nodiscard]] const Chain* find(std::string_view name) const;
  [[nodiscard]] const ipt_entry& at(std::uint32_t offset) const;
  /// What iptc_get_target says of the rule.
  [[nodiscard]] std::string_view verdictAt(std::uint32_t offset) const;

  std::unique_ptr<std::byte[]> entries_;
  std::uint32_t size_ = 0;     ///< of the entries
  std::vector<Chain> chains_;  ///< in the order of the table
  boost::unordered_flat_map<std::string_view, std::size_t> by_name_;
};

}  // namespace netctl::kernel
