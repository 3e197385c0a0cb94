#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/timestamp.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/instance_elements.h"
#include "netctl/ec2/interfaces.h"
#include "netctl/ec2/listing.h"
#include "netctl/ec2/metadata_options.h"
#include "netctl/ec2/shown_instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace netctl::ec2 {
namespace {

using cloud::Instance;
using cloud::InstanceId;
using cloud::Ref;

Error noSuchInstances(const std::vector<std::string>& ids) {
  return {ErrorCode::NotFound, "InvalidInstanceID.NotFound",
          ids.size() == 1
              ? fmt::format("The instance ID '{}' does not exist", ids.front())
              : fmt::format("The instance IDs '{}' do not exist", fmt::join(ids, ", "))};
}

/// `InstanceId.N`, each once; one that is malformed is a fault.
std::vector<InstanceId> readIds(const Parameters& parameters) {
  std::vector<InstanceId> ids;
  for (const auto& text : parameters.list("InstanceId")) {
    const auto id = InstanceId::parse(text);
    if (!parameters.check("InstanceId", id)) continue;
    if (std::ranges::find(ids, *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

FilterTable<Instance> instanceFilters(const controller::View& view) {
  FilterTable<Instance> table;
  using Value = std::function<std::string(const Instance&)>;
  const auto add = [&](std::string_view name, Value value) {
    table.emplace(name, [value = std::move(value)](const Instance& instance, Values& values) {
      if (auto text = value(instance); !text.empty()) values.push_back(std::move(text));
    });
  };
  // One that has ended has no network.
  const auto add_of_network = [&](std::string_view name, Value value) {
    add(name, [&view, value = std::move(value)](const Instance& instance) {
      const bool has_ended = stateOf(view, instance).code == kTerminated.code;
      return has_ended ? std::string() : value(instance);
    });
  };
  add("instance-id", [](const Instance& instance) { return instance.id.text(); });
  add("instance-state-name",
      [&view](const Instance& instance) { return std::string(stateOf(view, instance).name); });
  add("instance-state-code",
      [&view](const Instance& instance) { return std::to_string(stateOf(view, instance).code); });
  add("private-ip-address", [](const Instance& instance) { return privateAddressOf(instance); });
  for (const auto* const name :
       {"ip-address", "dns-name", "network-interface.addresses.association.public-ip"}) {
    add(name, [&view](const Instance& instance) {
      const auto address = view.cloud.addressOf(instance.id);
      return address ? net::format(address->address) : std::string();
    });
  }
  add("availability-zone", [&view](const Instance&) { return view.cloud.settings().zone; });
  add("image-id", imageOf);
  add("instance-type", typeOf);
  add("reservation-id", reservationOf);
  add("owner-id", [](const Instance& instance) { return instance.owner.value; });
  for (const auto* const name : {"vpc-id", "network-interface.vpc-id"}) {
    add_of_network(name, [&view](const Instance& instance) {
      return vpcOf(view.cloud.settings(), instance.owner);
    });
  }
  for (const auto* const name : {"subnet-id", "network-interface.subnet-id"}) {
    add_of_network(name, [&view](const Instance& instance) {
      return subnetOf(view.cloud.settings(), instance.owner);
    });
  }
  add_of_network("network-interface.network-interface-id",
                 [](const Instance& instance) { return interfaceOf(instance.id); });
  add_of_network("network-interface.owner-id",
                 [](const Instance& instance) { return instance.owner.value; });
  add_of_network("network-interface.status", [](const Instance&) { return std::string("in-use"); });
  add_of_network("network-interface.availability-zone",
                 [&view](const Instance&) { return view.cloud.settings().zone; });
  add_of_network("network-interface.mac-address",
                 [](const Instance& instance) { return net::format(instance.mac); });
  add_of_network("network-interface.addresses.private-ip-address",
                 [](const Instance& instance) { return privateAddressOf(instance); });
  add("launch-time", [](const Instance& instance) { return api::formatTime(instance.attached); });
  add("private-dns-name",
      [&view](const Instance& instance) { return privateNameOf(view.cloud.settings(), instance); });
  add("key-name", keyNameOf);
  const auto& settings = view.cloud.settings();
  const auto add_option = [&](std::string_view name, Value value) {
    if (!cloud::hasNetworks(settings.mode)) value = [](const Instance&) { return std::string(); };
    add_of_network(name, std::move(value));
  };
  add_option("metadata-options.http-tokens", [&settings](const Instance& instance) {
    return std::string(tokensOf(settings, instance));
  });
  add_option("metadata-options.http-put-response-hop-limit",
             [](const Instance& instance) { return std::to_string(instance.metadata.token_hops); });
  add_option("metadata-options.http-endpoint", [](const Instance& instance) {
    return std::string(enabledOrNot(instance.metadata.enabled));
  });
  add_option("metadata-options.instance-metadata-tags", [](const Instance& instance) {
    return std::string(enabledOrNot(instance.metadata.shows_tags));
  });
  add("architecture", [](const Instance&) { return std::string("x86_64"); });
  const auto add_groups = [&](std::string_view name,
                              std::function<std::string(const cloud::Group&)> value) {
    table.emplace(name,
                  [&view, value = std::move(value)](const Instance& instance, Values& values) {
                    for (const auto& id : instance.groups)
                      values.push_back(value(*view.cloud.group(id)));
                  });
  };
  for (const auto* const name : {"group-id", "instance.group-id", "network-interface.group-id"}) {
    add_groups(name, [](const cloud::Group& group) { return group.id.value; });
  }
  for (const auto* const name :
       {"group-name", "instance.group-name", "network-interface.group-name"}) {
    add_groups(name, [](const cloud::Group& group) { return group.name; });
  }
  addTagFilters<Instance>(table, [](const Instance& instance) -> const cloud::ResourceTags& {
    return instance.resource_tags;
  });
  return table;
}

}  // namespace

Result<Step> describeInstances(const Call& call) {
  const auto& parameters = call.parameters;
  const auto table = instanceFilters(call.view);
  const auto filters = Filters::read(parameters, table, true);
  const auto page = Page::read(parameters);
  const auto ids = readIds(parameters);
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  std::set<InstanceId> wanted(ids.begin(), ids.end());
  std::vector<std::string> absent;
  for (const auto& id : ids) {
    if (!shownInstance(call, id)) absent.push_back(id.text());
  }
  if (!absent.empty()) return noSuchInstances(absent);
  // Instances that were started together are one item.
  std::map<std::string, std::vector<Ref<Instance>>> reservations;
  for (const auto& instance : shownInstances(call, wanted)) {
    if (!filters.hold(*instance, table, instance->resource_tags)) continue;
    reservations[reservationOf(*instance)].push_back(instance);
  }
  XmlWriter xml;
  writePage(
      xml, "reservationSet", page, reservations, [](const auto&) { return true; },
      [&](const auto& instances) { writeReservation(xml, call.view, instances); });
  return Step{xml.take()};
}

Result<Step> terminateInstances(const Call& call) {
  const auto ids = readIds(call.parameters);
  if (ids.empty() && call.parameters.faults().empty()) call.parameters.missing("InstanceId");
  std::map<InstanceId, InstanceState> before;
  for (const auto& id : ids) {
    if (const auto instance = shownInstance(call, id)) {
      before.emplace(id, stateOf(call.view, *instance));
    }
  }
  return Change{
      .command = cloud::DetachInstances{call.owner(), ids, call.now},
      .answer = [ids, before](const controller::View&, const cloud::Outcome&) -> Result<Elements> {
        XmlWriter xml;
        xml.list("instancesSet", ids, [&](const InstanceId& id) {
          xml.text("instanceId", id.text());
          writeState(xml, "currentState", kTerminated);
          const auto at = before.find(id);
          writeState(xml, "previousState", at == before.end() ? kPending : at->second);
        });
        return xml.take();
      }};
}

Result<Step> changePower(const Call& call) {
  const auto& parameters = call.parameters;
  const auto ids = readIds(parameters);
  if (ids.empty() && parameters.faults().empty()) parameters.missing("InstanceId");
  for (const auto* const word : {"Force", "Hibernate", "SkipOsShutdown"}) {
    (void)parameters.flag(word);
  }
  (void)parameters.text("AdditionalInfo");
  std::vector<std::string> absent;
  for (const auto& id : ids) {
    if (!shownInstance(call, id)) absent.push_back(id.text());
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (!absent.empty()) return noSuchInstances(absent);
  return Error{ErrorCode::Unsupported, "UnsupportedOperation",
               "netctl gives instances their network and does not run their machines; whoever runs "
               "the hypervisor starts, stops and reboots them"};
}

Result<Step> modifyInstanceAttribute(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& text = parameters.required("InstanceId");
  const auto id = InstanceId::parse(text);
  if (!text.empty()) parameters.check("InstanceId", id);
  auto groups = parameters.list("GroupId");
  if (groups.empty()) {
    parameters.wrong("GroupId", "Only the groups of an instance can be modified, by GroupId.N",
                     parameters.hasAny("Attribute") || parameters.hasAny("SourceDestCheck")
                         ? "UnsupportedOperation"
                         : "MissingParameter");
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  return changeGroups(call, *id, std::move(groups), "GroupId");
}

Step changeGroups(const Call& call, const InstanceId& id, std::vector<std::string> groups,
                  std::string_view parameter) {
  for (const auto& group : groups) {
    if (!cloud::isGroupId(group)) {
      call.parameters.wrong(parameter, fmt::format("{} is not a group's id", quote(group)),
                            "InvalidGroupId.Malformed");
    }
  }
  // The first one gives the network, and stays: in which order the others come means nothing.
  if (const auto instance = call.cloud().instance(id);
      instance && instance->owner == call.account.id && !instance->groups.empty()) {
    const auto first = std::ranges::find(groups, instance->groups.front().value);
    if (first != groups.end()) std::rotate(groups.begin(), first, first + 1);
  }
  return Change{
      .command =
          cloud::ModifyInstance{.instance = id, .owner = call.owner(), .groups = std::move(groups)},
      .answer = alwaysTrue()};
}

}  // namespace netctl::ec2
