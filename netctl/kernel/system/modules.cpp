#include "netctl/kernel/system/modules.h"

#include <fmt/format.h>
#include <libkmod.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace netctl::kernel {
namespace {

constexpr const char* kMatches = "/proc/net/ip_tables_matches";
constexpr const char* kTargets = "/proc/net/ip_tables_targets";

/// A module, and where the kernel shows that it has what the module brings.
struct Needed {
  const char* module;
  const char* file = nullptr;  ///< a list of words
  const char* word = nullptr;
  bool is_optional = false;  ///< the driver that uses it says so where it is missing
};

constexpr std::array kNeeded{
    Needed{"ip_tables", kTargets, "ERROR"},
    Needed{"iptable_filter"},
    Needed{"iptable_nat"},
    Needed{"nf_conntrack"},
    Needed{"nf_conntrack_netlink"},
    Needed{"ip_set"},
    Needed{"ip_set_hash_ip"},
    Needed{"ip_set_hash_net"},
    Needed{"ip_set_hash_netiface"},
    Needed{"ip_set_hash_ipport"},
    Needed{"ip_set_hash_ipportnet"},
    Needed{"xt_set", kMatches, "set"},
    Needed{"xt_tcpudp", kMatches, "tcp"},
    Needed{"xt_comment", kMatches, "comment"},
    Needed{"xt_conntrack", kMatches, "conntrack"},
    Needed{"xt_connmark", kMatches, "connmark"},
    Needed{"xt_connlabel", kMatches, "connlabel"},
    Needed{"xt_bpf", kMatches, "bpf"},
    Needed{"ipt_REJECT", kTargets, "REJECT"},
    Needed{"xt_nat", kTargets, "DNAT"},
    Needed{"xt_MASQUERADE", kTargets, "MASQUERADE"},
    Needed{"xt_CHECKSUM", kTargets, "CHECKSUM"},
    Needed{"bridge"},
    Needed{"nf_tables"},
    Needed{"nft_objref"},
    Needed{"nft_chain_nat"},
    Needed{"nft_nat"},
    Needed{"nft_ct"},
    Needed{"nft_fib_ipv4"},
    Needed{"nft_socket"},
    Needed{"nft_compat"},
    Needed{"nft_meta_bridge"},
    Needed{.module = "sch_ingress", .is_optional = true},
    Needed{.module = "cls_u32", .is_optional = true},
    Needed{.module = "act_mirred", .is_optional = true},
    Needed{"af_packet"},
};

struct Free {
  void operator()(kmod_ctx* context) const { kmod_unref(context); }
  void operator()(kmod_list* list) const { kmod_module_unref_list(list); }
  void operator()(kmod_module* module) const { kmod_module_unref(module); }
};

/// errno, 0 where it is there now; ENOENT where it is not known, which it is not either where the
/// kernel was built without modules.
int load(kmod_ctx* context, const char* name) {
  kmod_list* raw = nullptr;
  const int looked = kmod_module_new_from_lookup(context, name, &raw);
  const std::unique_ptr<kmod_list, Free> list(raw);
  if (looked < 0 || !list) return ENOENT;
  for (auto* item = list.get(); item != nullptr; item = kmod_list_next(list.get(), item)) {
    const std::unique_ptr<kmod_module, Free> module(kmod_module_get_module(item));
    const int result =
        kmod_module_probe_insert_module(module.get(), 0, nullptr, nullptr, nullptr, nullptr);
    if (result < 0) return -result;
  }
  return 0;
}

bool shows(const Needed& needed) {
  std::ifstream file(needed.file);
  std::string word;
  while (file >> word) {
    if (word == needed.word) return true;
  }
  return false;
}

}  // namespace

Result<void> loadModules() {
  const std::unique_ptr<kmod_ctx, Free> context(kmod_new(nullptr, nullptr));
  if (!context) throw std::bad_alloc();
  std::string missing;
  for (const auto& needed : kNeeded) {
    const int number = load(context.get(), needed.module);
    if (number == 0 || needed.is_optional) continue;
    // One that is not known and shows nowhere may be built in.
    if (needed.file != nullptr ? shows(needed) : number == ENOENT) continue;
    missing +=
        fmt::format("{}{} ({})", missing.empty() ? "" : ", ", needed.module, std::strerror(number));
  }
  if (missing.empty()) return {};
  return Error{ErrorCode::Unsupported, "",
               fmt::format("the kernel lacks the modules {}; install the package of this kernel's "
                           "modules, or boot a kernel that has them",
                           missing)};
}

}  // namespace netctl::kernel
