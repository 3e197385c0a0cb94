#include "netctl/kernel/iptables/set_indexes.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace netctl::kernel {
namespace {

Result<ip_set_req_get_set> ask(int descriptor, ip_set_req_get_set request, unsigned operation) {
  request.op = operation;
  // The kernel takes the versions from the least one on; that is the one that all kernels take.
  request.version = IPSET_PROTOCOL_MIN;
  socklen_t size = sizeof request;
  if (getsockopt(descriptor, SOL_IP, SO_IP_SET, &request, &size) == 0) return request;
  if (errno == ENOPROTOOPT) {
    return Error{ErrorCode::Kernel, "IpsetMissing",
                 "the kernel has no ipset; load the module ip_set"};
  }
  return Error{ErrorCode::Kernel, "Ipset",
               fmt::format("ask for the number of a set: {}", std::strerror(errno))};
}

}  // namespace

Result<KernelSetIndexes> KernelSetIndexes::open() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return Error{ErrorCode::Kernel, "Ipset",
                 fmt::format("open a socket to ask for sets: {}", std::strerror(errno))};
  }
  return KernelSetIndexes(descriptor);
}

KernelSetIndexes::~KernelSetIndexes() {
  if (descriptor_ >= 0) close(descriptor_);
}

KernelSetIndexes::KernelSetIndexes(KernelSetIndexes&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      indexes_(std::move(other.indexes_)),
      names_(std::move(other.names_)) {}

Result<std::uint16_t> KernelSetIndexes::indexOf(const std::string& name) {
  if (const auto found = indexes_.find(name); found != indexes_.end()) return found->second;
  ip_set_req_get_set request{};
  // A longer name would be cut off and could be that of another set.
  if (name.size() < sizeof request.set.name) {
    std::memcpy(request.set.name, name.data(), name.size());
    const auto answer = ask(descriptor_, request, IP_SET_OP_GET_BYNAME);
    if (!answer) return answer.error();
    if (answer->set.index != IPSET_INVALID_ID) {
      return indexes_[name] = answer->set.index;
    }
  }
  return Error{ErrorCode::NotFound, "SetNotFound",
               fmt::format("set {} does not exist, and a rule names it", name)};
}

Result<std::string> KernelSetIndexes::nameOf(std::uint16_t index) {
  if (const auto found = names_.find(index); found != names_.end()) return found->second;
  ip_set_req_get_set request{};
  request.set.index = index;
  const auto answer = ask(descriptor_, request, IP_SET_OP_GET_BYINDEX);
  if (!answer) return answer.error();
  const auto& name = answer->set.name;
  if (name[0] == '\0') {
    return Error{ErrorCode::NotFound, "SetNotFound",
                 fmt::format("there is no set with the number {}, and a rule names it", index)};
  }
  return names_[index] = std::string(name, strnlen(name, sizeof name));
}

}  // namespace netctl::kernel
