#include "netctl/cli/hook_call.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"
#include "netctl/hook/machine.h"

#include <iostream>

namespace netctl::cli {

Result<HookCall> readHookCall(const std::vector<std::string>& words) {
  HookCall read;
  auto word = words.begin();
  for (; word != words.end() && read.words.size() < 2; ++word) {
    if (*word == "--help" || *word == "-h") {
      read.help = true;
    } else if (*word == "--plan") {
      read.plan = true;
    } else if (*word == "--config") {
      if (++word == words.end()) return usageError("--config: write a file");
      read.config = *word;
    } else {
      read.words.push_back(*word);
    }
  }
  read.words.insert(read.words.end(), word, words.end());
  return read;
}

int tellRefusal(const Error& error) {
  std::cerr << "netctl: " << hook::text(error) << "\n";
  return kRefused;
}

}  // namespace netctl::cli
