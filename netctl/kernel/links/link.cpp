#include "netctl/kernel/links/link.h"
#include "netctl/kernel/netlink/answer_limit.h"

// Before linux/if.h, which then leaves out what both define (linux/libc-compat.h).
#include <net/if.h>

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/attr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

namespace netctl::kernel {
namespace {

std::string stringOf(const nlattr* attribute) {
  const auto* text = static_cast<const char*>(nla_data(attribute));
  return {text, strnlen(text, static_cast<std::size_t>(nla_len(attribute)))};
}

RouteMessage linkQuestion(int flags, int index) {
  ifinfomsg header{};
  header.ifi_index = index;
  // Statistics are most of an answer, and nobody here reads them.
  RouteMessage message(RTM_GETLINK, flags, header);
  message.put(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  return message;
}

Result<std::optional<Link>> ask(RouteSocket& socket, RouteMessage question,
                                const std::string& what) {
  std::optional<Link> link;
  const auto answer =
      socket.request(std::move(question), [&](nlmsghdr& message) { link = parseLink(message); });
  if (answer.number == ENODEV) return std::optional<Link>{};
  if (!answer.ok()) return answer.error(fmt::format("cannot read the device {}", what));
  return link;
}

Result<std::vector<Link>> readAll(RouteSocket& socket,
                                  const std::function<void(RouteMessage&)>& filter) {
  for (int attempt = 1;; ++attempt) {
    auto question = linkQuestion(NLM_F_DUMP, 0);
    if (filter) filter(question);
    std::vector<Link> links;
    const auto answer = socket.request(
        std::move(question), [&](nlmsghdr& message) { links.push_back(parseLink(message)); });
    // The devices changed during the dump (NLM_F_DUMP_INTR), so that it may lack one.
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    if (!answer.ok()) return answer.error("cannot read the network devices");
    return links;
  }
}

void parseKind(nlattr* info, Link& link) {
  std::array<nlattr*, IFLA_INFO_MAX + 1> kinds{};
  nla_parse_nested(kinds.data(), IFLA_INFO_MAX, info, nullptr);
  const auto* kind_name = kinds[IFLA_INFO_KIND];
  const auto kind = kind_name != nullptr ? stringOf(kind_name) : std::string();
  link.is_bridge = kind == "bridge";
  if (kind == "vlan" && kinds[IFLA_INFO_DATA] != nullptr) {
    std::array<nlattr*, IFLA_VLAN_MAX + 1> vlan{};
    nla_parse_nested(vlan.data(), IFLA_VLAN_MAX, kinds[IFLA_INFO_DATA], nullptr);
    if (auto* id = vlan[IFLA_VLAN_ID]; id != nullptr) link.vlan_id = nla_get_u16(id);
  }
  const auto* port_kind = kinds[IFLA_INFO_SLAVE_KIND];
  if (port_kind != nullptr && stringOf(port_kind) == "bridge" &&
      kinds[IFLA_INFO_SLAVE_DATA] != nullptr) {
    std::array<nlattr*, IFLA_BRPORT_MAX + 1> port{};
    nla_parse_nested(port.data(), IFLA_BRPORT_MAX, kinds[IFLA_INFO_SLAVE_DATA], nullptr);
    link.hairpin = port[IFLA_BRPORT_MODE] != nullptr && nla_get_u8(port[IFLA_BRPORT_MODE]) != 0;
  }
}

}  // namespace

Link parseLink(nlmsghdr& message) {
  const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(&message));
  std::array<nlattr*, IFLA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(ifinfomsg), attributes.data(), IFLA_MAX, nullptr);
  Link link;
  link.index = header->ifi_index;
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.carrier = (header->ifi_flags & IFF_LOWER_UP) != 0;
  link.is_ethernet = header->ifi_type == ARPHRD_ETHER;
  if (auto* name = attributes[IFLA_IFNAME]; name != nullptr) link.name = stringOf(name);
  if (auto* mtu = attributes[IFLA_MTU]; mtu != nullptr) link.mtu = nla_get_u32(mtu);
  if (auto* master = attributes[IFLA_MASTER]; master != nullptr) {
    link.master = static_cast<int>(nla_get_u32(master));
  }
  if (auto* mac = attributes[IFLA_ADDRESS];
      mac != nullptr && nla_len(mac) == static_cast<int>(link.mac.bytes.size())) {
    std::memcpy(link.mac.bytes.data(), nla_data(mac), link.mac.bytes.size());
  }
  if (auto* ups = attributes[IFLA_CARRIER_UP_COUNT]; ups != nullptr) {
    link.carrier_ups = nla_get_u32(ups);
  }
  if (auto* group = attributes[IFLA_GROUP]; group != nullptr) link.group = nla_get_u32(group);
  // An index of another namespace says nothing in this one.
  if (auto* parent = attributes[IFLA_LINK];
      parent != nullptr && attributes[IFLA_LINK_NETNSID] == nullptr) {
    link.parent = static_cast<int>(nla_get_u32(parent));
  }
  if (auto* info = attributes[IFLA_LINKINFO]; info != nullptr) parseKind(info, link);
  if (auto* properties = attributes[IFLA_PROP_LIST]; properties != nullptr) {
    nlattr* property = nullptr;
    int left = 0;
    nla_for_each_nested(property, properties, left) {
      if (nla_type(property) == IFLA_ALT_IFNAME) {
        link.alternative_names.push_back(stringOf(property));
      }
    }
  }
  return link;
}

Result<LinksByIndex> readLinks(RouteSocket& socket) {
  auto read = readAll(socket, {});
  if (!read) return read.error();
  LinksByIndex links;
  for (auto& link : *read) links.insert_or_assign(link.index, std::move(link));
  return links;
}

Result<std::vector<Link>> readVlanDevices(RouteSocket& socket, std::optional<int> master) {
  auto links = readAll(socket, [&](RouteMessage& question) {
    if (master) question.put(IFLA_MASTER, static_cast<std::uint32_t>(*master));
    question.nest(IFLA_LINKINFO);
    question.put(IFLA_INFO_KIND, std::string("vlan"));
  });
  if (!links) return links;
  // A kernel that has not loaded 802.1Q filters by no such kind.
  std::erase_if(*links, [&](const Link& link) {
    return !link.vlan_id || (master && link.master != *master);
  });
  return links;
}

Result<std::optional<Link>> findLink(RouteSocket& socket, const std::string& name) {
  // The kernel cuts longer names off rather than not to find them.
  if (name.empty() || name.size() >= ALTIFNAMSIZ) return std::optional<Link>{};
  auto question = linkQuestion(0, 0);
  question.put(name.size() < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
  return ask(socket, std::move(question), name);
}

Result<std::optional<Link>> findLink(RouteSocket& socket, int index) {
  return ask(socket, linkQuestion(0, index), fmt::format("with index {}", index));
}

Result<const LinksByIndex*> LinkSnapshot::all(RouteSocket& socket) {
  if (!all_) {
    auto links = readLinks(socket);
    if (!links) return links.error();
    all_ = std::move(*links);
  }
  return &*all_;
}

Result<std::string> LinkSnapshot::name(RouteSocket& socket, int index) {
  if (index == 0) return std::string();
  if (const auto known = names_.find(index); known != names_.end()) return known->second;
  if (all_) {
    if (const auto known = all_->find(index); known != all_->end()) return known->second.name;
  }
  const auto link = findLink(socket, index);
  if (!link) return link.error();
  return names_[index] = *link ? (*link)->name : std::string();
}

}  // namespace netctl::kernel
