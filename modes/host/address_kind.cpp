#include "modes/host/address_kind.h"

#include <fmt/format.h>

namespace netctl::host {
namespace {

std::string objectOf(const InterfaceAddress& address) {
  return fmt::format("address {} {}/{}", address.interface, net::format(address.address),
                     address.length);
}

}  // namespace

void AddressKind::describe(const AddAddress& step, Lines& lines) {
  lines.add("add", objectOf(step.address));
}

void AddressKind::describe(const RemoveAddress& step, Lines& lines) {
  lines.add("remove", objectOf(step.address));
}

void AddressKind::describe(const Announce& step, Lines& lines) {
  lines.add("change", "neighbours of " + step.address.interface, net::format(step.address.address));
}

}  // namespace netctl::host
