#include "netctl/controller/usage.h"

#include "base/number.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace netctl::controller {
namespace {

using host::Traffic;
using host::TrafficOfAddress;

constexpr std::string_view kHead = "netctl-usage 1";
constexpr std::string_view kNone = "-";

/// A counter that is less than before has begun anew.
Traffic moreThan(const Traffic& before, const Traffic& now) {
  const bool is_anew = now.packets < before.packets || now.bytes < before.bytes;
  return is_anew ? now : Traffic{now.packets - before.packets, now.bytes - before.bytes};
}

std::string textOf(const TrafficOfAddress& traffic) {
  return fmt::format("{} {} {} {}", traffic.received.packets, traffic.received.bytes,
                     traffic.sent.packets, traffic.sent.bytes);
}

std::string textOf(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

/// The words of one line, taken one by one; what is not as it must be makes the whole line wrong.
class Words {
 public:
  explicit Words(std::string_view line) : left_(line) {}

  std::string_view word() {
    const auto end = left_.find(' ');
    const auto word = left_.substr(0, end);
    left_ = end == std::string_view::npos ? std::string_view() : left_.substr(end + 1);
    if (word.empty()) is_right_ = false;
    return word;
  }
  std::uint64_t number() {
    const auto number = parseWhole<std::uint64_t>(word());
    if (!number) is_right_ = false;
    return number.value_or(0);
  }
  std::chrono::sys_seconds time() {
    return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(number())));
  }
  net::Ipv4Address address(std::string_view text) {
    const auto address = net::parseIpv4Address(text);
    if (!address) is_right_ = false;
    return address ? *address : net::Ipv4Address{};
  }
  net::Ipv4Address address() { return address(word()); }
  TrafficOfAddress traffic() {
    TrafficOfAddress traffic;
    for (auto* number : {&traffic.received.packets, &traffic.received.bytes, &traffic.sent.packets,
                         &traffic.sent.bytes}) {
      *number = this->number();
    }
    return traffic;
  }
  UsageKey key() {
    UsageKey key{cloud::AccountId{std::string(word())}, std::string(word()), {}};
    if (key.instance == kNone) key.instance.clear();
    if (const auto text = word(); text != kNone) key.public_address = address(text);
    return key;
  }
  [[nodiscard]] bool areRight() const { return is_right_ && left_.empty(); }

 private:
  std::string_view left_;
  bool is_right_ = true;
};

}  // namespace

std::optional<UsageKey> Usage::holderOf(const cloud::Cloud& cloud, net::Ipv4Address address) {
  const auto instance = cloud.instanceByPrivateAddress(address);
  if (!instance) return {};
  const auto held = cloud.addressOf(instance->id);
  return UsageKey{instance->owner, instance->id.text(),
                  held ? std::optional(held->address) : std::nullopt};
}

void Usage::hold(const cloud::Cloud& cloud) {
  holders_.clear();
  for (const auto& [id, instance] : cloud.instances()) {
    if (!instance->private_address) continue;
    if (auto holder = holderOf(cloud, *instance->private_address)) {
      holders_.emplace(*instance->private_address, *std::move(holder));
    }
  }
}

std::set<net::Ipv4Address> Usage::atStake(const cloud::Cloud& cloud,
                                          const cloud::Changes& changes) {
  std::set<net::Ipv4Address> at_stake;
  const auto note = [&](const cloud::Ref<cloud::Instance>& instance) {
    if (instance && instance->private_address) at_stake.insert(*instance->private_address);
  };
  for (const auto& [id, change] : changes.instances) {
    const bool stays = change.before && change.after &&
                       change.before->private_address == change.after->private_address;
    if (stays) continue;
    note(change.before);
    note(change.after);
  }
  for (const auto& [address, change] : changes.addresses) {
    for (const auto& of : {change.before, change.after}) {
      if (of && of->instance) note(cloud.instance(*of->instance));
    }
  }
  return at_stake;
}

void Usage::changed(const cloud::Cloud& cloud, const std::set<net::Ipv4Address>& at_stake) {
  for (const auto address : at_stake) {
    holders_.erase(address);
    if (auto holder = holderOf(cloud, address)) holders_.emplace(address, *std::move(holder));
  }
}

bool Usage::take(const host::TrafficReading& reading, std::chrono::sys_seconds now) {
  if (reading.life != life_) read_.clear();
  life_ = reading.life;
  bool any = false;
  for (const auto& [address, traffic] : reading.addresses) {
    auto& before = read_[address];
    const TrafficOfAddress more{moreThan(before.received, traffic.received),
                                moreThan(before.sent, traffic.sent)};
    before = traffic;
    const auto holder = holders_.find(address);
    if (more == TrafficOfAddress{} || holder == holders_.end()) continue;
    any = true;
    const auto entry = entries_.try_emplace(holder->second, UsageEntry{{}, now, now}).first;
    entry->second.traffic += more;
    entry->second.last = now;
  }
  return any;
}

void Usage::forget(const cloud::Cloud& cloud, std::chrono::sys_seconds now) {
  std::map<UsageKey, UsageEntry> kept;
  for (const auto& [key, entry] : entries_) {
    if (!cloud.account(key.owner)) continue;
    const auto id = cloud::InstanceId::parse(key.instance);
    const bool is_attached = id && cloud.instance(*id);
    if (is_attached || key.instance.empty() || entry.last + kRemembered >= now) {
      auto& into = kept.try_emplace(key, UsageEntry{{}, entry.since, entry.last}).first->second;
      into.traffic += entry.traffic;
      continue;
    }
    auto& into =
        kept.try_emplace(UsageKey{key.owner, "", {}}, UsageEntry{{}, entry.since, entry.last})
            .first->second;
    into.traffic += entry.traffic;
    into.since = std::min(into.since, entry.since);
    into.last = std::max(into.last, entry.last);
  }
  entries_ = std::move(kept);
}

std::string Usage::text() const {
  std::string text = fmt::format("{}\nlife {}\n", kHead, life_.empty() ? kNone : life_);
  auto out = std::back_inserter(text);
  for (const auto& [address, traffic] : read_) {
    fmt::format_to(out, "read {} {}\n", net::format(address), textOf(traffic));
  }
  for (const auto& [key, entry] : entries_) {
    fmt::format_to(out, "used {} {} {} {} {} {}\n", key.owner.value,
                   key.instance.empty() ? kNone : key.instance,
                   key.public_address ? net::format(*key.public_address) : std::string(kNone),
                   textOf(entry.traffic), textOf(entry.since), textOf(entry.last));
  }
  return text + "end\n";
}

Result<Usage> Usage::parse(std::string_view text) {
  Usage usage;
  std::size_t number = 0;
  bool has_end = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    Words words(line);
    bool is_right = !has_end;
    if (++number == 1) {
      is_right = line == kHead;
    } else if (line == "end") {
      has_end = true;
    } else {
      const auto what = words.word();
      if (what == "life") {
        const auto life = words.word();
        if (life != kNone) usage.life_ = life;
      } else if (what == "read") {
        const auto address = words.address();
        usage.read_[address] = words.traffic();
      } else if (what == "used") {
        const auto key = words.key();
        auto& entry = usage.entries_[key];
        entry.traffic = words.traffic();
        entry.since = words.time();
        entry.last = words.time();
      } else {
        is_right = false;
      }
      is_right = is_right && words.areRight();
    }
    if (!is_right) {
      return Error{ErrorCode::InvalidArgument, "",
                   fmt::format("line {} is not as netctl writes it: {}", number, quote(line))};
    }
  }
  if (has_end) return usage;
  return Error{ErrorCode::InvalidArgument, "",
               fmt::format("it ends after line {}, without the line that is its end", number)};
}

}  // namespace netctl::controller
