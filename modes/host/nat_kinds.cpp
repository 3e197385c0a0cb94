#include "modes/host/nat_kinds.h"

#include "modes/net/protocol.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace netctl::host {
namespace {

using ForwardChange = std::pair<const PublicPort, EntryChange<PrivatePort>>;

std::string range(std::uint16_t first, std::uint32_t count) {
  const auto text = std::to_string(first);
  return count == 1 ? text : text + "-" + std::to_string(first + count - 1);
}

bool follows(const std::optional<PrivatePort>& first, const std::optional<PrivatePort>& later,
             std::uint32_t distance) {
  if (!first || !later) return !first && !later;
  return first->address == later->address && first->port + distance == later->port;
}

/// Whether the later one does to its port what the first one does to its own, so many ports on.
bool follows(const ForwardChange& first, const ForwardChange& later, std::uint32_t distance) {
  return first.first.address == later.first.address &&
         first.first.protocol == later.first.protocol &&
         first.first.port + distance == later.first.port &&
         follows(first.second.before, later.second.before, distance) &&
         follows(first.second.after, later.second.after, distance);
}

}  // namespace

void NatRulesKind::describe(const EditNat& step, Lines& lines) {
  if (step.rules) lines.add(*step.rules, "nat rules and wall");
}

void ElasticKind::touched(const EditNat& step, std::set<net::Ipv4Address>& names) {
  for (const auto& [address, change] : step.elastic) names.insert(address);
}

void ElasticKind::describe(const EditNat& step, Lines& lines) {
  for (const auto& [address, change] : step.elastic) {
    lines.add(change, "nat of " + net::format(address),
              change.after ? "to " + net::format(*change.after) : "");
  }
}

void SenderKind::touched(const EditNat& step, std::set<Sender>& names) {
  for (const auto* senders : {&step.senders_to_add, &step.senders_to_remove}) {
    names.insert(senders->begin(), senders->end());
  }
}

void SenderKind::carryOut(const EditNat& step, std::set<Sender>& objects) {
  if (step.rules) objects.clear();
  for (const auto& sender : step.senders_to_remove) objects.erase(sender);
  objects.insert(step.senders_to_add.begin(), step.senders_to_add.end());
}

void SenderKind::describe(const EditNat& step, Lines& lines) {
  const auto add = [&](std::string_view action, const std::set<Sender>& senders) {
    for (const auto& [address, mac] : senders) {
      lines.add(action, "sender " + net::format(address), "by " + net::format(mac));
    }
  };
  add("remove", step.senders_to_remove);
  add("add", step.senders_to_add);
}

void ForwardKind::touched(const EditNat& step, std::set<PublicPort>& names) {
  for (const auto& [port, change] : step.forwards) names.insert(port);
}

void ForwardKind::describe(const EditNat& step, Lines& lines) {
  for (auto first = step.forwards.begin(); first != step.forwards.end();) {
    std::uint32_t count = 1;
    auto next = std::next(first);
    while (next != step.forwards.end() && follows(*first, *next, count)) {
      ++next;
      ++count;
    }
    const auto& [port, change] = *first;
    if (port.protocol == 0) {
      lines.add(change, "rest of " + net::format(port.address), change.after ? "to nobody" : "");
      first = next;
      continue;
    }
    lines.add(change,
              "forward of " + net::format(port.address) + " " +
                  net::format(net::Protocol{port.protocol}) + " " + range(port.port, count),
              change.after ? "to " + net::format(change.after->address) + " " +
                                 range(change.after->port, count)
                           : "");
    first = next;
  }
}

}  // namespace netctl::host
