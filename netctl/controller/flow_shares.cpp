#include "netctl/controller/flow_shares.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace netctl::controller {
namespace {

using firewall::FlowCounts;
using host::FlowTable;

// Per cent of the table.
constexpr std::uint64_t kFull = 80;
constexpr std::uint64_t kShared = 75;
constexpr std::uint64_t kNoLongerFull = 70;
/// Of the table: that much for the instances, whatever else the host has.
constexpr std::uint64_t kLeastPart = 10;
/// Per cent of a share: who was held is let go below.
constexpr std::uint64_t kLetGo = 90;
/// A walk costs at most one part in so many of a processor's time.
constexpr int kWalkPart = 5;
constexpr std::chrono::seconds kWalkAnyway{10};
/// Of the table: so many more entries call for a walk at once.
constexpr std::uint64_t kGrowth = 100;
/// At a time, so that commands need not wait for long.
constexpr std::size_t kMostForgotten = 65536;

bool isFilled(const FlowTable& table, std::uint64_t per_cent) {
  return table.limit > 0 && table.used * 100 >= table.limit * per_cent;
}

}  // namespace

void FlowShares::see(const cloud::Cloud& cloud, bool may_forget, Clock::time_point now) {
  const auto table = host_.flowTable();
  if (!table) return note(table.error());
  is_full_ = isFilled(*table, is_full_ ? kNoLongerFull : kFull);
  if (!is_full_) share_.reset();
  const bool may_be_limited = limit_ > 0 && table->used >= limit_;
  if (!is_full_ && !may_be_limited) {
    problems_.clear();
    due_ = {};
    return note(held_ && held_->empty() ? Result<void>() : hold({}));
  }
  if (!mustWalk(*table, now)) return;
  const auto begin = Clock::now();
  walked_at_ = table->used;
  note(share(cloud, *table, may_forget));
  earliest_ = now + kWalkPart * (Clock::now() - begin);
  due_ = now + kWalkAnyway;
}

bool FlowShares::mustWalk(const FlowTable& table, Clock::time_point now) const {
  if (now < earliest_) return false;
  const bool has_grown = table.used > walked_at_ + table.limit / kGrowth;
  return has_grown || has_more_ || failed_ || now >= due_;
}

Result<void> FlowShares::share(const cloud::Cloud& cloud, const FlowTable& table, bool may_forget) {
  auto entries = host_.entries([&](const host::FlowEntry& entry) {
    return entry.assured || firewall::weighsOn(cloud, entry);
  });
  if (!entries) return entries.error();
  FlowCounts counts;
  std::uint64_t others = 0;
  for (const auto& entry : *entries) {
    const auto address = firewall::weighsOn(cloud, entry);
    ++(address ? counts[*address] : others);
  }
  std::vector<host::Flow> surplus;
  if (is_full_) {
    const auto part = table.limit * kShared / 100;
    const auto room = std::max(part - std::min(part, others), table.limit / kLeastPart);
    if (const auto fair = firewall::fairShare(counts, room)) {
      share_ = fair;
      std::map<net::Ipv4Address, std::vector<host::FlowEntry>> over;
      for (auto& entry : *entries) {
        const auto address = firewall::weighsOn(cloud, entry);
        if (address && counts[*address] > *fair) over[*address].push_back(std::move(entry));
      }
      for (auto& [address, flows] : over) {
        const auto gone = firewall::surplus(std::move(flows), *fair);
        surplus.insert(surplus.end(), gone.begin(), gone.end());
      }
    }
  }
  std::set<net::Ipv4Address> held;
  for (const auto& [address, count] : counts) {
    if (isOver(count)) held.insert(address);
  }
  // First, so that what goes does not come back.
  if (auto done = hold(held); !done) return done;
  name(cloud, table, counts);
  const auto going = may_forget ? std::min(surplus.size(), kMostForgotten) : 0;
  has_more_ = going < surplus.size();
  surplus.resize(going);
  walked_at_ -= std::min<std::uint64_t>(walked_at_, going);
  return host_.forget(surplus);
}

bool FlowShares::isOver(std::uint64_t count) const {
  if (limit_ > 0 && count >= limit_) return true;
  return share_ && count * 100 >= *share_ * kLetGo;
}

Result<void> FlowShares::hold(const std::set<net::Ipv4Address>& addresses) {
  auto done = host_.hold(addresses);
  held_ = done ? std::optional(addresses) : std::nullopt;
  return done;
}

void FlowShares::name(const cloud::Cloud& cloud, const FlowTable& table, const FlowCounts& counts) {
  problems_.clear();
  const auto greatest = std::ranges::max_element(
      counts, [](const auto& one, const auto& other) { return one.second < other.second; });
  if (!held_ || held_->empty() || greatest == counts.end()) return;
  const auto& [address, count] = *greatest;
  const auto instance = cloud.instanceByPrivateAddress(address);
  const bool by_share = share_ && count * 100 >= *share_ * kLetGo;
  problems_.push_back(
      {"instance " + instance->id.text(),
       by_share ? "fills the conntrack table" : "has as many flows as NETCTL_LIMIT_FLOWS allows",
       fmt::format("it has {} of {} entries, of which {} are its share; its new flows are refused "
                   "until it has fewer. Instances that are held so: {}",
                   count, table.limit, by_share ? *share_ : limit_, held_->size()),
       fmt::format("see what it does (conntrack -L -s {0}; conntrack -L -r {0}), or detach it",
                   net::format(address)),
       Severity::warning});
}

void FlowShares::note(const Result<void>& done) {
  if (!done && !failed_) {
    spdlog::warn("controller cannot share conntrack's table error=\"{}\"", done.error().message);
  }
  failed_ = !done;
}

}  // namespace netctl::controller
