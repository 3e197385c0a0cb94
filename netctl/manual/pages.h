#pragma once

#include <string>
#include <vector>

namespace netctl::manual {

struct Page {
  std::string file;  ///< `netctl.1`
  std::string text;  ///< in the language of man(7)
};

/// All man pages, from the tables of commands, of keys and of options.
std::vector<Page> pages();

}  // namespace netctl::manual
