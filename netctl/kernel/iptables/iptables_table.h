#pragma once

#include "modes/host/rule.h"
#include "netctl/kernel/iptables/rule_codec.h"
#include "netctl/kernel/iptables/set_indexes.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct xtc_handle;

namespace netctl::kernel {

/// One iptables table, read as a whole, changed in memory and written back as a whole: a thin cover
/// over libiptc. Rules are counted from 0. Counters of rules that stay are
/// kept. One thread.
class IptablesTable {
 public:
  /// What came of a commit. Raced: another program changed the table since it was read, and nothing
  /// was written. Unclear: either the kernel refuses these rules (EINVAL), or they are in force,
  /// and another program changed the table before the counters were put back: to be found out by
  /// reading again.
  enum class Commit { Done, Raced, Unclear };
  /// Where a chain is called from.
  struct Caller {
    std::string chain;
    std::size_t rule = 0;
  };

  /// Reads the table in the network namespace of the calling thread.
  static Result<IptablesTable> read(host::Table table);

  [[nodiscard]] std::vector<std::string> chains() const;
  [[nodiscard]] bool has(const std::string& chain) const;
  [[nodiscard]] bool isBuiltIn(const std::string& chain) const;
  /// The rules of a chain that exists.
  [[nodiscard]] Result<host::Chain> rules(const std::string& chain, SetIndexes& sets) const;
  /// The rules of a chain that are our jumps.
  [[nodiscard]] std::vector<OwnJump> ownJumps(const std::string& chain) const;
  [[nodiscard]] bool isCalled(const std::string& chain) const;
  [[nodiscard]] std::optional<Caller> callerOf(const std::string& chain) const;

  Result<void> create(const std::string& chain);
  Result<void> append(const std::string& chain, const EncodedRule& rule);
  Result<void> insert(const std::string& chain, const EncodedRule& rule, std::size_t at);
  Result<void> remove(const std::string& chain, std::size_t at);
  Result<void> flush(const std::string& chain);
  /// Of an empty chain that nothing calls.
  Result<void> destroy(const std::string& chain);

  [[nodiscard]] bool changed() const { return changed_; }
  /// Writes the table if anything was changed; at most once. Raced: another program has changed it
  /// since `read`.
  Result<Commit> commit();

 private:
  struct Free {
    void operator()(xtc_handle* handle) const;
  };

  IptablesTable(host::Table table, xtc_handle* handle) : table_(table), handle_(handle) {}
  // libiptc 1.8.9 sets the counters of all policies to 0 with each commit, if they are not set.
  Result<void> keepPolicyCounters();
  // Turns libiptc's return value into a result, and notes the change.
  Result<void> note(int success, std::string_view what, const std::string& chain);

  host::Table table_;
  std::unique_ptr<xtc_handle, Free> handle_;
  bool changed_ = false;
};

}  // namespace netctl::kernel
