#include "netctl/ec2/listing.h"

#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::ec2 {
namespace {

constexpr std::int64_t kMinResults = 5;
constexpr std::int64_t kMaxResults = 1000;
/// Begins our tokens, before they are encoded.
constexpr std::string_view kToken = "1:";

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t place = 0;
  auto star = std::string_view::npos;
  std::size_t resume = 0;
  while (place < text.size()) {
    const bool escaped = at + 1 < pattern.size() && pattern[at] == '\\';
    const bool is_star = at < pattern.size() && pattern[at] == '*';
    if (is_star) {
      star = at++;
      resume = place;
    } else if (at < pattern.size() &&
               (escaped ? pattern[at + 1] == text[place]
                        : pattern[at] == '?' || pattern[at] == text[place])) {
      at += escaped ? 2 : 1;
      ++place;
    } else if (star != std::string_view::npos) {
      // The last star takes one character more; earlier ones need not be tried again.
      at = star + 1;
      place = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

void Filters::refuse(const Parameters& filter, const std::string& name) {
  filter.wrong("Name", fmt::format("The filter {} is invalid", quote(name)));
}

bool Filters::anyMatches(const Values& patterns, const Values& values) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) {
    return std::ranges::any_of(values, [&](const auto& value) { return matches(pattern, value); });
  });
}

Page Page::read(const Parameters& parameters) {
  Page page;
  if (const auto limit = parameters.number("MaxResults", kMinResults, kMaxResults)) {
    page.limit = static_cast<std::size_t>(*limit);
  }
  if (!parameters.has("NextToken")) return page;
  const auto token = decodeBase64(parameters.text("NextToken"));
  if (!token || !token->starts_with(kToken) || token->size() == kToken.size()) {
    parameters.wrong("NextToken", "The token is not one that an earlier page gave",
                     "InvalidNextToken");
    return page;
  }
  page.after = token->substr(kToken.size());
  return page;
}

void writeNextToken(XmlWriter& xml, const std::string& last_key) {
  xml.text("nextToken", encodeBase64(std::string(kToken) + last_key));
}

void writeTags(XmlWriter& xml, const cloud::ResourceTags& tags) {
  xml.list("tagSet", tags,
           [&](const auto& tag) { xml.text("key", tag.first).text("value", tag.second); });
}

cloud::ResourceTags readTags(const Parameters& parameters) {
  cloud::ResourceTags tags;
  for (const auto& tag : parameters.structures("Tag")) {
    const auto& key = tag.required("Key");
    if (!tags.emplace(key, tag.text("Value")).second) {
      tag.wrong("Key", fmt::format("The tag {} is there twice", quote(key)));
    }
  }
  return tags;
}

cloud::ResourceTags readTagSpecifications(const Parameters& parameters,
                                          std::string_view resource_type,
                                          std::initializer_list<std::string_view> beside) {
  cloud::ResourceTags tags;
  for (const auto& specification : parameters.structures("TagSpecification")) {
    const auto& type = specification.required("ResourceType");
    const auto its_tags = readTags(specification);
    if (std::ranges::find(beside, type) != beside.end()) continue;
    if (!type.empty() && type != resource_type) {
      specification.wrong("ResourceType", fmt::format("{} cannot be tagged here; write {}",
                                                      quote(type), resource_type));
    }
    tags.insert(its_tags.begin(), its_tags.end());
  }
  return tags;
}

}  // namespace netctl::ec2
