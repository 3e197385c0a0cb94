#include "netctl/kernel/ipset/ipset_errors.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter/ipset/ip_set_hash.h>

#include <cerrno>
#include <cstring>

namespace netctl::kernel {

Error ipsetError(int number, std::string_view what) {
  const auto error = [&](ErrorCode code, std::string reason, std::string_view text) {
    return Error{code, std::move(reason), fmt::format("ipset: {}: {}", what, text)};
  };
  switch (number) {
    case ENOENT:
      return error(ErrorCode::NotFound, "SetNotFound", "there is no such set");
    case EPERM:
      return error(ErrorCode::Kernel, "Ipset", "not permitted; CAP_NET_ADMIN is needed");
    case IPSET_ERR_PROTOCOL:
      return error(ErrorCode::Kernel, "Ipset",
                   "the kernel does not speak version 7 of the protocol");
    case IPSET_ERR_FIND_TYPE:
      return error(ErrorCode::Kernel, "SetTypeMissing",
                   "the kernel does not have this type; load its module, ip_set_hash_...");
    case IPSET_ERR_MAX_SETS:
      return error(ErrorCode::Kernel, "TooManySets",
                   "there are too many sets; raise max_sets of the module ip_set");
    case IPSET_ERR_BUSY:
    case IPSET_ERR_REFERENCED:
      return error(ErrorCode::Conflict, "SetInUse",
                   "the set is in use by an iptables rule; delete that rule first");
    case IPSET_ERR_TYPE_MISMATCH:
      return error(ErrorCode::Conflict, "SetType", "the set is of another type");
    case IPSET_ERR_HASH_FULL:
      return error(ErrorCode::Conflict, "SetFull", "the set is full");
    case IPSET_ERR_INVALID_CIDR:
      return error(ErrorCode::Internal, "SetMember",
                   "this length of a prefix cannot be in this set");
    case IPSET_ERR_INVALID_PROTO:
    case IPSET_ERR_MISSING_PROTO:
      return error(ErrorCode::Internal, "SetMember", "this protocol cannot be in this set");
    case IPSET_ERR_HASH_ELEM:
      return error(ErrorCode::Internal, "SetMember", "the empty member cannot be in this set");
    default:
      return error(ErrorCode::Kernel, "Ipset",
                   number < IPSET_ERR_PRIVATE ? std::strerror(number)
                                              : fmt::format("ipset's error {}", number));
  }
}

}  // namespace netctl::kernel
