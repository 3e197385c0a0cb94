#include "netctl/kernel/iptables/iptables_errors.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace netctl::kernel {
namespace {

// libiptc's own texts hang on a global variable; these are those that we can meet.
std::string textOf(int number) {
  switch (number) {
    case EPERM:
      return "not permitted; CAP_NET_ADMIN and CAP_NET_RAW are needed";
    case ENOPROTOOPT:
      return "the kernel has no iptables; load the module ip_tables";
    case ELOOP:
      return "the chains call each other in a circle";
    case E2BIG:
    case ENOMEM:
      return "the kernel has no memory for a table of this size";
    default:
      return std::strerror(number);
  }
}

}  // namespace

Error tableError(host::Table table, int number, std::string_view what) {
  return {ErrorCode::Kernel, "Iptables",
          fmt::format("iptables table {}: {}: {}", host::format(table), what, textOf(number))};
}

Error tableReadError(host::Table table, int number) {
  if (number != ENOENT) return tableError(table, number, "read");
  return {ErrorCode::Kernel, "Iptables",
          fmt::format("the kernel has no iptables table {0}; load the module iptable_{0}",
                      host::format(table))};
}

}  // namespace netctl::kernel
