#pragma once

#include "modes/cloud/objects.h"
#include "netctl/ec2/answer/xml.h"
#include "netctl/ec2/request/parameters.h"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Filters and pages, which the Describe actions share.
namespace netctl::ec2 {

using Values = std::vector<std::string>;

/// The values that a thing has under each name of a filter. Names are in a table, so that an
/// unknown one is found before there is any thing.
template <class T>
using FilterTable = std::map<std::string, std::function<void(const T&, Values&)>, std::less<>>;

/// True where the text fits the pattern: `*` is anything, `?` one character, a backslash
/// takes the meaning from the next one. Linear but for `*`s.
bool matches(std::string_view pattern, std::string_view text);

/// `Filter.N.Name` and `Filter.N.Value.M`: all filters must hold, one value of each suffices.
class Filters {
 public:
  /// InvalidParameterValue for a name that `known` does not have; with `tags`, `tag:KEY` is known.
  template <class T>
  static Filters read(const Parameters& parameters, const FilterTable<T>& known,
                      bool tags = false) {
    Filters filters;
    for (const auto& filter : parameters.structures("Filter")) {
      const auto& name = filter.required("Name");
      const bool right = known.contains(name) || (tags && name.starts_with(kTag));
      if (!name.empty() && !right) filters.refuse(filter, name);
      filters.filters_.emplace_back(name, filter.listWithEmpty("Value"));
    }
    return filters;
  }

  template <class T>
  [[nodiscard]] bool hold(const T& thing, const FilterTable<T>& known,
                          const cloud::ResourceTags& tags = {}) const {
    for (const auto& [name, patterns] : filters_) {
      Values values;
      if (name.starts_with(kTag)) {
        const auto tag = tags.find(name.substr(kTag.size()));
        if (tag != tags.end()) values.push_back(tag->second);
      } else {
        known.at(name)(thing, values);
      }
      if (!anyMatches(patterns, values)) return false;
    }
    return true;
  }

 private:
  static constexpr std::string_view kTag = "tag:";
  static void refuse(const Parameters& filter, const std::string& name);
  static bool anyMatches(const Values& patterns, const Values& values);

  std::vector<std::pair<std::string, Values>> filters_;
};

/// Adds the keys and values of resource tags under `tag-key` and `tag-value`.
template <class T>
void addTagFilters(FilterTable<T>& table,
                   std::function<const cloud::ResourceTags&(const T&)> tags) {
  table.emplace("tag-key", [tags](const T& thing, Values& values) {
    for (const auto& [key, value] : tags(thing)) values.push_back(key);
  });
  table.emplace("tag-value", [tags](const T& thing, Values& values) {
    for (const auto& [key, value] : tags(thing)) values.push_back(value);
  });
}

/// `MaxResults` and `NextToken`: a page begins behind the last key of the page before, so that
/// things that come or go meanwhile do not make another appear twice or be left out.
struct Page {
  std::optional<std::size_t> limit;
  std::string after;

  /// InvalidNextToken for a token that is not one of ours.
  static Page read(const Parameters& parameters);
};

/// Calls `write` for those of `things` (key to thing, in order) for which `wanted` holds, as far as
/// they are on the page, inside `<name>`; then writes the token of the next page.
template <class Things, class Wanted, class Write>
void writePage(XmlWriter& xml, std::string_view name, const Page& page, const Things& things,
               Wanted wanted, Write write);

void writeNextToken(XmlWriter& xml, const std::string& last_key);

template <class Things, class Wanted, class Write>
void writePage(XmlWriter& xml, std::string_view name, const Page& page, const Things& things,
               Wanted wanted, Write write) {
  std::size_t written = 0;
  std::string last;
  bool more = false;
  xml.open(name);
  for (const auto& [key, thing] : things) {
    if (!page.after.empty() && key <= page.after) continue;
    if (!wanted(thing)) continue;
    more = page.limit && written == *page.limit;
    if (more) break;
    xml.open("item");
    write(thing);
    xml.close();
    last = key;
    ++written;
  }
  xml.close();
  if (more) writeNextToken(xml, last);
}

/// `<tagSet>`.
void writeTags(XmlWriter& xml, const cloud::ResourceTags& tags);

/// `TagSpecification.N.Tag.M.Key` and `.Value` for things of that type. Those for things of the
/// `beside` types have no meaning here; all others are refused.
cloud::ResourceTags readTagSpecifications(const Parameters& parameters,
                                          std::string_view resource_type,
                                          std::initializer_list<std::string_view> beside = {});
/// `Tag.N.Key` and `.Value`.
cloud::ResourceTags readTags(const Parameters& parameters);

}  // namespace netctl::ec2
