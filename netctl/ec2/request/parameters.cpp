#include "netctl/ec2/request/parameters.h"

#include "base/number.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::ec2 {
namespace {

constexpr std::size_t kMaxName = 255;

std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (i + 2 >= text.size()) return {};
      const auto high = hexDigit(text[i + 1]);
      const auto low = hexDigit(text[i + 2]);
      if (!high || !low) return {};
      result += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  return result;
}

/// UTF-8 without the control characters U+0000..U+001F, but for the white space in a text.
bool isText(std::string_view text) {
  return isUtf8(text, [](char32_t point) {
    const bool is_white = point == '\t' || point == '\n' || point == '\r';
    return (point >= 0x20 || is_white) && point != 0x7f;
  });
}

Result<void> addPair(std::string_view pair, Pairs& pairs) {
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return malformedQuery(fmt::format("{} is not NAME=VALUE", quote(pair)));
  }
  auto name = decode(pair.substr(0, equals));
  auto value = decode(pair.substr(equals + 1));
  if (!name || !value) {
    return malformedQuery(
        fmt::format("{} has a % without two hexadecimal digits behind it", quote(pair)));
  }
  if (!isText(*name) || !isText(*value)) {
    return malformedQuery(fmt::format("{} has control characters or is not UTF-8", quote(pair)));
  }
  if (name->size() > kMaxName) {
    return malformedQuery(
        fmt::format("the parameter name {} is longer than {} bytes", quote(*name), kMaxName));
  }
  if (const auto [at, added] = pairs.try_emplace(std::move(*name), std::move(*value)); !added) {
    return malformedQuery(fmt::format("the parameter {} is there twice", quote(at->first)));
  }
  if (pairs.size() > kMaxParameters) {
    return malformedQuery(fmt::format("the request has more than {} parameters", kMaxParameters));
  }
  return {};
}

/// 0 to kMaxIndex in decimal without leading zeros.
std::optional<std::uint32_t> parseIndex(std::string_view text) {
  const auto index = parseWhole<std::uint32_t>(text);
  const bool is_padded = text.size() > 1 && text.front() == '0';
  if (!index || is_padded || *index > kMaxIndex) return {};
  return index;
}

}  // namespace

Error malformedQuery(std::string message) {
  return {ErrorCode::InvalidArgument, "MalformedQueryString", std::move(message)};
}

Result<void> addPairs(std::string_view encoded, Pairs& pairs) {
  while (!encoded.empty()) {
    const auto end = std::min(encoded.find('&'), encoded.size());
    // An `&` too many has no meaning.
    if (end > 0) {
      if (auto added = addPair(encoded.substr(0, end), pairs); !added) return added;
    }
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
  }
  return {};
}

std::string encode(std::string_view text) {
  constexpr std::string_view kPlain = "-._~";
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      fmt::format_to(std::back_inserter(result), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

const std::string& Parameters::text(std::string_view name) const {
  static const std::string none;
  asked_->insert(pathOf(name));
  const auto at = pairs_.find(std::string(name));
  return at == pairs_.end() ? none : at->second;
}

const std::string& Parameters::required(std::string_view name) const {
  if (!has(name)) missing(name);
  return text(name);
}

bool Parameters::flag(std::string_view name) const {
  const auto& value = text(name);
  if (value.empty() || value == "false" || value == "0") return false;
  if (value != "true" && value != "1") {
    wrong(name, fmt::format("Value ({}) for parameter {} is invalid; write true or false",
                            quote(value), pathOf(name)));
  }
  return true;
}

std::optional<std::int64_t> Parameters::number(std::string_view name, std::int64_t minimum,
                                               std::int64_t maximum) const {
  const auto& value = text(name);
  if (value.empty()) return {};
  const auto number = parseWhole<std::int64_t>(value);
  if (number && *number >= minimum && *number <= maximum) return number;
  wrong(name, fmt::format("Value ({}) for parameter {} is invalid; write a number of {} to {}",
                          quote(value), pathOf(name), minimum, maximum));
  return {};
}

std::map<std::uint32_t, Pairs> Parameters::members(std::string_view name) const {
  std::map<std::uint32_t, Pairs> result;
  const auto prefix = std::string(name) + ".";
  for (auto at = pairs_.lower_bound(prefix); at != pairs_.end() && at->first.starts_with(prefix);
       ++at) {
    const auto rest = std::string_view(at->first).substr(prefix.size());
    const auto point = std::min(rest.find('.'), rest.size());
    const auto index = parseIndex(rest.substr(0, point));
    if (!index) {
      wrong(at->first, fmt::format("The parameter {} is not recognized; number those of a list "
                                   "up to {}",
                                   quote(pathOf(at->first)), kMaxIndex));
      asked_->insert(pathOf(at->first));
      continue;
    }
    result[*index].emplace(rest.substr(std::min(point + 1, rest.size())), at->second);
  }
  return result;
}

std::vector<std::string> Parameters::list(std::string_view name) const {
  auto values = listWithEmpty(name);
  std::erase(values, "");
  return values;
}

std::vector<std::string> Parameters::listWithEmpty(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [index, member] : members(name)) {
    asked_->insert(fmt::format("{}{}.{}", path_, name, index));
    const auto value = member.find("");
    if (value != member.end()) values.push_back(value->second);
  }
  return values;
}

std::vector<Parameters> Parameters::structures(std::string_view name) const {
  std::vector<Parameters> values;
  for (auto& [index, member] : members(name)) {
    values.push_back(Parameters(std::move(member), fmt::format("{}{}.{}.", path_, name, index),
                                *faults_, asked_));
  }
  return values;
}

Parameters Parameters::structure(std::string_view name) const {
  Pairs members;
  const auto prefix = std::string(name) + ".";
  for (auto at = pairs_.lower_bound(prefix); at != pairs_.end() && at->first.starts_with(prefix);
       ++at) {
    members.emplace(at->first.substr(prefix.size()), at->second);
  }
  return {std::move(members), path_ + prefix, *faults_, asked_};
}

bool Parameters::hasAny(std::string_view name) const {
  if (has(name)) return true;
  const auto prefix = std::string(name) + ".";
  const auto at = pairs_.lower_bound(prefix);
  return at != pairs_.end() && at->first.starts_with(prefix);
}

void Parameters::missing(std::string_view name) const {
  wrong(name, fmt::format("The request must contain the parameter {}", pathOf(name)),
        "MissingParameter");
}

void Parameters::unknown(std::string_view name) const {
  wrong(name, fmt::format("The parameter {} is not recognized", quote(pathOf(name))),
        "UnknownParameter");
}

void Parameters::wrong(std::string_view name, std::string message, std::string reason) const {
  faults_->add(pathOf(name),
               Error{ErrorCode::InvalidArgument, std::move(reason), std::move(message)});
}

}  // namespace netctl::ec2
