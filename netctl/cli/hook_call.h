#pragma once

#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace netctl::cli {

/// The words of `netctl hook`.
struct HookCall {
  std::optional<std::filesystem::path> config;
  bool plan = false;
  bool help = false;
  std::vector<std::string> words;  ///< those that are no options; the first is the command
};

/// Options stand before the second of the other words: a hypervisor's own may begin with a dash.
Result<HookCall> readHookCall(const std::vector<std::string>& words);

/// Prints the error, all its faults in one line, as hypervisors show it. Gives kRefused.
int tellRefusal(const Error& error);

}  // namespace netctl::cli
