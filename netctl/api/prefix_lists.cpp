#include "modes/cloud/prefix_lists.h"

#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <fmt/format.h>
#include <boost/json.hpp>

/// The noun `prefix_list`: prefixes that permissions name as one source.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr Parameter kPrefixList{"prefix_list", String, false, "prefix list, by name or id",
                                R"("offices")"};
constexpr Parameter kMaxEntries{"max_entries",
                                Number,
                                false,
                                "how many CIDRs it may have; 1000 where it is absent",
                                "20",
                                1,
                                cloud::PrefixList::kMostEntries};

std::string readPrefixList(const Fields& fields) {
  return fields.parsed("prefix_list", parsePrefixList).value_or("");
}

std::vector<cloud::Cidr> readCidrs(const Fields& fields, std::string_view name) {
  std::vector<cloud::Cidr> cidrs;
  const auto texts = fields.texts(name);
  for (std::size_t i = 0; texts && i < texts->size(); ++i) {
    if (const auto cidr = cloud::parseCidr((*texts)[i])) {
      cidrs.push_back(*cidr);
    } else {
      fields.fault(fmt::format("{}[{}]", name, i), cidr.error().message);
    }
  }
  return cidrs;
}

/// The CIDRs of that member, each with the description that the request has.
std::vector<cloud::PrefixListEntry> readEntries(const Fields& fields, std::string_view name) {
  const auto description =
      fields.parsed("description", checked(cloud::checkDescription)).value_or("");
  std::vector<cloud::PrefixListEntry> entries;
  for (const auto& cidr : readCidrs(fields, name)) entries.push_back({cidr, description});
  return entries;
}

cloud::CreatePrefixList readListCreation(const Fields& fields) {
  cloud::CreatePrefixList command{
      .owner = readOwner(fields),
      .name = fields.parsed("name", checked(cloud::checkPrefixListName)).value_or(""),
      .entries = readEntries(fields, "cidrs")};
  if (const auto most = fields.number("max_entries")) {
    command.max_entries = static_cast<std::uint32_t>(*most);
  }
  // Without a word of it, of the family that its first entry has.
  const auto of_first = command.entries.empty() ? cloud::AddressFamily::Ipv4
                                                : cloud::familyOf(command.entries.front().cidr);
  command.family = fields.parsed("family", cloud::parseAddressFamily).value_or(of_first);
  return command;
}

cloud::ModifyPrefixList readListChange(const Fields& fields) {
  cloud::ModifyPrefixList command{
      .owner = readOwner(fields),
      .prefix_list = readPrefixList(fields),
      .name = fields.parsed("name", checked(cloud::checkPrefixListName)),
      .add = readEntries(fields, "add"),
      .remove = readCidrs(fields, "remove"),
      .keep_flows = fields.flag("keep_flows")};
  if (const auto most = fields.number("max_entries")) {
    command.max_entries = static_cast<std::uint32_t>(*most);
  }
  if (const auto version = fields.number("version")) {
    command.version = static_cast<std::uint32_t>(*version);
  }
  return command;
}

json::object showPrefixList(const cloud::Cloud& cloud, const cloud::PrefixList& list) {
  json::object result{{"prefix_list_id", list.id.value}, {"name", list.name}};
  addOwner(result, cloud, list.owner);
  result["family"] = cloud::format(list.family);
  result["version"] = list.version;
  result["max_entries"] = list.max_entries;
  json::array cidrs;
  json::object descriptions;
  for (const auto& [cidr, description] : list.entries) {
    const auto text = cloud::format(cidr);
    cidrs.emplace_back(text);
    if (!description.empty()) descriptions[text] = description;
  }
  result["cidrs"] = std::move(cidrs);
  result["descriptions"] = std::move(descriptions);
  return result;
}

/// The list; of one that is gone, what names it.
template <class Command>
json::object showListAfter(const View& view, const Command& done, const cloud::Outcome& outcome) {
  const auto* const id = std::get_if<cloud::PrefixListId>(&outcome.object);
  if (const auto list = id != nullptr ? view.cloud.prefixList(*id) : nullptr) {
    return showPrefixList(view.cloud, *list);
  }
  auto result = showOwner(view.cloud, done.owner);
  if (id != nullptr) result["prefix_list_id"] = id->value;
  return result;
}

Method createPrefixList() {
  return {
      .name = "prefix_list.create",
      .help = "Makes a list of CIDRs that permissions can name as one source.",
      .parameters = {required(kOwner),
                     {"name", String, true,
                      "unique in the account, 1 to 255 printable ASCII characters, not `pl-...`",
                      R"("partners")"},
                     {"family", String, false,
                      "`IPv4` or `IPv6`; where it is absent, the one of its first CIDR",
                      R"("IPv4")"},
                     kMaxEntries,
                     {"cidrs", Strings, false, "what it has to begin with, of one family",
                      R"(["198.51.100.0/24", "203.0.113.7/32"])"},
                     {"description", String, false, "of each of these CIDRs", R"("Berlin")"},
                     kDryRun},
      .positional = "name",
      .result = "the prefix list",
      .example =
          R"({"owner": "alice", "name": "partners", "cidrs": ["198.51.100.0/24", "203.0.113.7/32"]})",
      .action = command(readListCreation, showListAfter<cloud::CreatePrefixList>)};
}

Method modifyPrefixList() {
  return {
      .name = "prefix_list.modify",
      .help = "Changes a prefix list; flows that only a removed CIDR allowed are cut.",
      .parameters = {required(kOwner),
                     required(kPrefixList),
                     {"name", String, false, "its new name", R"("branches")"},
                     kMaxEntries,
                     {"add", Strings, false, "CIDRs to add; one that is there gets the description",
                      R"(["192.0.2.0/24"])"},
                     {"description", String, false, "of each of the CIDRs to add", R"("Paris")"},
                     {"remove", Strings, false, "CIDRs to remove", R"(["198.51.100.0/24"])"},
                     {"version", Number, false, "the version that it must have; without it any",
                      "1", 1, 0xffffffff},
                     kKeepFlows,
                     kDryRun},
      .positional = "prefix_list",
      .result = "the prefix list",
      .example = R"({"owner": "alice", "prefix_list": "offices", "add": ["192.0.2.0/24"]})",
      .action = command(readListChange, showListAfter<cloud::ModifyPrefixList>)};
}

Method deletePrefixList() {
  return {.name = "prefix_list.delete",
          .help = "Deletes a prefix list that no permission names.",
          .parameters = {required(kOwner), required(kPrefixList), kDryRun},
          .positional = "prefix_list",
          .result = "prefix_list_id, owner, owner_id",
          .example = R"({"owner": "alice", "prefix_list": "offices"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DeletePrefixList{readOwner(fields), readPrefixList(fields)};
              },
              showListAfter<cloud::DeletePrefixList>)};
}

Method describePrefixLists() {
  return {.name = "prefix_list.describe",
          .help = "Lists prefix lists with their CIDRs.",
          .parameters = {kAnyOwner,
                         kPrefixList,
                         {"names", Strings, false, "prefix lists, by name or id", R"(["offices"])"},
                         {"ids", Strings, false, "prefix lists, by name or id", R"(["offices"])"},
                         kLimit,
                         kNext},
          .positional = "names",
          .plural = "prefix_lists",
          .result =
              "prefix_lists: prefix_list_id, name, owner, owner_id, family, version, "
              "max_entries, cidrs[], descriptions (by CIDR)",
          .example = R"({"owner": "alice"})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parsePrefixList, "prefix_list", {"names", "ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    view.cloud.prefixLists(),
                    Listing<cloud::PrefixListId, cloud::PrefixList>{
                        "prefix_lists", "prefix list", "InvalidPrefixListID.NotFound",
                        idOf<cloud::PrefixListId>, [](const auto& id) { return id.value; },
                        [&](const auto& list, Wanted& wanted) {
                          return by->holds(list.owner) && wanted.meets({list.id.value, list.name});
                        },
                        [&](const auto& list) { return showPrefixList(view.cloud, list); }},
                    request);
              })};
}

}  // namespace

std::vector<Method> prefixListMethods() {
  return {createPrefixList(), modifyPrefixList(), deletePrefixList(), describePrefixLists()};
}

}  // namespace netctl::api
