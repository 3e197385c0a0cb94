#include "netctl/controller/events.h"

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

void EventLog::add(EventKind kind, std::string object, std::string message, Event::Time now) {
  Event event{.time = now,
              .kind = kind,
              .object = std::move(object),
              .message = std::move(message),
              .first = now};
  if (const auto known = objects_.find(event.object); known != objects_.end()) {
    const auto& [newest, events] = known->second;
    const auto same = newest.find({kind, event.message});
    // Whoever sets the clock back makes times that are still to come.
    if (same != newest.end() && std::chrono::abs(now - events_.at(same->second).time) < kFolded) {
      event = take(same->second);
      event.time = now;
      ++event.count;
    } else if (events.size() >= kOfObject) {
      take(*events.begin());
    }
  }
  if (events_.size() >= kCapacity) take(events_.begin()->first);
  event.sequence = next_++;
  auto& object_events = objects_[event.object];
  object_events.newest.insert_or_assign({event.kind, event.message}, event.sequence);
  object_events.events.insert(event.sequence);
  events_.emplace(event.sequence, std::move(event));
}

Event EventLog::take(std::uint64_t sequence) {
  auto event = std::move(events_.extract(sequence).mapped());
  const auto of_object = objects_.find(event.object);
  auto& [newest, events] = of_object->second;
  events.erase(sequence);
  const auto same = newest.find({event.kind, event.message});
  if (same != newest.end() && same->second == sequence) newest.erase(same);
  if (events.empty()) objects_.erase(of_object);
  return event;
}

void EventLog::add(const cloud::Changes& changes) {
  addChanges(*this, changes.accounts,
             [](const auto& account) { return "account " + account.name; });
  addChanges(*this, changes.key_pairs, [](const auto& pair) { return "key pair " + pair.name; });
  addChanges(*this, changes.prefix_lists,
             [](const auto& list) { return "prefix list " + list.id.value; });
  addChanges(*this, changes.groups, [](const auto& group) { return "group " + group.id.value; });
  addChanges(*this, changes.instances,
             [](const auto& instance) { return "instance " + instance.id.text(); });
  addChanges(*this, changes.addresses,
             [](const auto& address) { return "address " + net::format(address.address); });
  addChanges(*this, changes.forwards,
             [](const auto& forward) { return "forward " + cloud::format(forward); });
}

std::vector<Event> EventLog::since(std::uint64_t sequence, std::size_t limit) const {
  std::vector<Event> found;
  for (auto at = events_.upper_bound(sequence); at != events_.end() && found.size() < limit; ++at) {
    found.push_back(at->second);
  }
  return found;
}

}  // namespace netctl::controller
