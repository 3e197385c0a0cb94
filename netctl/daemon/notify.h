#pragma once

namespace netctl::daemon {

/// Tells systemd, where it has started us, how it stands (sd_notify(3)).
void notifyReady();
void notifyStopping();

}  // namespace netctl::daemon
