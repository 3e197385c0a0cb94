#include "base/text.h"
#include "modes/cloud/resource_ids.h"
#include "modes/cloud/text_rules.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/interfaces.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <set>

/// Elastic addresses. All of them are in the domain `vpc`, have an allocation id, and while an
/// instance has them an association id.
namespace netctl::ec2 {
namespace {

using cloud::Address;
using cloud::Ref;

constexpr std::string_view kDomain = "vpc";
/// With it, administrators of Eucalyptus asked for the whole pool; an account sees its own.
constexpr std::string_view kWholePool = "verbose";

Error noSuchAddress(std::string_view address) {
  return {ErrorCode::NotFound, "InvalidAddress.NotFound",
          fmt::format("Address {} not found.", quote(address))};
}

Error noSuchAllocation(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidAllocationID.NotFound",
          fmt::format("The allocation ID {} does not exist", quote(id))};
}

Error noSuchAssociation(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidAssociationID.NotFound",
          fmt::format("The association ID {} does not exist", quote(id))};
}

/// The address where it is an elastic one of that account.
Ref<Address> elastic(const cloud::Cloud& cloud, const cloud::AccountId& owner,
                     net::Ipv4Address address) {
  const auto found = cloud.address(address);
  return found && found->owner == owner && !found->automatic ? found : nullptr;
}

/// An address as a request names it, and how to say that it is not there.
struct Named {
  net::Ipv4Address address;
  Error absent;
};

Result<Named> readPublicIp(const Parameters& parameters, std::string_view name) {
  const auto& text = parameters.text(name);
  const auto address = net::parseIpv4Address(text);
  if (address) return Named{*address, noSuchAddress(text)};
  return cloud::invalid(fmt::format("Value ({}) for parameter {} is invalid. Invalid IPv4 address.",
                                    quote(text), parameters.pathOf(name)));
}

/// `PublicIp`, or the id that `id_name` is the parameter of.
Result<Named> readAddress(const Call& call, std::string_view id_name,
                          std::optional<net::Ipv4Address> (*address_of)(std::string_view),
                          Error (*absent)(std::string_view)) {
  const auto& parameters = call.parameters;
  const auto& id = parameters.text(id_name);
  if (!id.empty() && parameters.has("PublicIp")) {
    return Error{ErrorCode::InvalidArgument, "InvalidParameterCombination",
                 fmt::format("You may specify PublicIp or {}, but not both", id_name)};
  }
  if (id.empty()) {
    if (!parameters.has("PublicIp")) {
      return Error{ErrorCode::InvalidArgument, "MissingParameter",
                   fmt::format("The request must contain the parameter PublicIp or {}", id_name)};
    }
    return readPublicIp(parameters, "PublicIp");
  }
  const auto address = address_of(id);
  if (!address || !elastic(call.cloud(), call.account.id, *address)) return absent(id);
  return Named{*address, absent(id)};
}

/// The instance that is named by its id or by that of its only interface.
Result<cloud::InstanceId> readInstance(const Call& call) {
  const auto& parameters = call.parameters;
  if (parameters.has("InstanceId") && parameters.has("NetworkInterfaceId")) {
    return Error{ErrorCode::InvalidArgument, "InvalidParameterCombination",
                 "You may specify InstanceId or NetworkInterfaceId, but not both"};
  }
  if (parameters.has("NetworkInterfaceId")) {
    const auto& id = parameters.text("NetworkInterfaceId");
    const auto instance = instanceOfInterface(id);
    const auto found = instance ? call.cloud().instance(*instance) : nullptr;
    if (found && found->owner == call.account.id) return *instance;
    return Error{ErrorCode::NotFound, "InvalidNetworkInterfaceID.NotFound",
                 fmt::format("The networkInterface ID {} does not exist", quote(id))};
  }
  if (!parameters.has("InstanceId")) {
    return Error{ErrorCode::InvalidArgument, "MissingParameter",
                 "The request must contain the parameter InstanceId"};
  }
  return cloud::InstanceId::parse(parameters.text("InstanceId"));
}

/// An instance has one private address: another one that is asked for is not its.
void checkPrivateAddress(const Call& call, const cloud::InstanceId& id) {
  const auto& parameters = call.parameters;
  if (!parameters.has("PrivateIpAddress")) return;
  const auto instance = call.cloud().instance(id);
  if (!instance || instance->owner != call.account.id) return;  // the command says so
  if (privateAddressOf(*instance) == parameters.text("PrivateIpAddress")) return;
  parameters.wrong("PrivateIpAddress",
                   fmt::format("{} is not the private address of instance {}",
                               quote(parameters.text("PrivateIpAddress")), id.text()));
}

FilterTable<Address> addressFilters(const cloud::Cloud& cloud) {
  FilterTable<Address> table{
      {"public-ip", [](const Address& address,
                       Values& values) { values.push_back(net::format(address.address)); }},
      {"allocation-id", [](const Address& address,
                           Values& values) { values.push_back(cloud::allocationId(address)); }},
      {"domain", [](const Address&, Values& values) { values.emplace_back(kDomain); }},
      {"network-border-group",
       [&cloud](const Address&, Values& values) { values.push_back(cloud.settings().region); }},
  };
  using Value = std::function<std::string(const Address&, const cloud::Instance&)>;
  const auto add = [&](std::string_view name, const Value& value) {
    table.emplace(name, [&cloud, value](const Address& address, Values& values) {
      const auto instance = address.instance ? cloud.instance(*address.instance) : nullptr;
      if (instance) values.push_back(value(address, *instance));
    });
  };
  add("association-id",
      [](const Address& address, const cloud::Instance&) { return cloud::associationId(address); });
  add("instance-id",
      [](const Address&, const cloud::Instance& instance) { return instance.id.text(); });
  add("network-interface-id",
      [](const Address&, const cloud::Instance& instance) { return interfaceOf(instance.id); });
  add("network-interface-owner-id",
      [](const Address&, const cloud::Instance& instance) { return instance.owner.value; });
  add("private-ip-address",
      [](const Address&, const cloud::Instance& instance) { return privateAddressOf(instance); });
  addTagFilters<Address>(table, [](const Address& address) -> const cloud::ResourceTags& {
    return address.resource_tags;
  });
  return table;
}

void writeAddress(XmlWriter& xml, const cloud::Cloud& cloud, const Address& address) {
  xml.text("publicIp", net::format(address.address))
      .text("domain", kDomain)
      .text("allocationId", cloud::allocationId(address))
      .text("networkBorderGroup", cloud.settings().region);
  const auto instance = address.instance ? cloud.instance(*address.instance) : nullptr;
  xml.text("instanceId", instance ? instance->id.text() : "");
  if (instance) {
    xml.text("associationId", cloud::associationId(address))
        .text("networkInterfaceId", interfaceOf(instance->id))
        .text("networkInterfaceOwnerId", instance->owner.value)
        .text("privateIpAddress", privateAddressOf(*instance));
  }
  writeTags(xml, address.resource_tags);
}

/// The address that a command was about, as it is now, or as one that is there no more.
Address addressOf(const controller::View& view, const cloud::Outcome& outcome) {
  const auto address = std::get<net::Ipv4Address>(outcome.object);
  const auto found = view.cloud.address(address);
  return found
             ? *found
             : Address{.address = address, .owner = {}, .long_id = view.cloud.settings().long_ids};
}

}  // namespace

Result<Step> allocateAddress(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& domain = parameters.text("Domain");
  if (!domain.empty() && domain != "vpc" && domain != "standard") {
    parameters.wrong("Domain", fmt::format("Value ({}) for parameter Domain is invalid; write "
                                           "standard or vpc",
                                           quote(domain)));
  }
  cloud::AllocateAddress command{.owner = call.owner(),
                                 .resource_tags = readTagSpecifications(parameters, "elastic-ip"),
                                 .now = call.now};
  if (parameters.has("Address")) {
    const auto address = readPublicIp(parameters, "Address");
    if (parameters.check("Address", address)) command.address = address->address;
  }
  return Change{.command = std::move(command),
                .answer = [](const controller::View& view,
                             const cloud::Outcome& outcome) -> Result<Elements> {
                  const auto address = addressOf(view, outcome);
                  return XmlWriter()
                      .text("publicIp", net::format(address.address))
                      .text("domain", kDomain)
                      .text("allocationId", cloud::allocationId(address))
                      .take();
                }};
}

Result<Step> releaseAddress(const Call& call) {
  const auto named =
      readAddress(call, "AllocationId", cloud::addressOfAllocation, noSuchAllocation);
  if (!named) return named.error();
  return Change{.command = cloud::ReleaseAddress{call.owner(), named->address, call.now},
                .answer = trueIfChanged(named->absent)};
}

Result<Step> associateAddress(const Call& call) {
  const auto& parameters = call.parameters;
  const auto named =
      readAddress(call, "AllocationId", cloud::addressOfAllocation, noSuchAllocation);
  if (!named) return named.error();
  const auto instance = readInstance(call);
  if (!instance) return instance.error();
  checkPrivateAddress(call, *instance);
  // Named by itself, an address moves silently, as it did in EC2-Classic.
  const bool moves = !parameters.has("AllocationId") || parameters.flag("AllowReassociation");
  return Change{
      .command = cloud::AssociateAddress{call.owner(), named->address, *instance, moves, call.now},
      .answer = [](const controller::View& view,
                   const cloud::Outcome& outcome) -> Result<Elements> {
        return XmlWriter()
            .flag("return", true)
            .text("associationId", cloud::associationId(addressOf(view, outcome)))
            .take();
      }};
}

Result<Step> disassociateAddress(const Call& call) {
  const auto named =
      readAddress(call, "AssociationId", cloud::addressOfAssociation, noSuchAssociation);
  if (!named) return named.error();
  const auto held = elastic(call.cloud(), call.account.id, named->address);
  if (call.parameters.has("AssociationId") && !held->instance) return named->absent;
  return Change{.command = cloud::DisassociateAddress{call.owner(), named->address},
                .answer = alwaysTrue()};
}

Result<Step> describeAddresses(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& cloud = call.cloud();
  const auto table = addressFilters(cloud);
  const auto filters = Filters::read(parameters, table, true);
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  std::set<net::Ipv4Address> wanted;
  for (const auto& text : parameters.list("PublicIp")) {
    if (text == kWholePool) continue;
    const auto address = net::parseIpv4Address(text);
    if (!address || !elastic(cloud, call.account.id, *address)) return noSuchAddress(text);
    wanted.insert(*address);
  }
  for (const auto& id : parameters.list("AllocationId")) {
    const auto address = cloud::addressOfAllocation(id);
    if (!address || !elastic(cloud, call.account.id, *address)) return noSuchAllocation(id);
    wanted.insert(*address);
  }
  XmlWriter xml;
  xml.open("addressesSet");
  for (const auto held : wanted.empty() ? cloud.addressesOf(call.account.id) : wanted) {
    const auto address = elastic(cloud, call.account.id, held);
    if (!address) continue;
    if (!filters.hold(*address, table, address->resource_tags)) continue;
    xml.open("item");
    writeAddress(xml, cloud, *address);
    xml.close();
  }
  xml.close();
  return Step{xml.take()};
}

}  // namespace netctl::ec2
