#include "netctl/controller/controller_impl.h"
#include "netctl/controller/service_problems.h"

#include <fmt/format.h>

#include <utility>

/// What the controller does about the servers of this host. They are among its objects: a look
/// finds one missing that has ended, and the repair starts it.
namespace netctl::controller {

void Controller::Impl::dhcpChanged(const dhcp::ServerStatus& status) {
  const auto before = std::exchange(status_.dhcp, status);
  tellServiceProblems();
  if (!before.running || status.running) return;
  host::Scope scope;
  scope.dhcp_server = true;
  lookAtServer("dhcp server", status.was_silent ? "did not answer any more" : "ended",
               std::move(scope));
}

void Controller::Impl::metadataChanged(const metadata::ServerStatus& status) {
  const auto before = std::exchange(status_.metadata, status);
  tellServiceProblems();
  if (!before.running || status.running) return;
  host::Scope scope;
  scope.metadata_server = true;
  lookAtServer("metadata server", "ended", std::move(scope));
}

void Controller::Impl::lookAtServer(std::string_view server, std::string_view end,
                                    host::Scope scope) {
  const auto* const next =
      status_.paused_until ? "it is started again when repairs go on" : "it is started again";
  events_.add(EventKind::Error, std::string(server), fmt::format("{}; {}", end, next));
  suspects_.merge(scope);
  look();
}

void Controller::Impl::tellServiceProblems() {
  setProblems("services", serviceProblems(status_));
}

}  // namespace netctl::controller
