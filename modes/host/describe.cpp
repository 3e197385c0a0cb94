#include "modes/host/describe.h"

#include <fmt/format.h>

namespace netctl::host {
namespace {

using Lines = std::vector<StepDescription>;

std::string formatAddress(const InterfaceAddress& address) {
  return fmt::format("address {} {}/{}", address.interface, net::format(address.address),
                     address.length);
}

template <class T>
std::string_view actionOf(const EntryChange<T>& change) {
  if (!change.before) return "add";
  return change.after ? "change" : "remove";
}

std::string detailOf(const EntryChange<Guard>& change) {
  if (!change.after) return "";
  const auto& address = change.after->address;
  return fmt::format("{} {}", net::format(change.after->mac),
                     address ? net::format(*address) : "any address");
}

struct Describe {
  std::string_view phase;

  [[nodiscard]] Lines line(std::string_view action, std::string object, std::string detail) const {
    return {{phase, action, std::move(object), std::move(detail)}};
  }

  Lines operator()(const SetSysctl& step) const {
    return line("change", "sysctl " + step.name, step.value);
  }
  Lines operator()(const OpenPort& step) const {
    return line("add", "port " + step.device,
                fmt::format("{} on bridge {}", step.port.instance, step.port.bridge));
  }
  Lines operator()(const ClosePort& step) const {
    return line("remove", "port " + step.device, step.port.instance);
  }
  Lines operator()(const AddSegment& step) const {
    return line("add", fmt::format("segment {}", step.tag.value),
                fmt::format("{} on {}", step.segment.bridge, step.segment.vlan_device));
  }
  Lines operator()(const RemoveSegment& step) const {
    return line("remove", fmt::format("segment {}", step.tag.value), step.segment.bridge);
  }
  Lines operator()(const AddRedirect& step) const {
    return line("add", "redirect " + step.device, "to bridge " + step.redirect.bridge);
  }
  Lines operator()(const RemoveRedirect& step) const {
    return line("remove", "redirect " + step.device, "");
  }
  Lines operator()(const EditNat& step) const {
    Lines lines;
    if (step.rules) lines.push_back({phase, actionOf(*step.rules), "nat rules", ""});
    for (const auto& [address, change] : step.elastic) {
      lines.push_back({phase, actionOf(change), "nat of " + net::format(address),
                       change.after ? "to " + net::format(*change.after) : ""});
    }
    return lines;
  }
  Lines operator()(const EditGuards& step) const {
    Lines lines;
    if (step.rules) lines.push_back({phase, actionOf(*step.rules), "guard rules", ""});
    for (const auto& [device, change] : step.ports) {
      lines.push_back({phase, actionOf(change), "guard " + device, detailOf(change)});
    }
    for (const auto& [mac, change] : step.unseen) {
      lines.push_back({phase, actionOf(change), "guard " + net::format(mac), detailOf(change)});
    }
    for (const auto& [mac, change] : step.members) {
      lines.push_back({phase, actionOf(change), "guard member " + net::format(mac),
                       change.after ? fmt::format("network {}", change.after->value) : ""});
    }
    return lines;
  }
  Lines operator()(const AddAddress& step) const {
    return line("add", formatAddress(step.address), "");
  }
  Lines operator()(const RemoveAddress& step) const {
    return line("remove", formatAddress(step.address), "");
  }
  Lines operator()(const CreateSet& step) const {
    return line("add", "set " + step.name,
                fmt::format("{}, {} members", format(step.set.type), step.set.members.size()));
  }
  Lines operator()(const DestroySet& step) const { return line("remove", "set " + step.name, ""); }
  Lines operator()(const AddMembers& step) const {
    return members("add", step.set, step.type, step.members);
  }
  Lines operator()(const RemoveMembers& step) const {
    return members("remove", step.set, step.type, step.members);
  }
  Lines operator()(const EditTable& step) const {
    Lines lines;
    const auto add = [&](std::string_view action, std::string_view name, std::string detail) {
      lines.push_back(
          {phase, action, fmt::format("chain {} {}", format(step.table), name), std::move(detail)});
    };
    for (const auto& [name, chain] : step.put) {
      add("change", name, fmt::format("{} rules", chain.size()));
    }
    for (const auto& name : step.remove) add("remove", name, "");
    for (const auto& [name, target] : step.jumps) add("change", name, "jump to " + target);
    for (const auto& name : step.remove_jumps) add("change", name, "no jump of ours");
    return lines;
  }
  Lines operator()(const SetDhcpChecksums& step) const {
    return step.out ? line("change", "dhcp checksums", "by " + step.out->name)
                    : line("remove", "dhcp checksums", "");
  }
  Lines operator()(const SetDhcpServer& step) const {
    return step.server ? line("change", "dhcp server", "range " + net::format(step.server->range))
                       : line("remove", "dhcp server", "");
  }
  Lines operator()(const SetDhcpNetwork& step) const {
    const auto object = fmt::format("dhcp network {}", step.tag.value);
    return step.network ? line("change", object, "router " + net::format(step.network->router))
                        : line("remove", object, "");
  }
  Lines operator()(const SetDhcpHost& step) const {
    const auto object = "dhcp host " + net::format(step.mac);
    return step.host ? line("change", object, net::format(step.host->address))
                     : line("remove", object, "");
  }
  Lines operator()(const Announce& step) const {
    return line("change", "neighbours of " + step.address.interface,
                net::format(step.address.address));
  }

  [[nodiscard]] Lines members(std::string_view action, const std::string& set, SetType type,
                              const std::vector<SetMember>& members) const {
    Lines lines;
    lines.reserve(members.size());
    for (const auto& member : members) {
      lines.push_back({phase, action, "set " + set, format(type, member)});
    }
    return lines;
  }
};

}  // namespace

std::vector<StepDescription> describe(const Step& step) {
  return std::visit(Describe{format(step.phase)}, step.action);
}

std::vector<StepDescription> describe(const Plan& plan) {
  std::vector<StepDescription> lines;
  for (const auto& step : plan.steps) {
    auto more = describe(step);
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return lines;
}

}  // namespace netctl::host
