#include "netctl/cli/restore_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace netctl::cli {
namespace {

std::string ownerOf(const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  const auto account = cloud.account(owner);
  return account ? account->name : owner.value;
}

std::string nameOf(const cloud::Cloud& /*cloud*/, const cloud::Account& account) {
  return fmt::format("account {} ({})", account.name, account.id.value);
}
// The secret stays out of it.
std::string nameOf(const cloud::Cloud& cloud, const cloud::AccessKey& key) {
  return fmt::format("access key {} of {}", key.id, ownerOf(cloud, key.owner));
}
std::string nameOf(const cloud::Cloud& cloud, const cloud::Group& group) {
  return fmt::format("group {}/{} ({}, {} permissions)", ownerOf(cloud, group.owner), group.name,
                     group.id.value, group.permissions.size());
}
std::string nameOf(const cloud::Cloud& cloud, const cloud::PrefixList& list) {
  return fmt::format("prefix list {}/{} ({}, {} entries)", ownerOf(cloud, list.owner), list.name,
                     list.id.value, list.entries.size());
}
std::string nameOf(const cloud::Cloud& cloud, const cloud::Instance& instance) {
  return fmt::format("instance {} of {}", instance.id.text(), ownerOf(cloud, instance.owner));
}
std::string nameOf(const cloud::Cloud& cloud, const cloud::Address& address) {
  return fmt::format("address {} of {}{}", net::format(address.address),
                     ownerOf(cloud, address.owner),
                     address.instance ? " at " + address.instance->text() : "");
}

std::string nameOf(const cloud::Cloud& cloud, const cloud::Forward& forward) {
  return fmt::format("forward {} of {} to {} {}", cloud::format(forward),
                     ownerOf(cloud, forward.owner), forward.instance.text(), forward.instance_port);
}

/// What becomes of a group's permissions, in a few words.
std::string detail(const cloud::Group& before, const cloud::Group& after) {
  std::vector<cloud::Permission> gone;
  std::vector<cloud::Permission> added;
  std::ranges::set_difference(before.permissions, after.permissions, std::back_inserter(gone));
  std::ranges::set_difference(after.permissions, before.permissions, std::back_inserter(added));
  if (gone.empty() && added.empty()) return "";
  return fmt::format(": {} permissions come, {} go", added.size(), gone.size());
}
template <class T>
std::string detail(const T& /*before*/, const T& /*after*/) {
  return "";
}

template <class Key, class T>
void compare(const cloud::Cloud& there, const cloud::Cloud& backup,
             const std::map<Key, cloud::Ref<T>>& before, const std::map<Key, cloud::Ref<T>>& after,
             std::vector<std::string>& lines) {
  for (const auto& [id, object] : before) {
    if (!after.contains(id)) lines.push_back("- " + nameOf(there, *object));
  }
  for (const auto& [id, object] : after) {
    const auto former = before.find(id);
    if (former == before.end()) {
      lines.push_back("+ " + nameOf(backup, *object));
    } else if (!(*former->second == *object)) {
      lines.push_back("~ " + nameOf(backup, *object) + detail(*former->second, *object));
    }
  }
}

}  // namespace

std::vector<std::string> restorePlan(const cloud::Cloud& there, const cloud::Cloud& backup) {
  std::vector<std::string> lines;
  compare(there, backup, there.accounts(), backup.accounts(), lines);
  compare(there, backup, there.keys(), backup.keys(), lines);
  compare(there, backup, there.prefixLists(), backup.prefixLists(), lines);
  compare(there, backup, there.groups(), backup.groups(), lines);
  compare(there, backup, there.instances(), backup.instances(), lines);
  compare(there, backup, there.addresses(), backup.addresses(), lines);
  compare(there, backup, there.forwards(), backup.forwards(), lines);
  return lines;
}

}  // namespace netctl::cli
