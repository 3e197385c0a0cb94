#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl hook libvirt|proxmox|sync|prune`. `words` come after the noun; gives the exit code.
int runHook(const std::vector<std::string>& words);

/// What `netctl hook --help` prints; a section of docs/commands.md.
std::string helpHook();

}  // namespace netctl::cli
