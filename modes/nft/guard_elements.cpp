#include "modes/nft/guard_elements.h"

#include "base/number.h"
#include "modes/host/names.h"
#include "modes/nft/comment_words.h"
#include "modes/nft/guard_seal.h"
#include "modes/nft/guard_table.h"

#include <fmt/format.h>

#include <map>

namespace netctl::nft {
namespace {

using host::Guard;

constexpr std::string_view kPortMacs = "port_macs";
constexpr std::string_view kOwnMacs = "own_macs";
constexpr std::string_view kOwnAddresses = "own_addresses";
constexpr std::string_view kAnyAddress = "any_address";
constexpr std::string_view kMigrating = "migrating";
constexpr std::string_view kPortNetworks = "port_networks";
constexpr std::string_view kMemberNetworks = "member_networks";

/// The last word of the comment of a guard whose instance migrates.
constexpr std::string_view kMigratingWord = "migrating";

struct KeyText {
  std::string operator()(std::string_view device) const { return fmt::format("\"{}\"", device); }
  std::string operator()(const net::MacAddress& mac) const { return net::format(mac); }
  std::string operator()(net::Ipv4Address address) const { return net::format(address); }
  std::string operator()(net::Tag tag) const { return fmt::format("{}", tag.value); }
};

std::string keyText(const GuardElement& element) {
  std::string text;
  for (const auto& part : element.key) {
    text += (text.empty() ? "" : " . ") + std::visit(KeyText{}, part);
  }
  return text;
}

std::string text(const GuardElement& element) {
  auto text = keyText(element);
  if (element.said) text += fmt::format(" comment \"{}\"", guardComment(*element.said));
  if (element.value) text += fmt::format(" : {}", element.value->value);
  return text;
}

std::optional<net::Tag> parseTag(std::string_view text) {
  const auto number = parseWhole<std::uint16_t>(text);
  if (!number) return {};
  return net::Tag{*number};
}

/// What the table has of an instance under its MAC, wherever its port is.
void addOwn(const Guard& guard, std::vector<GuardElement>& elements) {
  elements.push_back({.set = kOwnMacs, .key = {guard.mac, guard.mac}});
  if (guard.address) {
    elements.push_back({.set = kOwnAddresses, .key = {guard.mac, *guard.address}});
  } else {
    elements.push_back({.set = kAnyAddress, .key = {guard.mac}});
  }
  if (guard.migrates) elements.push_back({.set = kMigrating, .key = {guard.mac}});
}

/// Commands of one kind, one for each set.
class Commands {
 public:
  explicit Commands(std::string_view verb) : verb_(verb) {}

  void add(const GuardElement& element, std::string text) {
    auto& list = elements_[element.set];
    list += (list.empty() ? "" : ", ") + std::move(text);
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [set, elements] : elements_) {
      text += fmt::format("{} element bridge {} {} {{ {} }}\n", verb_, host::kGuardTable, set,
                          elements);
    }
    return text;
  }

 private:
  std::string_view verb_;
  std::map<std::string_view, std::string> elements_;
};

struct Edit {
  Commands ensure{"add"};
  Commands remove{"delete"};
  Commands add{"add"};

  template <class Value, class ElementsOf>
  void change(const host::EntryChange<Value>& change, const ElementsOf& elements_of) {
    if (change.before) {
      for (const auto& element : elements_of(*change.before)) {
        // What is to be deleted must be there, and somebody may have deleted it. A map's element
        // was seen, with a value that adding it would have to repeat.
        if (!element.value) ensure.add(element, keyText(element));
        remove.add(element, keyText(element));
      }
    }
    if (!change.after) return;
    for (const auto& element : elements_of(*change.after)) {
      add.add(element, text(element));
    }
  }
};

}  // namespace

const std::vector<std::string_view>& guardSets() {
  static const std::vector<std::string_view> kSets{
      kGuardPorts,   kGuardUnseen, kGuardMembers, kPortMacs,       kOwnMacs,
      kOwnAddresses, kAnyAddress,  kPortNetworks, kMemberNetworks, kMigrating};
  return kSets;
}

std::vector<GuardElement> portElements(std::string_view device, const Guard& guard) {
  std::vector<GuardElement> elements{{.set = kGuardPorts, .key = {device}, .said = guard},
                                     {.set = kPortMacs, .key = {device, guard.mac}}};
  addOwn(guard, elements);
  if (guard.network) elements.push_back({.set = kPortNetworks, .key = {device, *guard.network}});
  return elements;
}

std::vector<GuardElement> unseenElements(const Guard& guard) {
  std::vector<GuardElement> elements{{.set = kGuardUnseen, .key = {guard.mac}, .said = guard}};
  addOwn(guard, elements);
  return elements;
}

std::vector<GuardElement> memberElements(const net::MacAddress& mac, net::Tag network) {
  return {{.set = kGuardMembers, .key = {mac}, .value = network},
          {.set = kMemberNetworks, .key = {mac, network}}};
}

std::string guardComment(const Guard& guard) {
  return fmt::format("{} {} {}{}", net::format(guard.mac),
                     guard.address ? net::format(*guard.address) : kNoWord,
                     guard.network ? fmt::format("{}", guard.network->value) : kNoWord,
                     guard.migrates ? fmt::format(" {}", kMigratingWord) : "");
}

std::optional<Guard> parseGuard(std::string_view comment) {
  const auto mac = net::parseMacAddress(takeWord(comment));
  if (!mac) return {};
  Guard guard{.mac = *mac};
  const auto address_text = takeWord(comment);
  if (address_text != kNoWord) {
    const auto address = net::parseIpv4Address(address_text);
    if (!address) return {};
    guard.address = *address;
  }
  const auto network_text = takeWord(comment);
  if (network_text != kNoWord) {
    guard.network = parseTag(network_text);
    if (!guard.network) return {};
  }
  if (comment.empty()) return guard;
  guard.migrates = takeWord(comment) == kMigratingWord;
  if (!guard.migrates || !comment.empty()) return {};
  return guard;
}

std::string guardCommands(const host::EditGuards& step, bool bridge_names) {
  std::string text;
  if (step.rules) {
    // Adding makes sure that there is one to delete.
    text += fmt::format("add table bridge {0}\ndelete table bridge {0}\n", host::kGuardTable);
    if (!step.rules->after) return text;
    text += guardTable(*step.rules->after, bridge_names);
    Commands add{"add"};
    for (const auto& mac : step.rules->after->gateway_macs) {
      add.add({.set = kGatewayMacs, .key = {mac}}, net::format(mac));
    }
    text += add.text();
    text += addGuardSeal(kRulesSeal, rulesSeal(*step.rules->after, bridge_names));
  }
  Edit edit;
  for (const auto& [device, change] : step.ports) {
    const auto elements = [&name = device](const Guard& guard) {
      return portElements(name, guard);
    };
    edit.change(change, elements);
  }
  for (const auto& [mac, change] : step.unseen) edit.change(change, unseenElements);
  for (const auto& [mac, change] : step.members) {
    const auto elements = [&address = mac](net::Tag tag) { return memberElements(address, tag); };
    edit.change(change, elements);
  }
  return text + edit.ensure.text() + edit.remove.text() + edit.add.text();
}

}  // namespace netctl::nft
