#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace netctl::surroundings {
namespace {

constexpr std::uint64_t kNearlyFull = 80;  ///< per cent

void check(const Filling& table, std::string object, std::string_view when_full, std::string remedy,
           Problems& problems) {
  if (table.limit == 0 || table.used * 100 < table.limit * kNearlyFull) return;
  problems.push_back({std::move(object), fmt::format("is full to {} % or more", kNearlyFull),
                      fmt::format("{} of {} entries are in use; when it is full, {}", table.used,
                                  table.limit, when_full),
                      std::move(remedy), controller::Severity::warning});
}

}  // namespace

Problems fillingProblems(const Filling& flows, const Filling& neighbours) {
  Problems problems;
  check(flows, "conntrack table", "nobody gets a new flow",
        "raise net.netfilter.nf_conntrack_max, or find who opens so many flows (conntrack -L)",
        problems);
  check(neighbours, "neighbour table", "machines are not found that were not talked to before",
        "raise net.ipv4.neigh.default.gc_thresh3", problems);
  return problems;
}

}  // namespace netctl::surroundings
