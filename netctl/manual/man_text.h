#pragma once

#include <string>
#include <string_view>

/// Text in the language of man(7), in which a backslash, a dot and a quote at the beginning of a
/// line, and a hyphen mean something else.
namespace netctl::manual {

/// A line that is shown as it is, and can be copied from the page.
std::string manCode(std::string_view line);

/// A paragraph of Markdown without line breaks: code and `**bold**` words become bold, links their
/// text.
std::string manText(std::string_view paragraph);

}  // namespace netctl::manual
