#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netctl {

/// Base64 with padding and without line breaks (RFC 4648, section 4).
std::string encodeBase64(std::string_view bytes);
/// The bytes; absent where the text is anything else.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace netctl
