#include "modes/cloud/text_rules.h"

#include <fmt/format.h>
#include "base/text.h"

#include <algorithm>

namespace netctl::cloud {
namespace {

bool isLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool isAlphanumeric(char c) {
  return isDigit(c) || isLower(c) || (c >= 'A' && c <= 'Z');
}
/// Letters, digits and those others, begun by a letter or digit.
bool isWord(std::string_view text, std::string_view others) {
  return !text.empty() && isAlphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return isAlphanumeric(c) || others.find(c) != std::string_view::npos;
         });
}

/// How many code points a text of UTF-8 has.
std::size_t charactersOf(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    (void)takeCodePoint(text);
    ++count;
  }
  return count;
}

/// UTF-8 without U+0000..U+001F and U+007F..U+009F.
bool isText(std::string_view text) {
  return isUtf8(text,
                [](char32_t point) { return point >= 0x20 && (point < 0x7f || point > 0x9f); });
}

/// The prefix and that many lower-case hexadecimal digits.
bool isHexId(std::string_view text, std::string_view prefix, std::size_t digits) {
  return text.size() == prefix.size() + digits && text.starts_with(prefix) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(),
                     [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); });
}

Result<void> check(bool right, std::string_view what, std::string_view text,
                   std::string_view rule) {
  if (right) return {};
  return invalid(fmt::format("{} is not {}; write {}", quote(text), what, rule));
}

}  // namespace

Error invalid(std::string message) {
  return {ErrorCode::InvalidArgument, "InvalidParameterValue", std::move(message)};
}

bool isAccountId(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c); });
}

bool isGroupId(std::string_view text) {
  return isHexId(text, "sg-", 8) || isHexId(text, "sg-", 17);
}

bool isKeyPairId(std::string_view text) {
  return isHexId(text, "key-", 17);
}

bool isPrefixListId(std::string_view text) {
  return isHexId(text, "pl-", 17);
}

Result<void> checkAccountName(std::string_view text) {
  return check(isWord(text, "-_.@+=,") && text.size() <= 64 && !isAccountId(text),
               "an account's name", text,
               "1 to 64 letters, digits and -_.@+=, that begin with a letter or digit and are not "
               "twelve digits");
}

Result<void> checkGroupName(std::string_view text) {
  return check(isPrintable(text) && !text.empty() && text.size() <= 255 && !text.starts_with("sg-"),
               "a group's name", text,
               "1 to 255 printable ASCII characters that do not begin with sg-");
}

Result<void> checkKeyPairName(std::string_view text) {
  const bool right = isPrintable(text) && !text.empty() && text.size() <= 255 &&
                     text.front() != ' ' && text.back() != ' ';
  return check(right, "a key pair's name", text,
               "1 to 255 printable ASCII characters without a blank at either end");
}

Result<void> checkPrefixListName(std::string_view text) {
  const bool right = isPrintable(text) && !text.empty() && text.size() <= 255 &&
                     !text.starts_with("pl-") && !text.starts_with("com.amazonaws");
  return check(right, "a prefix list's name", text,
               "1 to 255 printable ASCII characters that begin neither with pl- nor with "
               "com.amazonaws");
}

Result<void> checkDescription(std::string_view text) {
  return check(isPrintable(text) && text.size() <= 255, "a description", text,
               "at most 255 printable ASCII characters");
}

Result<void> checkClientToken(std::string_view text) {
  return check(isPrintable(text) && text.size() <= 64, "a client token", text,
               "at most 64 printable ASCII characters");
}

Result<void> checkNodeName(std::string_view text) {
  return check(isWord(text, "-_.") && text.size() <= 253, "a node's name", text,
               "1 to 253 letters, digits and -_. that begin with a letter or digit");
}

Result<void> checkDeviceName(std::string_view text) {
  // The kernel makes a number of a `%`, so that no device ever has one in its name. The others that
  // are refused mean something in a name that nft reads.
  return check(isPrintable(text) && !text.empty() && text.size() <= 15 && text != "." &&
                   text != ".." && text.find_first_of(" /:%\"*\\") == std::string_view::npos,
               "a network device's name", text,
               "1 to 15 printable ASCII characters without blanks and any of / : % \" * \\");
}

Result<void> checkAttributeKey(std::string_view text) {
  const bool right = std::all_of(text.begin(), text.end(), [](char c) {
    return isLower(c) || isDigit(c) || c == '-' || c == '_' || c == '/' || c == '.';
  });
  return check(right && !text.empty() && text.size() <= 64, "an attribute's key", text,
               "1 to 64 lower-case letters, digits and -_/.");
}

Result<void> checkAttributeValue(std::string_view text) {
  return check(isText(text) && text.size() <= 4096, "an attribute's value", text,
               "at most 4096 bytes of UTF-8 without control characters");
}

Result<void> checkResourceTagKey(std::string_view text) {
  if (text.starts_with("aws:")) {
    return invalid(
        fmt::format("{} is not a tag's key; those that begin with aws: are reserved for "
                    "internal use",
                    quote(text)));
  }
  return check(isText(text) && !text.empty() && charactersOf(text) <= 127, "a tag's key", text,
               "1 to 127 characters without control characters");
}

Result<void> checkResourceTagValue(std::string_view text) {
  return check(isText(text) && charactersOf(text) <= 256, "a tag's value", text,
               "at most 256 characters without control characters");
}

}  // namespace netctl::cloud
