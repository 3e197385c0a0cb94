#include "netctl/cli/command_words.h"

#include "netctl/api/method.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace netctl::cli {
namespace {

using Words = std::vector<std::string>;

/// The commands that are not a noun's, with their second words.
const std::map<std::string, Words, std::less<>>& commandsOfNoNoun() {
  static const std::map<std::string, Words, std::less<>> kCommands{
      {"backup", {}},
      {"config", {"check"}},
      {"events", {}},
      {"help", {}},
      {"hook", {"libvirt", "proxmox", "prune", "sync"}},
      {"methods", {}},
      {"pause", {}},
      {"pki", {"client", "init", "node", "reader", "renew", "revoke"}},
      {"plan", {}},
      {"reconcile", {}},
      {"reload", {}},
      {"restart", {"dhcp", "metadata"}},
      {"restore", {}},
      {"resume", {}},
      {"setup", {}},
      {"state", {"accept", "new"}},
      {"status", {}},
      {"store", {"move", "take"}},
      {"version", {}},
      {"wait", {}}};
  return kCommands;
}

/// Verbs that other programs have, and what they are called here; of several, what the noun has.
const std::map<std::string_view, std::vector<std::string_view>>& otherVerbs() {
  static const std::map<std::string_view, std::vector<std::string_view>> kVerbs{
      {"list", {"describe"}},
      {"ls", {"describe", "list"}},
      {"show", {"describe", "list"}},
      {"get", {"describe", "list"}},
      {"rm", {"delete", "detach", "release"}}};
  return kVerbs;
}

}  // namespace

std::string wordOf(std::string_view name) {
  std::string word(name);
  std::ranges::replace(word, '_', '-');
  return word;
}

std::vector<std::string> firstWords() {
  std::set<std::string> words;
  for (const auto& method : api::methods()) words.insert(wordOf(method.noun()));
  for (const auto& [word, second] : commandsOfNoNoun()) words.insert(word);
  return {words.begin(), words.end()};
}

std::vector<std::string> secondWords(std::string_view first) {
  if (const auto found = commandsOfNoNoun().find(first); found != commandsOfNoNoun().end())
    return found->second;
  std::set<std::string> words;
  for (const auto& method : api::methods()) {
    if (wordOf(method.noun()) != first) continue;
    words.insert(wordOf(method.verb()));
  }
  return {words.begin(), words.end()};
}

std::string methodName(std::string_view noun, std::string_view verb) {
  const auto written = [](std::string_view word) {
    std::string text(word);
    std::ranges::replace(text, '-', '_');
    return text;
  };
  auto name = fmt::format("{}.{}", written(noun), written(verb));
  const auto others = otherVerbs().find(verb);
  if (api::findMethod(name) != nullptr || others == otherVerbs().end()) return name;
  for (const auto& other : others->second) {
    auto meant = fmt::format("{}.{}", written(noun), other);
    if (api::findMethod(meant) != nullptr) return meant;
  }
  return name;
}

}  // namespace netctl::cli
