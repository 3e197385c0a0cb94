#include "netctl/kernel/links/forwarding.h"

#include "modes/host/names.h"

#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

namespace netctl::kernel {

std::optional<DeviceForwarding> parseForwarding(nlmsghdr& message) {
  std::array<nlattr*, NETCONFA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(netconfmsg), attributes.data(), NETCONFA_MAX, nullptr);
  auto* index = attributes[NETCONFA_IFINDEX];
  auto* forwarding = attributes[NETCONFA_FORWARDING];
  if (index == nullptr || forwarding == nullptr) return {};
  // `all` and `default` have negative indexes.
  return DeviceForwarding{static_cast<int>(nla_get_u32(index)), nla_get_u32(forwarding) != 0};
}

Result<Forwarding> Forwarding::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  return Forwarding(std::move(*socket));
}

Result<void> Forwarding::look(const host::Scope& scope, LinkSnapshot& links,
                              host::HostState& into) {
  if (!scope.everything) return {};
  const auto all = links.all(socket_);
  if (!all) return all.error();
  for (int attempt = 1;; ++attempt) {
    netconfmsg header{};
    header.ncm_family = AF_INET;
    std::vector<DeviceForwarding> found;
    const auto answer =
        socket_.request(RouteMessage(RTM_GETNETCONF, NLM_F_DUMP, header), [&](nlmsghdr& message) {
          if (const auto forwarding = parseForwarding(message)) found.push_back(*forwarding);
        });
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    if (!answer.ok()) return answer.error("cannot read which devices forward");
    for (const auto& each : found) {
      const auto device = (*all)->find(each.index);
      if (device == (*all)->end()) continue;
      into.sysctls[host::deviceForwarding(device->second.name)] = each.on ? "1" : "0";
    }
    return {};
  }
}

}  // namespace netctl::kernel
