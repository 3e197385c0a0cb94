#include "netctl/controller/events.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace netctl::controller {
namespace {

template <class Table, class Name>
void addChanges(EventLog& events, const Table& table, Name name) {
  for (const auto& [key, change] : table) {
    if (!change.before && !change.after) continue;
    const auto* verb = !change.before ? "added" : !change.after ? "removed" : "changed";
    events.add(EventKind::Change, name(change.after ? *change.after : *change.before), verb);
  }
}

}  // namespace

std::string_view format(EventKind kind) {
  switch (kind) {
    case EventKind::Change:
      return "change";
    case EventKind::Drift:
      return "drift";
    case EventKind::Error:
      return "error";
    case EventKind::Notice:
      return "notice";
  }
  return "?";
}

void EventLog::add(EventKind kind, std::string object, std::string message) {
  if (events_.size() == kCapacity) events_.pop_front();
  events_.push_back(
      {next_++, std::chrono::system_clock::now(), kind, std::move(object), std::move(message)});
}

void EventLog::add(const cloud::Changes& changes) {
  addChanges(*this, changes.accounts,
             [](const auto& account) { return "account " + account.name; });
  addChanges(*this, changes.groups, [](const auto& group) { return "group " + group.id.value; });
  addChanges(*this, changes.instances,
             [](const auto& instance) { return "instance " + instance.id.text(); });
  addChanges(*this, changes.addresses,
             [](const auto& address) { return "address " + net::format(address.address); });
}

std::vector<Event> EventLog::since(std::uint64_t sequence, std::size_t limit) const {
  const auto begin =
      std::partition_point(events_.begin(), events_.end(),
                           [sequence](const Event& event) { return event.sequence <= sequence; });
  const auto count = std::min<std::size_t>(limit, std::distance(begin, events_.end()));
  return {begin, std::next(begin, static_cast<std::ptrdiff_t>(count))};
}

}  // namespace netctl::controller
