#include "netctl/kernel/iptables/table_dump.h"

#include "netctl/kernel/iptables/iptables_errors.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace netctl::kernel {
namespace {

// Another program changed the table between the question for its size and that for its rules.
constexpr int kTries = 20;

constexpr std::array<std::string_view, NF_INET_NUMHOOKS> kBuiltIn{"PREROUTING", "INPUT", "FORWARD",
                                                                  "OUTPUT", "POSTROUTING"};

std::string_view nameIn(const char* text, std::size_t room) {
  return {text, strnlen(text, room)};
}

const xt_entry_target* targetOf(const ipt_entry& entry) {
  return reinterpret_cast<const xt_entry_target*>(bytesOf(entry).data() + entry.target_offset);
}

bool isNamed(std::string_view table) {
  std::ifstream tables("/proc/thread-self/net/ip_tables_names");
  return std::find(std::istream_iterator<std::string>(tables), {}, table) !=
         std::istream_iterator<std::string>();
}

/// Asks the kernel for a table, whose name every answer begins with.
class Question {
 public:
  Question() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~Question() {
    if (socket_ >= 0) ::close(socket_);
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  /// Info and, behind an ipt_get_entries, the entries; errno where they cannot be had.
  int ask(std::string_view table, ipt_getinfo& info, std::unique_ptr<std::byte[]>& bytes) const {
    if (socket_ < 0) return errno;
    info = {};
    std::memcpy(info.name, table.data(), table.size());
    if (const int number = get(IPT_SO_GET_INFO, &info, sizeof info); number != 0) return number;
    const auto size = sizeof(ipt_get_entries) + info.size;
    // Zeroed, for the hash: behind the name of a match the kernel writes nothing (xt_obj_to_user).
    bytes = std::make_unique<std::byte[]>(size);
    auto* entries = reinterpret_cast<ipt_get_entries*>(bytes.get());
    std::memcpy(entries->name, info.name, sizeof entries->name);
    entries->size = info.size;
    return get(IPT_SO_GET_ENTRIES, bytes.get(), size);
  }

 private:
  int get(int what, void* answer, std::size_t size) const {
    auto length = static_cast<socklen_t>(size);
    return getsockopt(socket_, IPPROTO_IP, what, answer, &length) == 0 ? 0 : errno;
  }

  int socket_;
};

/// As Question::ask, a few times where the table changes meanwhile.
int askAgain(std::string_view table, ipt_getinfo& info, std::unique_ptr<std::byte[]>& bytes) {
  const Question question;
  int number = EAGAIN;
  for (int attempt = 0; number == EAGAIN && attempt < kTries; ++attempt) {
    number = question.ask(table, info, bytes);
  }
  return number;
}

}  // namespace

Result<TableDump> TableDump::read(host::Table table) {
  ipt_getinfo info{};
  std::unique_ptr<std::byte[]> bytes;
  const int number = askAgain(host::format(table), info, bytes);
  if (number != 0) return tableReadError(table, number);
  return TableDump(info, std::move(bytes));
}

Result<std::optional<TableDump>> TableDump::readForeign(const std::string& table) {
  if (!isNamed(table)) return std::optional<TableDump>();
  ipt_getinfo info{};
  std::unique_ptr<std::byte[]> bytes;
  if (const int number = askAgain(table, info, bytes); number != 0) {
    return Error{
        ErrorCode::Kernel, "Iptables",
        fmt::format("cannot read the iptables table {}: {}", table, std::strerror(number))};
  }
  return std::optional(TableDump(info, std::move(bytes)));
}

TableDump::TableDump(const ipt_getinfo& info, std::unique_ptr<std::byte[]> entries)
    : entries_(std::move(entries)), size_(info.size) {
  // Built-in chains begin where the hooks enter; each other one behind an entry with its name, and
  // an entry of that kind ends the table.
  std::optional<Chain> chain;
  std::uint32_t last = 0;
  const auto end_at = [&](std::uint32_t offset) {
    if (!chain) return;
    chain->end = offset;
    by_name_.emplace(chain->name, chains_.size());
    chains_.push_back(*chain);
    chain.reset();
  };
  for (std::uint32_t offset = 0; offset < info.size; offset += at(offset).next_offset) {
    const auto* target = targetOf(at(offset));
    for (std::size_t hook = 0; hook < kBuiltIn.size(); ++hook) {
      if ((info.valid_hooks >> hook & 1U) == 0 || info.hook_entry[hook] != offset) continue;
      end_at(last);
      chain = Chain{kBuiltIn.at(hook), offset, offset, true};
    }
    if (nameIn(target->u.user.name, sizeof target->u.user.name) == XT_ERROR_TARGET) {
      end_at(last);
      const auto* error = reinterpret_cast<const xt_error_target*>(target);
      const auto begin = offset + at(offset).next_offset;
      chain = Chain{nameIn(error->errorname, sizeof error->errorname), begin, begin, false};
    }
    last = offset;
  }
}

bool TableDump::isSetUp(host::Table table) {
  return isNamed(host::format(table));
}

std::uint64_t TableDump::hash() const {
  // As FNV-1a, but by words: a byte at a time would take longer than the kernel takes to copy.
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325U;
  constexpr std::uint64_t kPrime = 0x100000001b3U;
  static_assert(offsetof(ipt_entry, counters) % sizeof(std::uint64_t) == 0);
  static_assert(sizeof(xt_counters) % sizeof(std::uint64_t) == 0);
  std::uint64_t hash = kBasis;
  const auto add = [&](const std::byte* from, std::size_t size) {
    // Entries are aligned so (XT_ALIGN).
    for (std::size_t i = 0; i + sizeof(std::uint64_t) <= size; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, from + i, sizeof word);
      hash = (hash ^ word) * kPrime;
      hash ^= hash >> 29U;
    }
  };
  for (std::uint32_t offset = 0; offset < size_; offset += at(offset).next_offset) {
    const auto* entry = reinterpret_cast<const std::byte*>(&at(offset));
    constexpr auto kAfter = offsetof(ipt_entry, counters) + sizeof(xt_counters);
    add(entry, offsetof(ipt_entry, counters));
    add(entry + kAfter, at(offset).next_offset - kAfter);
  }
  return hash;
}

const ipt_entry& TableDump::at(std::uint32_t offset) const {
  return *reinterpret_cast<const ipt_entry*>(entries_.get() + sizeof(ipt_get_entries) + offset);
}

const TableDump::Chain* TableDump::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &chains_[found->second];
}

std::string_view TableDump::verdictAt(std::uint32_t offset) const {
  const auto* target = targetOf(at(offset));
  const auto name = nameIn(target->u.user.name, sizeof target->u.user.name);
  // A verdict's own target, XT_STANDARD_TARGET, has no name.
  if (!name.empty()) return name;
  const int verdict = reinterpret_cast<const xt_standard_target*>(target)->verdict;
  switch (verdict) {
    case -NF_ACCEPT - 1:
      return "ACCEPT";
    case -NF_DROP - 1:
      return "DROP";
    case -NF_QUEUE - 1:
      return "QUEUE";
    case XT_RETURN:
      return "RETURN";
    default:
      break;
  }
  // A jump is to where a chain begins. One to the next rule is a rule that only counts.
  const auto to = static_cast<std::uint32_t>(verdict);
  const auto chain =
      std::lower_bound(chains_.begin(), chains_.end(), to,
                       [](const Chain& each, std::uint32_t begin) { return each.begin < begin; });
  return chain != chains_.end() && chain->begin == to ? chain->name : std::string_view();
}

std::vector<std::string> TableDump::chains() const {
  std::vector<std::string> names;
  for (const auto& chain : chains_) names.emplace_back(chain.name);
  return names;
}

bool TableDump::has(std::string_view chain) const {
  return find(chain) != nullptr;
}

bool TableDump::isBuiltIn(std::string_view chain) const {
  const auto* found = find(chain);
  return found != nullptr && found->is_built_in;
}

Result<host::Chain> TableDump::rules(std::string_view chain, SetIndexes& sets) const {
  host::Chain rules;
  const auto* found = find(chain);
  if (found == nullptr) return rules;
  for (auto offset = found->begin; offset < found->end; offset += at(offset).next_offset) {
    auto rule = decode(bytesOf(at(offset)), verdictAt(offset), sets);
    if (!rule) return rule.error();
    rules.push_back(std::move(*rule));
  }
  return rules;
}

std::vector<RuleHead> TableDump::heads(std::string_view chain) const {
  std::vector<RuleHead> heads;
  const auto* found = find(chain);
  if (found == nullptr) return heads;
  for (auto offset = found->begin; offset < found->end; offset += at(offset).next_offset) {
    heads.push_back(headOf(at(offset), verdictAt(offset)));
  }
  return heads;
}

std::vector<OwnJump> TableDump::ownJumps(std::string_view chain) const {
  std::vector<OwnJump> jumps;
  const auto* found = find(chain);
  if (found == nullptr) return jumps;
  std::size_t rule = 0;
  bool leads = true;
  for (auto offset = found->begin; offset < found->end; offset += at(offset).next_offset, ++rule) {
    const auto verdict = verdictAt(offset);
    const auto kind = jumpKind(bytesOf(at(offset)), verdict);
    if (kind != JumpKind::Foreign) jumps.push_back({rule, kind, std::string(verdict), leads});
    leads = leads && !decides(verdict);
  }
  return jumps;
}

}  // namespace netctl::kernel
