#include "netctl/kernel/iptables/iptables_table.h"

#include "netctl/kernel/iptables/iptables_errors.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <libiptc/libiptc.h>

#include <cerrno>

namespace netctl::kernel {

void IptablesTable::Free::operator()(xtc_handle* handle) const {
  iptc_free(handle);
}

Result<IptablesTable> IptablesTable::read(host::Table table) {
  errno = 0;
  xtc_handle* handle = iptc_init(std::string(host::format(table)).c_str());
  if (handle != nullptr) return IptablesTable(table, handle);
  return tableReadError(table, errno);
}

std::vector<std::string> IptablesTable::chains() const {
  std::vector<std::string> names;
  for (const char* name = iptc_first_chain(handle_.get()); name != nullptr;
       name = iptc_next_chain(handle_.get())) {
    names.emplace_back(name);
  }
  return names;
}

bool IptablesTable::has(const std::string& chain) const {
  return iptc_is_chain(chain.c_str(), handle_.get()) != 0;
}

bool IptablesTable::isBuiltIn(const std::string& chain) const {
  return iptc_builtin(chain.c_str(), handle_.get()) != 0;
}

Result<host::Chain> IptablesTable::rules(const std::string& chain, SetIndexes& sets) const {
  host::Chain rules;
  for (const ipt_entry* entry = iptc_first_rule(chain.c_str(), handle_.get()); entry != nullptr;
       entry = iptc_next_rule(entry, handle_.get())) {
    auto rule = decode(bytesOf(*entry), iptc_get_target(entry, handle_.get()), sets);
    if (!rule) return rule.error();
    rules.push_back(std::move(*rule));
  }
  return rules;
}

std::vector<OwnJump> IptablesTable::ownJumps(const std::string& chain) const {
  std::vector<OwnJump> jumps;
  std::size_t at = 0;
  bool leads = true;
  for (const ipt_entry* entry = iptc_first_rule(chain.c_str(), handle_.get()); entry != nullptr;
       entry = iptc_next_rule(entry, handle_.get()), ++at) {
    const char* target = iptc_get_target(entry, handle_.get());
    const JumpKind kind = jumpKind(bytesOf(*entry), target);
    if (kind != JumpKind::Foreign) jumps.push_back({at, kind, target, leads});
    leads = leads && !decides(target);
  }
  return jumps;
}

bool IptablesTable::isCalled(const std::string& chain) const {
  unsigned callers = 0;
  return iptc_get_references(&callers, chain.c_str(), handle_.get()) != 0 && callers != 0;
}

std::optional<IptablesTable::Caller> IptablesTable::callerOf(const std::string& chain) const {
  for (const std::string& name : chains()) {
    std::size_t at = 0;
    for (const ipt_entry* entry = iptc_first_rule(name.c_str(), handle_.get()); entry != nullptr;
         entry = iptc_next_rule(entry, handle_.get()), ++at) {
      if (chain == iptc_get_target(entry, handle_.get())) return Caller{name, at};
    }
  }
  return std::nullopt;
}

Result<void> IptablesTable::note(int success, std::string_view what, const std::string& chain) {
  if (success == 0) return tableError(table_, errno, fmt::format("{} {}", what, chain));
  changed_ = true;
  return {};
}

Result<void> IptablesTable::create(const std::string& chain) {
  return note(iptc_create_chain(chain.c_str(), handle_.get()), "create chain", chain);
}

Result<void> IptablesTable::append(const std::string& chain, const EncodedRule& rule) {
  return note(iptc_append_entry(chain.c_str(), rule.entry(), handle_.get()), "append to chain",
              chain);
}

Result<void> IptablesTable::insert(const std::string& chain, const EncodedRule& rule,
                                   std::size_t at) {
  return note(
      iptc_insert_entry(chain.c_str(), rule.entry(), static_cast<unsigned>(at), handle_.get()),
      "insert into chain", chain);
}

Result<void> IptablesTable::remove(const std::string& chain, std::size_t at) {
  return note(iptc_delete_num_entry(chain.c_str(), static_cast<unsigned>(at), handle_.get()),
              "delete a rule of chain", chain);
}

Result<void> IptablesTable::flush(const std::string& chain) {
  if (iptc_first_rule(chain.c_str(), handle_.get()) == nullptr) return {};
  return note(iptc_flush_entries(chain.c_str(), handle_.get()), "flush chain", chain);
}

Result<void> IptablesTable::destroy(const std::string& chain) {
  return note(iptc_delete_chain(chain.c_str(), handle_.get()), "delete chain", chain);
}

Result<void> IptablesTable::keepPolicyCounters() {
  // The built-in chains of all tables: a table may have thousands of others.
  for (const char* chain : {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}) {
    if (!isBuiltIn(chain)) continue;
    xt_counters counters{};
    const char* policy = iptc_get_policy(chain, &counters, handle_.get());
    if (policy == nullptr) continue;
    auto kept =
        note(iptc_set_policy(chain, policy, &counters, handle_.get()), "keep policy of", chain);
    if (!kept) return kept;
  }
  return {};
}

Result<IptablesTable::Commit> IptablesTable::commit() {
  if (!changed_) return Commit::Done;
  if (auto kept = keepPolicyCounters(); !kept) return kept.error();
  if (iptc_commit(handle_.get()) != 0) return Commit::Done;
  // The kernel compares the number of entries with that of our snapshot.
  if (errno == EAGAIN) return Commit::Raced;
  if (errno == EINVAL) return Commit::Unclear;
  if (errno == ENOENT) {
    return Error{
        ErrorCode::Kernel, "Iptables",
        fmt::format("iptables table {}: commit: the kernel does not know a match, a target "
                    "or a set of these rules; load xt_conntrack, xt_connmark, xt_set, "
                    "xt_bpf, xt_comment and xt_nat",
                    host::format(table_))};
  }
  return tableError(table_, errno, "commit");
}

}  // namespace netctl::kernel
