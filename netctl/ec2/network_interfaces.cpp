#include "base/text.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/instance_elements.h"
#include "netctl/ec2/interfaces.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

/// Each instance has one network interface, which comes and goes with it.
namespace netctl::ec2 {
namespace {

using cloud::Instance;
using cloud::Ref;

FilterTable<Instance> interfaceFilters(const controller::View& view) {
  FilterTable<Instance> table;
  const auto add = [&](std::string_view name, std::function<std::string(const Instance&)> value) {
    table.emplace(name, [value = std::move(value)](const Instance& instance, Values& values) {
      if (auto text = value(instance); !text.empty()) values.push_back(std::move(text));
    });
  };
  add("network-interface-id", [](const Instance& instance) { return interfaceOf(instance.id); });
  add("attachment.instance-id", [](const Instance& instance) { return instance.id.text(); });
  add("attachment.device-index", [](const Instance&) { return std::string("0"); });
  add("attachment.status", [](const Instance&) { return std::string("attached"); });
  add("status", [](const Instance&) { return std::string("in-use"); });
  // None has one. Terraform looks for those that other services left behind by it.
  for (const auto* const name : {"description", "requester-id"}) {
    add(name, [](const Instance&) { return std::string(); });
  }
  add("interface-type", [](const Instance&) { return std::string("interface"); });
  add("owner-id", [](const Instance& instance) { return instance.owner.value; });
  add("mac-address", [](const Instance& instance) { return net::format(instance.mac); });
  add("vpc-id",
      [&view](const Instance& instance) { return vpcOf(view.cloud.settings(), instance.owner); });
  add("subnet-id", [&view](const Instance& instance) {
    return subnetOf(view.cloud.settings(), instance.owner);
  });
  add("availability-zone", [&view](const Instance&) { return view.cloud.settings().zone; });
  for (const auto* const name : {"private-ip-address", "addresses.private-ip-address"}) {
    add(name, [](const Instance& instance) { return privateAddressOf(instance); });
  }
  for (const auto* const name : {"association.public-ip", "addresses.association.public-ip"}) {
    add(name, [&view](const Instance& instance) {
      const auto address = view.cloud.addressOf(instance.id);
      return address ? net::format(address->address) : std::string();
    });
  }
  table.emplace("group-id", [](const Instance& instance, Values& values) {
    for (const auto& id : instance.groups) values.push_back(id.value);
  });
  return table;
}

Error noSuchInterface(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidNetworkInterfaceID.NotFound",
          fmt::format("The networkInterface ID '{}' does not exist", printable(id))};
}

/// Null where there is none of that id, or it is another account's.
Ref<Instance> instanceBehind(const Call& call, std::string_view id) {
  const auto instance_id = instanceOfInterface(id);
  if (!instance_id) return nullptr;
  const auto instance = call.cloud().instance(*instance_id);
  return instance && instance->owner == call.account.id ? instance : nullptr;
}

}  // namespace

Result<Step> describeNetworkInterfaces(const Call& call) {
  const auto& parameters = call.parameters;
  const auto table = interfaceFilters(call.view);
  const auto filters = Filters::read(parameters, table, true);
  const auto page = Page::read(parameters);
  std::map<std::string, Ref<Instance>> interfaces;
  for (const auto& id : parameters.list("NetworkInterfaceId")) {
    const auto instance = instanceBehind(call, id);
    if (!instance) return noSuchInterface(id);
    interfaces.emplace(interfaceOf(instance->id), instance);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (interfaces.empty()) {
    for (const auto& [id, instance] : call.cloud().instances()) {
      if (instance->owner == call.account.id) interfaces.emplace(interfaceOf(id), instance);
    }
  }
  XmlWriter xml;
  writePage(
      xml, "networkInterfaceSet", page, interfaces,
      [&](const auto& instance) { return filters.hold(*instance, table); },
      [&](const auto& instance) {
        writeNetworkInterface(xml, call.cloud(), *instance, InterfaceOf::Account);
      });
  return Step{xml.take()};
}

Result<Step> describeNetworkInterfaceAttribute(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& id = parameters.required("NetworkInterfaceId");
  const auto& attribute = parameters.required("Attribute");
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  const auto instance = instanceBehind(call, id);
  if (!instance) return noSuchInterface(id);
  XmlWriter xml;
  xml.text("networkInterfaceId", id);
  if (attribute == "groupSet") {
    writeGroups(xml, call.cloud(), *instance);
  } else if (attribute == "sourceDestCheck") {
    xml.open("sourceDestCheck").flag("value", true).close();
  } else if (attribute == "description") {
    xml.open("description").text("value", "").close();
  } else if (attribute == "attachment") {
    writeAttachment(xml, *instance, InterfaceOf::Account);
  } else {
    parameters.wrong("Attribute",
                     fmt::format("{} is not an attribute; write groupSet, sourceDestCheck, "
                                 "description or attachment",
                                 quote(attribute)));
  }
  return Step{xml.take()};
}

Result<Step> modifyNetworkInterfaceAttribute(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& id = parameters.required("NetworkInterfaceId");
  auto groups = parameters.list("SecurityGroupId");
  if (groups.empty()) {
    parameters.wrong("SecurityGroupId",
                     "Only the groups of an interface can be modified, by SecurityGroupId.N",
                     "UnsupportedOperation");
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  const auto instance = instanceBehind(call, id);
  if (!instance) return noSuchInterface(id);
  return changeGroups(call, instance->id, std::move(groups), "SecurityGroupId");
}

}  // namespace netctl::ec2
