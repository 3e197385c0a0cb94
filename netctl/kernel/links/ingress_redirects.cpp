#include "netctl/kernel/links/ingress_redirects.h"

#include "modes/host/names.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netctl::kernel {
namespace {

// Of more devices one dump tells which have any filters.
constexpr std::size_t kFewDevices = 32;

/// The kernel has no tc, or not this part of it.
bool isUnknown(const RouteAnswer& answer) {
  return answer.number == EOPNOTSUPP || answer.number == ENOENT;
}

Error cannotRedirect(const Link& device, const RouteAnswer& answer) {
  const auto failed =
      fmt::format("cannot redirect frames from {} to its bridge past br_netfilter", device.name);
  if (!isUnknown(answer)) return answer.error(failed);
  return {ErrorCode::Unsupported, "",
          fmt::format("{}: {}; this takes the kernel modules sch_ingress, cls_u32 and act_mirred",
                      failed, answer.text)};
}

}  // namespace

Result<IngressRedirects> IngressRedirects::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  return IngressRedirects(std::move(*socket));
}

template <class Question, class Reply>
RouteAnswer IngressRedirects::dump(const Question& question, const Reply& reply) {
  for (int attempt = 1;; ++attempt) {
    auto answer = socket_.request(question(), reply);
    if (answer.number != EAGAIN || attempt == kDumpTries) return answer;
  }
}

Result<void> IngressRedirects::look(const host::Scope& scope, LinkSnapshot& links,
                                    host::HostState& into) {
  if (!scope.everything && scope.redirects.size() <= kFewDevices) {
    for (const auto& name : scope.redirects) {
      const auto device = findLink(socket_, name);
      if (!device) return device.error();
      if (!*device || (*device)->name != name) continue;
      if (auto looked = lookAt(**device, into); !looked) return looked;
    }
    return {};
  }
  const auto filtering = filteringDevices();
  if (!filtering) return filtering.error();
  if (filtering->empty()) return {};
  const auto all = links.all(socket_);
  if (!all) return all.error();
  for (const auto& [index, link] : **all) {
    const bool is_meant = scope.everything || scope.redirects.contains(link.name);
    if (!is_meant || !filtering->contains(index)) continue;
    if (auto looked = lookAt(link, into); !looked) return looked;
  }
  return {};
}

Result<std::set<int>> IngressRedirects::filteringDevices() {
  std::set<int> devices;
  const auto answer = dump(
      [&] {
        devices.clear();
        return qdiscQuestion();
      },
      [&](nlmsghdr& message) {
        if (const auto device = filteringDevice(message)) devices.insert(*device);
      });
  // A kernel without tc has none.
  if (!answer.ok() && answer.number != EOPNOTSUPP) {
    return answer.error("cannot read the qdiscs of the network devices");
  }
  return devices;
}

Result<std::vector<RedirectFilter>> IngressRedirects::filtersOf(const Link& device) {
  std::vector<RedirectFilter> filters;
  const auto answer = dump(
      [&] {
        filters.clear();
        return filterQuestion(device.index, FilterSide::Ingress, true);
      },
      [&](nlmsghdr& message) {
        if (auto filter = parseRedirectFilter(message)) filters.push_back(std::move(*filter));
      });
  // Without tc, and on a device that has gone, there are no filters.
  const bool is_read = answer.ok() || answer.number == EOPNOTSUPP || answer.number == ENODEV;
  if (!is_read) return answer.error(fmt::format("cannot read the filters of {}", device.name));
  return filters;
}

Result<std::optional<Link>> IngressRedirects::targetOf(const RedirectFilter& filter) {
  if (filter.target == 0) return std::optional<Link>{};
  return findLink(socket_, filter.target);
}

Result<void> IngressRedirects::lookAt(const Link& device, host::HostState& into) {
  const auto filters = filtersOf(device);
  if (!filters) return filters.error();
  if (filters->empty()) return {};
  const auto& filter = filters->front();
  const auto bridge = targetOf(filter);
  if (!bridge) return bridge.error();
  host::IngressRedirect redirect{*bridge ? (*bridge)->name : "", sourceIn(filter.selector)};
  const bool is_right = filters->size() == 1 && *bridge && device.master == (*bridge)->index &&
                        (*bridge)->is_bridge && (*bridge)->mac == device.mac &&
                        filter.selector == selectorOf(device.mac, redirect.source);
  if (!is_right) into.foreign.redirects.insert(device.name);
  into.redirects[device.name] = std::move(redirect);
  return {};
}

Result<Link> IngressRedirects::bridgeFor(const Link& device, const std::string& name) {
  const auto bridge = findLink(socket_, name);
  if (!bridge) return bridge.error();
  if (!*bridge) {
    return Error{ErrorCode::NotFound, "", fmt::format("there is no bridge {}", name)};
  }
  if (!(*bridge)->is_bridge || device.master != (*bridge)->index) {
    return Error{ErrorCode::Conflict, "",
                 fmt::format("{0} is not a port of {1}; make it one (ip link set {0} master {1})",
                             device.name, name)};
  }
  if ((*bridge)->mac == device.mac) return **bridge;
  return Error{
      ErrorCode::Conflict, "",
      fmt::format("{0} has not the MAC of its port {1}, so that frames from there cannot go past "
                  "br_netfilter; give it that (ip link set {0} address {2})",
                  name, device.name, net::format(device.mac))};
}

Result<void> IngressRedirects::apply(const host::AddRedirect& step) {
  const auto device = findLink(socket_, step.device);
  if (!device) return device.error();
  if (!*device) {
    return Error{ErrorCode::NotFound, "", fmt::format("there is no device {}", step.device)};
  }
  // First: behind another MAC it has the kernel drop what instances send.
  const auto removed = removeFilters(**device);
  if (!removed) return removed.error();
  const auto bridge = bridgeFor(**device, step.redirect.bridge);
  bool made_qdisc = *removed;
  RouteAnswer answer;
  if (bridge) {
    answer =
        socket_.request(qdiscMessage(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, (*device)->index));
    made_qdisc = made_qdisc || answer.ok();
    if (answer.ok() || answer.number == EEXIST) {
      answer = socket_.request(filterMessage(
          (*device)->index, {.made_qdisc = made_qdisc,
                             .target = bridge->index,
                             .selector = selectorOf(bridge->mac, step.redirect.source)}));
      if (answer.ok()) return {};
    }
  }
  // Nothing is left that tells whose it is.
  if (made_qdisc) (void)removeQdisc(**device);
  return bridge ? cannotRedirect(**device, answer) : bridge.error();
}

Result<void> IngressRedirects::apply(const host::RemoveRedirect& step) {
  const auto device = findLink(socket_, step.device);
  if (!device) return device.error();
  if (!*device) return {};
  const auto removed = removeFilters(**device);
  if (!removed) return removed.error();
  if (!*removed || (*device)->group == host::kLinkGroup) return {};
  return removeQdisc(**device);
}

Result<bool> IngressRedirects::removeFilters(const Link& device) {
  const auto filters = filtersOf(device);
  if (!filters) return filters.error();
  for (const auto& filter : *filters) {
    const auto answer = socket_.request(filterRemoval(device.index, filter.handle));
    if (answer.ok() || answer.number == ENOENT || answer.number == ENODEV) continue;
    return answer.error(fmt::format("cannot remove the redirect from {}", device.name));
  }
  return std::any_of(filters->begin(), filters->end(),
                     [](const RedirectFilter& filter) { return filter.made_qdisc; });
}

Result<bool> IngressRedirects::hasFilters(const Link& device) {
  bool found = false;
  for (const auto side : {FilterSide::Ingress, FilterSide::Egress}) {
    const auto answer = dump([&] { return filterQuestion(device.index, side, false); },
                             [&](nlmsghdr&) { found = true; });
    if (answer.ok() || answer.number == ENODEV) continue;
    return answer.error(fmt::format("cannot read the filters of {}", device.name));
  }
  return found;
}

Result<void> IngressRedirects::removeQdisc(const Link& device) {
  const auto is_used = hasFilters(device);
  if (!is_used) return is_used.error();
  if (*is_used) return {};
  const auto answer = socket_.request(qdiscMessage(RTM_DELQDISC, 0, device.index));
  // Another may have put one of its own kind there.
  const bool is_gone =
      answer.ok() || answer.number == ENOENT || answer.number == EINVAL || answer.number == ENODEV;
  if (is_gone) return {};
  return answer.error(fmt::format("cannot remove the qdisc clsact from {}", device.name));
}

}  // namespace netctl::kernel
