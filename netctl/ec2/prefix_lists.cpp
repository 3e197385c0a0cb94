#include "netctl/ec2/prefix_lists.h"

#include "base/text.h"
#include "modes/cloud/prefix_lists.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/fresh.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <functional>
#include <set>

/// Managed prefix lists, which permissions can name as one source.
namespace netctl::ec2 {
namespace {

using cloud::PrefixList;
using cloud::PrefixListId;
using cloud::Ref;

constexpr std::int64_t kMostVersion = 0xffffffff;

Error noSuchPrefixList(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidPrefixListID.NotFound",
          fmt::format("The prefix list ID '{}' does not exist", printable(id))};
}

/// The required `PrefixListId`; empty where it is not one.
std::string readId(const Parameters& parameters) {
  const auto& id = parameters.required("PrefixListId");
  if (id.empty() || !parameters.check("PrefixListId", parsePrefixListId(id))) return {};
  return id;
}

std::optional<cloud::Cidr> readCidr(const Parameters& item) {
  const auto& text = item.required("Cidr");
  if (text.empty()) return {};
  const auto cidr = cloud::parseCidr(text);
  if (!item.check("Cidr", cidr)) return {};
  return *cidr;
}

std::vector<cloud::PrefixListEntry> readEntries(const Parameters& parameters,
                                                std::string_view name) {
  std::vector<cloud::PrefixListEntry> entries;
  for (const auto& item : parameters.structures(name)) {
    const auto& description = item.text("Description");
    if (const auto cidr = readCidr(item)) entries.push_back({*cidr, description});
  }
  return entries;
}

std::optional<std::uint32_t> readMaxEntries(const Parameters& parameters) {
  const auto most = parameters.number("MaxEntries", 1, PrefixList::kMostEntries);
  if (!most) return {};
  return static_cast<std::uint32_t>(*most);
}

void writePrefixList(XmlWriter& xml, const cloud::Cloud& cloud, const PrefixList& list,
                     std::string_view state) {
  xml.text("prefixListId", list.id.value)
      .text("addressFamily", cloud::format(list.family))
      .text("state", state)
      .text("prefixListArn", fmt::format("arn:aws:ec2:{}:{}:prefix-list/{}",
                                         cloud.settings().region, list.owner.value, list.id.value))
      .text("prefixListName", list.name)
      .number("maxEntries", list.max_entries)
      .number("version", list.version)
      .text("ownerId", list.owner.value);
  writeTags(xml, list.resource_tags);
}

/// Clients wait for it.
std::string_view stateOf(const PrefixList& list) {
  return list.modified ? "modify-complete" : "create-complete";
}

Elements showOne(const cloud::Cloud& cloud, const PrefixList& list, std::string_view state) {
  XmlWriter xml;
  xml.open("prefixList");
  writePrefixList(xml, cloud, list, state);
  xml.close();
  return xml.take();
}

Result<Elements> answerList(const controller::View& view, const cloud::Outcome& outcome,
                            std::string_view asked) {
  const auto* const id = std::get_if<PrefixListId>(&outcome.object);
  const auto list = id != nullptr ? view.cloud.prefixList(*id) : nullptr;
  if (!list) return noSuchPrefixList(asked);  // deleted before it was in force
  return showOne(view.cloud, *list, stateOf(*list));
}

const FilterTable<PrefixList>& prefixListFilters() {
  static const FilterTable<PrefixList> table = [] {
    FilterTable<PrefixList> filters{
        {"owner-id",
         [](const PrefixList& list, Values& values) { values.push_back(list.owner.value); }},
        {"prefix-list-id",
         [](const PrefixList& list, Values& values) { values.push_back(list.id.value); }},
        {"prefix-list-name",
         [](const PrefixList& list, Values& values) { values.push_back(list.name); }},
    };
    addTagFilters<PrefixList>(filters, [](const PrefixList& list) -> const cloud::ResourceTags& {
      return list.resource_tags;
    });
    return filters;
  }();
  return table;
}

/// The account's list of that id; null where there is none.
Ref<PrefixList> findOwn(const Call& call, const std::string& id) {
  const auto list = call.cloud().prefixList(PrefixListId{id});
  return list && list->owner == call.account.id ? list : nullptr;
}

/// The page of the account's lists that a request names, each written by `write`.
Result<Step> describe(const Call& call,
                      const std::function<void(XmlWriter&, const PrefixList&)>& write) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, prefixListFilters(), true);
  const auto page = Page::read(parameters);
  std::set<std::string> wanted;
  std::string absent;
  for (const auto& id : parameters.list("PrefixListId")) {
    if (!parameters.check("PrefixListId", parsePrefixListId(id))) continue;
    if (!findOwn(call, id)) absent = id;
    wanted.insert(id);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (!absent.empty()) return noSuchPrefixList(absent);
  std::map<std::string, Ref<PrefixList>> lists;
  for (const auto& [name, id] : call.cloud().prefixListsOf(call.account.id)) {
    lists.emplace(id.value, call.cloud().prefixList(id));
  }
  XmlWriter xml;
  writePage(
      xml, "prefixListSet", page, lists,
      [&](const Ref<PrefixList>& list) {
        return (wanted.empty() || wanted.contains(list->id.value)) &&
               filters.hold(*list, prefixListFilters(), list->resource_tags);
      },
      [&](const Ref<PrefixList>& list) { write(xml, *list); });
  return Step{xml.take()};
}

}  // namespace

Result<std::string> parsePrefixListId(std::string_view text) {
  if (cloud::isPrefixListId(text)) return std::string(text);
  return Error{ErrorCode::InvalidArgument, "InvalidPrefixListId.Malformed",
               fmt::format("The prefix list ID '{}' is malformed; write pl- and 17 lower-case "
                           "hexadecimal digits",
                           printable(text))};
}

Result<Step> createManagedPrefixList(const Call& call) {
  const auto& parameters = call.parameters;
  cloud::CreatePrefixList command{.owner = call.owner(),
                                  .name = parameters.required("PrefixListName"),
                                  .entries = readEntries(parameters, "Entry"),
                                  .client_token = parameters.text("ClientToken"),
                                  .resource_tags = readTagSpecifications(parameters, "prefix-list"),
                                  .fresh_id = api::drawFresh().prefix_list};
  (void)parameters.required("MaxEntries");
  command.max_entries = readMaxEntries(parameters).value_or(command.max_entries);
  if (const auto& family = parameters.required("AddressFamily"); !family.empty()) {
    const auto parsed = cloud::parseAddressFamily(family);
    if (parameters.check("AddressFamily", parsed)) command.family = *parsed;
  }
  return Change{.command = command,
                .answer = [token = command.client_token, name = command.name](
                              const controller::View& view,
                              const cloud::Outcome& outcome) -> Result<Elements> {
                  const auto* const id = std::get_if<PrefixListId>(&outcome.object);
                  const auto list = id != nullptr ? view.cloud.prefixList(*id) : nullptr;
                  const bool is_repeated = list && !token.empty() && list->client_token == token;
                  if (!outcome.changed && !is_repeated) {
                    return Error{ErrorCode::Conflict, "InvalidPrefixList.Duplicate",
                                 fmt::format("The prefix list {} already exists", quote(name))};
                  }
                  return answerList(view, outcome, name);
                },
                .again =
                    [command]() mutable {
                      command.fresh_id = api::drawFresh().prefix_list;
                      return command;
                    }};
}

Result<Step> modifyManagedPrefixList(const Call& call) {
  const auto& parameters = call.parameters;
  cloud::ModifyPrefixList command{.owner = call.owner(),
                                  .prefix_list = readId(parameters),
                                  .max_entries = readMaxEntries(parameters),
                                  .add = readEntries(parameters, "AddEntry")};
  if (const auto& name = parameters.text("PrefixListName"); !name.empty()) command.name = name;
  for (const auto& item : parameters.structures("RemoveEntry")) {
    if (const auto cidr = readCidr(item)) command.remove.push_back(*cidr);
  }
  if (const auto version = parameters.number("CurrentVersion", 1, kMostVersion)) {
    command.version = static_cast<std::uint32_t>(*version);
  }
  return Change{.command = command,
                .answer = [id = command.prefix_list](const controller::View& view,
                                                     const cloud::Outcome& outcome) {
                  return answerList(view, outcome, id);
                }};
}

Result<Step> deleteManagedPrefixList(const Call& call) {
  const auto id = readId(call.parameters);
  // As it was: the answer tells of it when it is gone.
  const auto list = findOwn(call, id);
  const auto answer = list ? showOne(call.cloud(), *list, "delete-complete") : Elements();
  return Change{.command = cloud::DeletePrefixList{call.owner(), id},
                .answer = [id, answer](const controller::View&,
                                       const cloud::Outcome& outcome) -> Result<Elements> {
                  if (!outcome.changed) return noSuchPrefixList(id);
                  return answer;
                }};
}

Result<Step> describeManagedPrefixLists(const Call& call) {
  return describe(call, [&](XmlWriter& xml, const PrefixList& list) {
    writePrefixList(xml, call.cloud(), list, stateOf(list));
  });
}

Result<Step> describePrefixLists(const Call& call) {
  return describe(call, [](XmlWriter& xml, const PrefixList& list) {
    xml.text("prefixListId", list.id.value).text("prefixListName", list.name).open("cidrSet");
    for (const auto& [cidr, description] : list.entries) xml.text("item", cloud::format(cidr));
    xml.close();
  });
}

Result<Step> getManagedPrefixListEntries(const Call& call) {
  const auto& parameters = call.parameters;
  const auto id = readId(parameters);
  const auto page = Page::read(parameters);
  const auto version = parameters.number("TargetVersion", 1, kMostVersion);
  const auto list = findOwn(call, id);
  if (list && version && *version != list->version) {
    parameters.wrong("TargetVersion",
                     fmt::format("The version {} is not kept; the list has the version {}",
                                 *version, list->version));
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (!list) return noSuchPrefixList(id);
  std::map<std::string, cloud::PrefixListEntry> entries;
  for (const auto& [cidr, description] : list->entries) {
    entries.emplace(cloud::format(cidr), cloud::PrefixListEntry{cidr, description});
  }
  XmlWriter xml;
  writePage(
      xml, "entrySet", page, entries, [](const auto&) { return true; },
      [&](const cloud::PrefixListEntry& entry) {
        xml.text("cidr", cloud::format(entry.cidr));
        if (!entry.description.empty()) xml.text("description", entry.description);
      });
  return Step{xml.take()};
}

Result<Step> getManagedPrefixListAssociations(const Call& call) {
  const auto& parameters = call.parameters;
  const auto id = readId(parameters);
  const auto page = Page::read(parameters);
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (!findOwn(call, id)) return noSuchPrefixList(id);
  std::map<std::string, Ref<cloud::Group>> groups;
  for (const auto& group : call.cloud().groupsThatName(PrefixListId{id})) {
    groups.emplace(group.value, call.cloud().group(group));
  }
  XmlWriter xml;
  writePage(
      xml, "prefixListAssociationSet", page, groups, [](const auto&) { return true; },
      [&](const Ref<cloud::Group>& group) {
        xml.text("resourceId", group->id.value).text("resourceOwner", group->owner.value);
      });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
