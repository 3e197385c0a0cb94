#include "netctl/ec2/instance_elements.h"

#include "modes/cloud/resource_ids.h"
#include "netctl/api/timestamp.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/interfaces.h"
#include "netctl/ec2/listing.h"
#include "netctl/ec2/metadata_options.h"

#include <fmt/format.h>

namespace netctl::ec2 {
namespace {

using cloud::Instance;

std::string attribute(const Instance& instance, std::string_view name, std::string_view fallback) {
  const auto at = instance.attributes.find(std::string(name));
  return at == instance.attributes.end() ? std::string(fallback) : at->second;
}

/// The public address that it has, where it has one.
void writeAssociation(XmlWriter& xml, const cloud::Cloud& cloud, const Instance& instance) {
  const auto address = cloud.addressOf(instance.id);
  if (!address) return;
  xml.open("association").text("publicIp", net::format(address->address));
  xml.text("ipOwnerId", address->automatic ? "amazon" : address->owner.value);
  if (!address->automatic) {
    xml.text("allocationId", cloud::allocationId(*address))
        .text("associationId", cloud::associationId(*address));
  }
  xml.close();
}

void writeNetwork(XmlWriter& xml, const cloud::Cloud& cloud, const Instance& instance) {
  const auto vpc = vpcOf(cloud.settings(), instance.owner);
  if (vpc.empty()) return;
  xml.text("vpcId", vpc).text("subnetId", subnetOf(cloud.settings(), instance.owner));
}

/// Why it has ended: somebody wanted that, by EC2 or by the RPC.
void writeEnd(XmlWriter& xml) {
  xml.text("reason", "User initiated").open("stateReason");
  xml.text("code", "Client.UserInitiatedShutdown")
      .text("message", "Client.UserInitiatedShutdown: User initiated shutdown")
      .close();
}

void writeInterfaces(XmlWriter& xml, const cloud::Cloud& cloud, const Instance& instance) {
  xml.open("networkInterfaceSet").open("item");
  writeNetworkInterface(xml, cloud, instance, InterfaceOf::Instance);
  xml.close().close();
}

void writeInstance(XmlWriter& xml, const controller::View& view, const Instance& instance) {
  const auto& cloud = view.cloud;
  const auto address = cloud.addressOf(instance.id);
  const auto public_address = address ? net::format(address->address) : std::string();
  const auto private_address = privateAddressOf(instance);
  xml.text("instanceId", instance.id.text()).text("imageId", imageOf(instance));
  const auto state = stateOf(view, instance);
  const bool has_ended = state.code == kTerminated.code;
  writeState(xml, "instanceState", state);
  if (has_ended) writeEnd(xml);
  xml.text("privateDnsName", privateNameOf(cloud.settings(), instance))
      .text("dnsName", public_address);
  if (const auto key = keyNameOf(instance); !key.empty()) xml.text("keyName", key);
  xml.text("amiLaunchIndex", attribute(instance, kLaunchIndex, "0"))
      .text("instanceType", typeOf(instance))
      .text("launchTime", api::formatTime(instance.attached));
  xml.open("placement").text("availabilityZone", cloud.settings().zone);
  if (!has_ended) xml.text("hostId", instance.node);
  xml.close();
  xml.open("monitoring").text("state", "disabled").close();
  if (!has_ended) {
    xml.text("privateIpAddress", private_address);
    writeNetwork(xml, cloud, instance);
  }
  if (address) xml.text("ipAddress", public_address);
  writeGroups(xml, cloud, instance);
  xml.flag("sourceDestCheck", true)
      .text("architecture", "x86_64")
      .text("rootDeviceType", "instance-store");
  xml.open("blockDeviceMapping").close();
  xml.text("hypervisor", "kvm");
  if (!has_ended) {
    writeMetadataOptions(xml, "metadataOptions", cloud.settings(), instance);
    writeInterfaces(xml, cloud, instance);
  }
  writeTags(xml, instance.resource_tags);
}

}  // namespace

void writeGroups(XmlWriter& xml, const cloud::Cloud& cloud, const Instance& instance) {
  xml.list("groupSet", instance.groups, [&](const cloud::GroupId& id) {
    xml.text("groupId", id.value).text("groupName", cloud.group(id)->name);
  });
}

void writeAttachment(XmlWriter& xml, const Instance& instance, InterfaceOf shown) {
  xml.open("attachment").text("attachmentId", "eni-attach-" + instance.id.canonical().substr(2));
  if (shown == InterfaceOf::Account) {
    xml.text("instanceId", instance.id.text()).text("instanceOwnerId", instance.owner.value);
  }
  xml.number("deviceIndex", 0)
      .text("status", "attached")
      .text("attachTime", api::formatTime(instance.attached))
      .flag("deleteOnTermination", true)
      .close();
}

void writeNetworkInterface(XmlWriter& xml, const cloud::Cloud& cloud, const Instance& instance,
                           InterfaceOf shown) {
  const auto private_address = privateAddressOf(instance);
  xml.text("networkInterfaceId", interfaceOf(instance.id));
  writeNetwork(xml, cloud, instance);
  if (shown == InterfaceOf::Account) xml.text("availabilityZone", cloud.settings().zone);
  xml.text("description", "")
      .text("ownerId", instance.owner.value)
      .text("status", "in-use")
      .text("macAddress", net::format(instance.mac))
      .text("privateIpAddress", private_address)
      .text("privateDnsName", privateNameOf(cloud.settings(), instance))
      .flag("sourceDestCheck", true)
      .text("interfaceType", "interface");
  writeGroups(xml, cloud, instance);
  writeAttachment(xml, instance, shown);
  writeAssociation(xml, cloud, instance);
  xml.open("privateIpAddressesSet")
      .open("item")
      .text("privateIpAddress", private_address)
      .flag("primary", true);
  writeAssociation(xml, cloud, instance);
  xml.close().close();
}

InstanceState stateOf(const controller::View& view, const Instance& instance) {
  if (!view.cloud.instance(instance.id)) return kTerminated;
  const auto port = view.ports.find(instance.id);
  const bool open = port != view.ports.end() && port->second.state == cloud::PortState::Open;
  return open ? kRunning : kPending;
}

void writeState(XmlWriter& xml, std::string_view name, InstanceState state) {
  xml.open(name).number("code", state.code).text("name", state.name).close();
}

std::string imageOf(const Instance& instance) {
  return attribute(instance, kImage, "emi-00000000");
}

std::string typeOf(const Instance& instance) {
  return attribute(instance, kType, "m1.small");
}

std::string keyNameOf(const Instance& instance) {
  return attribute(instance, kKeyName, "");
}

std::string reservationOf(const Instance& instance) {
  return attribute(instance, kReservation, "r-" + instance.id.canonical().substr(2));
}

void writeReservation(XmlWriter& xml, const controller::View& view,
                      const std::vector<cloud::Ref<Instance>>& instances) {
  const auto& first = *instances.front();
  xml.text("reservationId", reservationOf(first)).text("ownerId", first.owner.value);
  writeGroups(xml, view.cloud, first);
  xml.list("instancesSet", instances,
           [&](const auto& instance) { writeInstance(xml, view, *instance); });
}

}  // namespace netctl::ec2
