/// commit CHAIN COUNT
///
/// The least that a change of a table costs by libiptc: so many times reads the table filter, adds
/// a rule to the chain and commits, and prints the nanoseconds that each took.

#include <fmt/format.h>
#include <libiptc/libiptc.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

/// An ipt_entry and its target, as the kernel has them behind each other.
struct Rule {
  alignas(ipt_entry) std::array<char, sizeof(ipt_entry) + sizeof(xt_standard_target)> bytes{};
};

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", what, iptc_strerror(errno)));
}

/// Accepts everything; a rule's cost in the table is that of any.
Rule makeRule() {
  Rule rule;
  auto* const entry = reinterpret_cast<ipt_entry*>(rule.bytes.data());
  entry->target_offset = sizeof(ipt_entry);
  entry->next_offset = static_cast<std::uint16_t>(rule.bytes.size());
  auto* const target = reinterpret_cast<xt_standard_target*>(rule.bytes.data() + sizeof(ipt_entry));
  target->target.u.user.target_size = sizeof(xt_standard_target);
  std::strcpy(target->target.u.user.name, IPTC_LABEL_ACCEPT);
  return rule;
}

void addOne(const char* chain) {
  const std::unique_ptr<xtc_handle, void (*)(xtc_handle*)> table(iptc_init("filter"), iptc_free);
  if (!table) fail("init");
  const auto rule = makeRule();
  if (iptc_append_entry(chain, reinterpret_cast<const ipt_entry*>(rule.bytes.data()),
                        table.get()) == 0)
    fail("append");
  if (iptc_commit(table.get()) == 0) fail("commit");
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 3) throw std::runtime_error("usage: commit CHAIN COUNT");
    const auto times = std::stoul(words[2]);
    const auto began = std::chrono::steady_clock::now();
    for (unsigned long i = 0; i < times; ++i) addOne(words[1]);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - began;
    fmt::print("{:.1f}\n", taken.count() / static_cast<double>(times));
    return 0;
  } catch (const std::exception& fault) {
    fmt::print(stderr, "commit: {}\n", fault.what());
    return 1;
  }
}
