#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/prefix_lists.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

/// EC2's limit of an account in a region.
constexpr std::size_t kMostPrefixLists = 100;

void checkMaxEntries(std::uint32_t max_entries, Faults& faults) {
  if (max_entries >= 1 && max_entries <= PrefixList::kMostEntries) return;
  faults.add("max_entries", invalid(fmt::format("{} is not a number of entries; write 1 to {}",
                                                max_entries, PrefixList::kMostEntries)));
}

void checkFamily(const Cidr& cidr, AddressFamily family, const std::string& where, Faults& faults) {
  if (familyOf(cidr) == family) return;
  faults.add(where, invalid(fmt::format("{} is not an {} prefix, as all of this list are",
                                        format(cidr), format(family))));
}

/// The entries in `at`, each once, with a fault for each that is wrong.
std::map<Cidr, std::string> checkEntries(const std::vector<PrefixListEntry>& entries,
                                         AddressFamily family, std::string_view at,
                                         Faults& faults) {
  std::map<Cidr, std::string> checked;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [cidr, description] = entries[i];
    const auto where = fmt::format("{}[{}]", at, i);
    checkFamily(cidr, family, where, faults);
    faults.check(where + ".description", checkDescription(description));
    if (!checked.emplace(cidr, description).second) {
      faults.add(where, invalid(fmt::format("{} is named twice; name it once", format(cidr))));
    }
  }
  return checked;
}

void checkSize(std::size_t entries, std::uint32_t max_entries, const std::string& where,
               Faults& faults) {
  if (entries <= max_entries) return;
  faults.add(where, conflict("PrefixListMaxEntriesExceeded",
                             fmt::format("the list would have {} entries, and may have {} at most; "
                                         "remove some, or give it more max_entries",
                                         entries, max_entries)));
}

Error duplicate(std::string_view name) {
  return conflict(
      "InvalidPrefixList.Duplicate",
      fmt::format("The prefix list {} already exists with other contents", quote(name)));
}

/// What was made by that request already; null where nothing was.
Ref<PrefixList> madeBefore(const Cloud& cloud, const AccountId& owner,
                           const std::string& client_token) {
  if (client_token.empty()) return nullptr;
  for (const auto& [name, id] : cloud.prefixListsOf(owner)) {
    auto list = cloud.prefixList(id);
    if (list->client_token == client_token) return list;
  }
  return nullptr;
}

}  // namespace

Result<Ref<PrefixList>> findPrefixList(const Cloud& cloud, const AccountId& owner,
                                       std::string_view prefix_list) {
  Ref<PrefixList> found;
  if (isPrefixListId(prefix_list)) {
    found = cloud.prefixList(PrefixListId{std::string(prefix_list)});
    if (found && found->owner != owner) found = nullptr;
  } else if (prefix_list.starts_with("pl-")) {
    return Error{ErrorCode::InvalidArgument, "InvalidPrefixListId.Malformed",
                 fmt::format("{} is not a prefix list's id; write pl- and 17 lower-case "
                             "hexadecimal digits, or the list's name",
                             quote(prefix_list))};
  } else {
    if (const auto right = checkPrefixListName(prefix_list); !right) return right.error();
    found = cloud.prefixListByName(owner, prefix_list);
  }
  if (found) return found;
  return notFound("InvalidPrefixListID.NotFound",
                  fmt::format("The prefix list {} does not exist", quote(prefix_list)));
}

Result<Outcome> execute(Cloud& cloud, const CreatePrefixList& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  faults.check("owner", account);
  faults.check("name", checkPrefixListName(command.name));
  faults.check("client_token", checkClientToken(command.client_token));
  checkMaxEntries(command.max_entries, faults);
  checkResourceTags(command.resource_tags, faults);
  auto entries = checkEntries(command.entries, command.family, "entries", faults);
  checkSize(entries.size(), command.max_entries, "entries", faults);
  if (!faults.empty()) return faults.error();
  const auto& owner = (*account)->id;
  if (const auto made = madeBefore(cloud, owner, command.client_token)) {
    if (made->name == command.name) return Outcome{.object = made->id};
    return conflict("IdempotentParameterMismatch",
                    "the client token has made another prefix list; use another token");
  }
  if (const auto there = cloud.prefixListByName(owner, command.name)) {
    const bool same = there->family == command.family &&
                      there->max_entries == command.max_entries && there->entries == entries;
    return same ? Result<Outcome>(Outcome{.object = there->id}) : duplicate(command.name);
  }
  if (cloud.prefixListsOf(owner).size() >= kMostPrefixLists) {
    return conflict(
        "ResourceLimitExceeded",
        fmt::format("The account may have {} prefix lists at most; delete some", kMostPrefixLists));
  }
  if (!isPrefixListId(command.fresh_id.value)) {
    return Error{ErrorCode::Internal, "InternalError", "a new prefix list came without an id"};
  }
  if (cloud.prefixList(command.fresh_id)) return idTaken(command.fresh_id.value);
  cloud.put(PrefixList{.id = command.fresh_id,
                       .owner = owner,
                       .name = command.name,
                       .family = command.family,
                       .max_entries = command.max_entries,
                       .client_token = command.client_token,
                       .entries = std::move(entries),
                       .resource_tags = command.resource_tags});
  return Outcome{.object = command.fresh_id};
}

Result<Outcome> execute(Cloud& cloud, const ModifyPrefixList& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findPrefixList(cloud, (*account)->id, command.prefix_list);
  if (!faults.check("prefix_list", found)) return faults.error();
  auto list = **found;
  const auto added = checkEntries(command.add, list.family, "add", faults);
  for (std::size_t i = 0; i < command.remove.size(); ++i) {
    const auto& cidr = command.remove[i];
    const auto where = fmt::format("remove[{}]", i);
    checkFamily(cidr, list.family, where, faults);
    if (added.contains(cidr)) {
      faults.add(where, invalid(fmt::format("{} is to be added and to be removed; name it once",
                                            format(cidr))));
    }
    list.entries.erase(cidr);
  }
  for (const auto& [cidr, description] : added) list.entries.insert_or_assign(cidr, description);
  if (command.max_entries) {
    checkMaxEntries(*command.max_entries, faults);
    list.max_entries = *command.max_entries;
  }
  checkSize(list.entries.size(), list.max_entries, command.add.empty() ? "max_entries" : "add",
            faults);
  if (command.name && faults.check("name", checkPrefixListName(*command.name))) {
    const auto named = cloud.prefixListByName(list.owner, *command.name);
    if (named && named->id != list.id) faults.add("name", duplicate(*command.name));
    list.name = *command.name;
  }
  const bool changes = list != **found;
  // What is so already may be asked for again, by whoever missed the answer.
  if (changes && command.version && *command.version != list.version) {
    faults.add("version",
               conflict("PrefixListVersionMismatch",
                        fmt::format("The prefix list {} has the version {}, not {}; look at it "
                                    "again, and ask with that version",
                                    list.id.value, list.version, *command.version)));
  }
  if (!faults.empty()) return faults.error();
  const auto id = list.id;
  if (changes) {
    if (list.entries != (*found)->entries) ++list.version;
    list.modified = true;
    cloud.put(std::move(list));
  }
  return Outcome{.object = id, .keep_flows = command.keep_flows};
}

Result<Outcome> execute(Cloud& cloud, const DeletePrefixList& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findPrefixList(cloud, (*account)->id, command.prefix_list);
  if (!found && found.error().code == ErrorCode::NotFound) return Outcome{};
  if (!faults.check("prefix_list", found)) return faults.error();
  const auto id = (*found)->id;
  for (const auto& group : cloud.groupsThatName(id)) {
    faults.add("prefix_list",
               conflict("DependencyViolation",
                        fmt::format("The prefix list {} cannot be deleted: a permission of group "
                                    "{} names it; revoke that",
                                    quote((*found)->name), quote(cloud.group(group)->name))));
  }
  if (!faults.empty()) return faults.error();
  cloud.erase(id);
  return Outcome{.object = id};
}

}  // namespace netctl::cloud
