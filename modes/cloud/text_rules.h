#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

/// What the texts of a request may be. Every check gives InvalidArgument with what would be right.
namespace netctl::cloud {

inline constexpr std::size_t kMaxUserData = 16384;  ///< bytes; EC2's limit
inline constexpr std::size_t kMaxAttributes = 64;
inline constexpr std::size_t kMaxResourceTags = 50;  ///< per object; EC2's limit

/// `InvalidArgument`, `InvalidParameterValue` with that message.
Error invalid(std::string message);

/// Twelve decimal digits.
bool isAccountId(std::string_view text);
/// `sg-` and 8 or 17 lower-case hexadecimal digits.
bool isGroupId(std::string_view text);

/// `key-` and 17 lower-case hexadecimal digits.
bool isKeyPairId(std::string_view text);

/// `pl-` and 17 lower-case hexadecimal digits.
bool isPrefixListId(std::string_view text);

/// 1..64 of letters, digits and `-_.@+=,`, begun by a letter or digit; twelve digits are an id.
Result<void> checkAccountName(std::string_view text);
/// 1..255 printable ASCII characters that do not begin with `sg-`.
Result<void> checkGroupName(std::string_view text);
/// 1..255 printable ASCII characters without a blank at either end.
Result<void> checkKeyPairName(std::string_view text);
/// 1..255 printable ASCII characters that begin neither with `pl-` nor, as EC2's own lists do, with
/// `com.amazonaws`.
Result<void> checkPrefixListName(std::string_view text);
/// 0..255 printable ASCII characters.
Result<void> checkDescription(std::string_view text);
/// 0..64 printable ASCII characters, as EC2's ClientToken.
Result<void> checkClientToken(std::string_view text);
/// 1..253 of letters, digits and `-_.`, begun by a letter or digit.
Result<void> checkNodeName(std::string_view text);
/// A name that Linux gives to an interface (dev_valid_name in net/core/dev.c), in printable ASCII.
Result<void> checkDeviceName(std::string_view text);
/// 1..64 of lower-case letters, digits and `-_/.`.
Result<void> checkAttributeKey(std::string_view text);
/// At most 4096 bytes of UTF-8 without control characters.
Result<void> checkAttributeValue(std::string_view text);
/// 1..127 and 0..256 characters without control characters, as EC2's tags. A key does not begin
/// with `aws:`.
Result<void> checkResourceTagKey(std::string_view text);
Result<void> checkResourceTagValue(std::string_view text);

}  // namespace netctl::cloud
