#pragma once

#include <chrono>
#include <optional>
#include <string_view>

/// The times that signatures bear, all in UTC; absent where the text is anything else.
namespace netctl::ec2 {

/// `YYYYMMDDTHHMMSSZ`, as X-Amz-Date has it.
std::optional<std::chrono::sys_seconds> parseBasicTime(std::string_view text);
/// `YYYY-MM-DDTHH:MM:SS`, with or without a fraction of a second and `Z`, as Timestamp has it.
std::optional<std::chrono::sys_seconds> parseIsoTime(std::string_view text);
/// `Sun, 06 Nov 1994 08:49:37 GMT`, as the header Date has it (RFC 9110, section 5.6.7).
std::optional<std::chrono::sys_seconds> parseHttpTime(std::string_view text);

}  // namespace netctl::ec2
