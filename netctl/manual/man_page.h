#pragma once

#include <string>
#include <string_view>

/// Man pages, made from the Markdown that the tables of commands and of keys make for docs/.
namespace netctl::manual {

struct PageTitle {
  std::string_view name;     ///< `netctl.conf`
  int section = 1;           ///< as in man(1)
  std::string_view purpose;  ///< one line, for apropos(1)
};

/// The page in the language of man(7). Of Markdown it knows what those tables make: headings,
/// paragraphs, lists, tables, code, bold words and links, of which the text stays. A heading of the
/// first level is the title's own and goes away; what stands before the second is the description.
std::string manPage(const PageTitle& title, std::string_view markdown);

}  // namespace netctl::manual
