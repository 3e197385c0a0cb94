#include "netctl/api/listing.h"

#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/commands.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace netctl::api {
namespace {

constexpr std::string_view kNextPrefix = "1:";  // tells our own from other base64

Result<std::string> parseNext(std::string_view text) {
  const auto decoded = decodeBase64(text);
  if (decoded && decoded->starts_with(kNextPrefix)) return decoded->substr(kNextPrefix.size());
  return Error{ErrorCode::InvalidArgument, "InvalidNextToken",
               fmt::format("{} is not the 'next' of an earlier answer", quote(text))};
}

}  // namespace

std::size_t readLimit(const Fields& fields) {
  const auto limit = fields.number(kLimit.name);
  return limit ? static_cast<std::size_t>(*limit) : kNoLimit;
}

ListRequest readPage(const Fields& fields) {
  return {.limit = readLimit(fields), .after = fields.parsed(kNext.name, parseNext).value_or("")};
}

ListRequest readList(const Fields& fields, Result<std::string> (*parse)(std::string_view),
                     std::string_view single, std::initializer_list<std::string_view> lists) {
  auto request = readPage(fields);
  if (const auto one = fields.parsed(single, parse)) request.wanted.push_back(*one);
  for (const auto name : lists) {
    for (auto& one : fields.parsedList(name, parse).value_or(std::vector<std::string>{})) {
      request.wanted.push_back(std::move(one));
    }
  }
  return request;
}

ListRequest readOwnedList(const Fields& fields, Result<std::string> (*parse)(std::string_view),
                          std::string_view single, std::initializer_list<std::string_view> lists) {
  auto request = readList(fields, parse, single, lists);
  request.owner = readOwner(fields);
  return request;
}

std::string makeNext(std::string_view last_key) {
  return encodeBase64(fmt::format("{}{}", kNextPrefix, last_key));
}

Result<Owned> ownedBy(const cloud::Cloud& cloud, const std::string& owner) {
  if (owner.empty()) return Owned{};
  const auto account = cloud::findAccount(cloud, owner);
  if (!account) return account.error();
  return Owned{(*account)->id};
}

bool Wanted::meets(std::initializer_list<std::string_view> names) {
  bool met = all_.empty();
  for (const auto name : names) {
    if (const auto found = all_.find(name); found != all_.end()) {
      met_.insert(*found);
      met = true;
    }
  }
  return met;
}

std::vector<std::string> Wanted::missing() const {
  std::vector<std::string> result;
  std::ranges::set_difference(all_, met_, std::back_inserter(result));
  return result;
}

Result<void> checkAllMet(const Wanted& wanted, std::string_view noun, std::string_view plural,
                         std::string_view not_found) {
  std::vector<std::string> names;
  for (const auto& name : wanted.missing()) names.push_back(quote(name));
  if (names.empty()) return {};
  return Error{ErrorCode::NotFound, std::string(not_found),
               names.size() == 1
                   ? fmt::format("The {} {} does not exist", noun, names.front())
                   : fmt::format("The {} {} do not exist", plural, fmt::join(names, ", "))};
}

Error wrongNext(std::string_view plural) {
  return {ErrorCode::InvalidArgument,
          "InvalidNextToken",
          fmt::format("this 'next' is not from a list of {}", plural),
          {{"next", "write the 'next' of the answer before"}}};
}

}  // namespace netctl::api
