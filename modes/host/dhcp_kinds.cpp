#include "modes/host/dhcp_kinds.h"

#include <fmt/format.h>

namespace netctl::host {

void DhcpChecksumsKind::describe(const SetDhcpChecksums& step, Lines& lines) {
  if (step.out) {
    lines.add("change", "dhcp checksums", "by " + step.out->name);
  } else {
    lines.add("remove", "dhcp checksums");
  }
}

void DhcpServerKind::describe(const SetDhcpServer& step, Lines& lines) {
  if (step.server) {
    lines.add("change", "dhcp server", "range " + net::format(step.server->range));
  } else {
    lines.add("remove", "dhcp server");
  }
}

void DhcpNetworkKind::describe(const SetDhcpNetwork& step, Lines& lines) {
  auto object = fmt::format("dhcp network {}", step.tag.value);
  if (step.network) {
    lines.add("change", std::move(object), "router " + net::format(step.network->router));
  } else {
    lines.add("remove", std::move(object));
  }
}

void DhcpHostKind::describe(const SetDhcpHost& step, Lines& lines) {
  auto object = "dhcp host " + net::format(step.mac);
  if (step.host) {
    lines.add("change", std::move(object), net::format(step.host->address));
  } else {
    lines.add("remove", std::move(object));
  }
}

}  // namespace netctl::host
