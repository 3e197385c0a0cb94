#pragma once

namespace netctl::cli {

/// Ends this process with that code and a line on stderr, unless it ends by itself within three
/// seconds of the first call. Whatever a hypervisor's hook waits for, the hypervisor waits with it.
void limitHook(int exit_code);

}  // namespace netctl::cli
