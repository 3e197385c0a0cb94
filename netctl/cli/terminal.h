#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::cli {

/// How text for people is shown. The default is that of a file or a pipe.
struct Look {
  std::size_t width = 0;  ///< columns of the terminal; 0: lines are as long as they are
  bool colors = false;
};

/// That of standard output: a terminal's own width, and colors unless `no_color` or the environment
/// (NO_COLOR, or TERM=dumb) says otherwise.
Look lookOfOutput(bool no_color);

/// Columns that a text takes: one for each code point.
std::size_t columnsOf(std::string_view text);

/// A text in lines of at most `width` columns, cut behind a blank or a comma where there is one.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// A heading, or a word that says how something stands, in its color; other words as they are.
std::string heading(std::string text, const Look& look);
std::string colored(std::string text, std::string_view word, const Look& look);

}  // namespace netctl::cli
