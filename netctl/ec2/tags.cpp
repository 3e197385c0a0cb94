#include "modes/cloud/resource_ids.h"
#include "modes/cloud/rule_ids.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

/// Resource tags: names and values that an account gives to its objects.
namespace netctl::ec2 {
namespace {

struct TagItem {
  std::string resource;
  std::string_view type;
  std::string key;
  std::string value;
};

const FilterTable<TagItem>& tagFilters() {
  static const FilterTable<TagItem> table{
      {"resource-id", [](const TagItem& tag, Values& values) { values.push_back(tag.resource); }},
      {"resource-type", [](const TagItem& tag, Values& values) { values.emplace_back(tag.type); }},
      {"key", [](const TagItem& tag, Values& values) { values.push_back(tag.key); }},
      {"value", [](const TagItem& tag, Values& values) { values.push_back(tag.value); }},
  };
  return table;
}

/// Everything that the account has tagged, by resource and key.
std::map<std::string, TagItem> tagsOf(const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  std::map<std::string, TagItem> items;
  const auto add = [&](const std::string& resource, std::string_view type,
                       const cloud::ResourceTags& tags) {
    for (const auto& [key, value] : tags) {
      items.emplace(fmt::format("{} {}", resource, key), TagItem{resource, type, key, value});
    }
  };
  for (const auto& [name, id] : cloud.groupsOf(owner)) {
    const auto group = cloud.group(id);
    add(id.value, "security-group", group->resource_tags);
    for (const auto& [permission, details] : group->details) {
      add(cloud::ruleId(*group, permission), "security-group-rule", details.resource_tags);
    }
  }
  for (const auto& [name, id] : cloud.keyPairsOf(owner)) {
    add(id.value, "key-pair", cloud.keyPair(id)->resource_tags);
  }
  for (const auto& [name, id] : cloud.prefixListsOf(owner)) {
    add(id.value, "prefix-list", cloud.prefixList(id)->resource_tags);
  }
  for (const auto address : cloud.addressesOf(owner)) {
    const auto held = cloud.address(address);
    add(cloud::allocationId(*held), "elastic-ip", held->resource_tags);
  }
  for (const auto& [id, instance] : cloud.instances()) {
    if (instance->owner == owner) add(id.text(), "instance", instance->resource_tags);
  }
  return items;
}

std::vector<std::string> readResources(const Call& call) {
  auto resources = call.parameters.list("ResourceId");
  if (resources.empty()) call.parameters.missing("ResourceId");
  return resources;
}

}  // namespace

Result<Step> createTags(const Call& call) {
  auto resources = readResources(call);
  auto tags = readTags(call.parameters);
  if (tags.empty()) call.parameters.missing("Tag");
  return Change{.command = cloud::TagResources{call.owner(), std::move(resources), std::move(tags)},
                .answer = alwaysTrue()};
}

Result<Step> deleteTags(const Call& call) {
  cloud::UntagResources command{call.owner(), readResources(call), {}};
  for (const auto& tag : call.parameters.structures("Tag")) {
    auto& value = command.tags[tag.required("Key")];
    if (tag.has("Value")) value = tag.text("Value");
  }
  return Change{.command = std::move(command), .answer = alwaysTrue()};
}

Result<Step> describeTags(const Call& call) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, tagFilters(), true);
  const auto page = Page::read(parameters);
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  writePage(
      xml, "tagSet", page, tagsOf(call.cloud(), call.account.id),
      [&](const TagItem& tag) {
        return filters.hold(tag, tagFilters(), {{tag.key, tag.value}});
      },
      [&](const TagItem& tag) {
        xml.text("resourceId", tag.resource)
            .text("resourceType", tag.type)
            .text("key", tag.key)
            .text("value", tag.value);
      });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
