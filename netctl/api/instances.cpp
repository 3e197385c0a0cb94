#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "modes/node_host.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <fmt/format.h>
#include <boost/json.hpp>

/// The noun `instance`: instance.attach to instance.describe.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;
using Attributes = std::map<std::string, std::string>;

Result<net::MacAddress> parseMac(std::string_view text) {
  const auto mac = net::parseMacAddress(text);
  if (mac && !mac->isMulticast() && *mac != net::MacAddress{}) return mac;
  return cloud::invalid(fmt::format(
      "{} is not the MAC address of one device; write it as d0:0d:0a:1b:2c:3d", quote(text)));
}

Result<cloud::Addressing> parseAddressing(std::string_view text) {
  if (text == "public") return cloud::Addressing::Public;
  if (text == "private") return cloud::Addressing::Private;
  return cloud::invalid(
      fmt::format("{} is not an addressing; write public or private", quote(text)));
}

Result<std::string> parseUserData(std::string_view text) {
  auto bytes = decodeBase64(text);
  if (!bytes) {
    return cloud::invalid(fmt::format("{} is not base64 with padding", quote(text)));
  }
  if (bytes->size() > cloud::kMaxUserData) {
    return cloud::invalid(fmt::format("the user data has {} bytes; at most {} are kept",
                                      bytes->size(), cloud::kMaxUserData));
  }
  return *std::move(bytes);
}

/// In the one spelling that ids are compared by.
Result<std::string> parseInstanceId(std::string_view text) {
  const auto id = cloud::InstanceId::parse(text);
  if (!id) return id.error();
  return id->canonical();
}

std::optional<cloud::InstanceId> instanceIdOf(const std::string& text) {
  const auto id = cloud::InstanceId::parse(text);
  return id ? std::optional(*id) : std::nullopt;
}

std::optional<Attributes> readAttributes(const Fields& fields) {
  auto map = fields.textMap("attributes");
  if (!map) return map;
  if (map->size() > cloud::kMaxAttributes) {
    fields.fault("attributes", fmt::format("there are {} attributes; at most {} are kept",
                                           map->size(), cloud::kMaxAttributes));
  }
  for (const auto& [name, value] : *map) {
    fields.check("attributes", cloud::checkAttributeKey(name));
    fields.check("attributes", cloud::checkAttributeValue(value));
  }
  return map;
}

/// Empty: known by its MAC.
Result<std::string> parseDeviceOrNone(std::string_view text) {
  if (text.empty()) return std::string();
  return checked(cloud::checkDeviceName)(text);
}

/// True or false by one of two words.
std::optional<bool> readWord(const Fields& fields, std::string_view name, std::string_view yes,
                             std::string_view no) {
  const auto text = fields.text(name);
  if (!text) return {};
  if (*text == yes || *text == no) return *text == yes;
  fields.fault(name, fmt::format("{} is not possible; write {} or {}", quote(*text), yes, no));
  return {};
}

cloud::MetadataChange readMetadata(const Fields& fields) {
  const auto hops = fields.number("metadata_hops");
  return {.needs_token = readWord(fields, "metadata_tokens", "required", "optional"),
          .token_hops = hops ? std::optional(static_cast<std::uint32_t>(*hops)) : std::nullopt,
          .enabled = readWord(fields, "metadata_endpoint", "enabled", "disabled"),
          .shows_tags = readWord(fields, "metadata_tags", "enabled", "disabled")};
}

/// `all` and how an instance may use its metadata.
std::vector<Parameter> withMetadata(std::vector<Parameter> all) {
  const std::vector<Parameter> options{
      {"metadata_tokens", String, false,
       "`required`: its metadata need session tokens; `optional`: as NETCTL_METADATA_TOKENS says",
       R"("required")"},
      {"metadata_hops", Number, false, "IP time to live of a session token, without it 1", "2", 1,
       cloud::MetadataOptions::kMostHops},
      {"metadata_endpoint", String, false, "`disabled`: it gets no metadata; else `enabled`",
       R"("disabled")"},
      {"metadata_tags", String, false, "`enabled`: its metadata have its resource tags",
       R"("enabled")"}};
  all.insert(all.end(), options.begin(), options.end());
  all.push_back(kDryRun);
  return all;
}

cloud::AttachInstance readAttach(const Fields& fields) {
  const auto tag = fields.number("tag");
  const auto index = fields.number("address_index");
  return {
      .instance = readInstanceId(fields),
      .owner = readOwner(fields),
      .groups = fields.parsedList("groups", parseGroup).value_or(std::vector<std::string>{}),
      .node = fields.parsed("node", parseNodeName).value_or(""),
      .device = fields.parsed("device", checked(cloud::checkDeviceName)).value_or(""),
      .mac = fields.parsed("mac", parseMac),
      .tag = tag ? std::optional(net::Tag{static_cast<std::uint16_t>(*tag)}) : std::nullopt,
      .address_index = index ? std::optional(static_cast<std::uint32_t>(*index)) : std::nullopt,
      .addressing =
          fields.parsed("addressing", parseAddressing).value_or(cloud::Addressing::Public),
      .user_data = fields.parsed("user_data", parseUserData).value_or(""),
      .attributes = readAttributes(fields).value_or(Attributes{}),
      .metadata = readMetadata(fields),
  };
}

cloud::ModifyInstance readModify(const Fields& fields) {
  auto groups = fields.parsedList("groups", parseGroup);
  if (groups && groups->empty()) {
    fields.fault("groups", "an instance has at least one group; give one, or leave 'groups' out");
  }
  return {
      .instance = readInstanceId(fields),
      .groups = std::move(groups),
      .node = fields.parsed("node", parseNodeName),
      .device = fields.parsed("device", parseDeviceOrNone),
      .attributes = readAttributes(fields),
      .metadata = readMetadata(fields),
      .keep_flows = fields.flag("keep_flows"),
  };
}

void addPort(json::object& result, const std::map<cloud::InstanceId, controller::PortStatus>& ports,
             const cloud::InstanceId& id) {
  const auto port = ports.find(id);
  const auto status = port == ports.end() ? controller::PortStatus{} : port->second;
  result["port"] = cloud::format(status.state);
  result["reason"] = status.reason;
}

json::object showInstance(const View& view, const cloud::Instance& instance) {
  const auto& cloud = view.cloud;
  json::object result{{"instance_id", instance.id.text()}};
  addOwner(result, cloud, instance.owner);
  json::array groups;
  for (const auto& id : instance.groups) {
    json::object group;
    addGroup(group, cloud, id);
    groups.push_back(std::move(group));
  }
  result["groups"] = std::move(groups);
  result["node"] = instance.node;
  result["device"] = instance.portDevice();
  result["mac"] = net::format(instance.mac);
  result["private_ip"] = nullptr;
  if (instance.private_address) result["private_ip"] = net::format(*instance.private_address);
  result["public_ip"] = nullptr;
  if (const auto address = cloud.addressOf(instance.id)) {
    result["public_ip"] = net::format(address->address);
  }
  result["tag"] = nullptr;
  result["address_index"] = nullptr;
  if (instance.tag) {
    result["tag"] = instance.tag->value;
    result["address_index"] = instance.address_index;
  }
  json::object attributes;
  for (const auto& [name, value] : instance.attributes) attributes[name] = value;
  result["attributes"] = std::move(attributes);
  const auto& metadata = instance.metadata;
  const bool needs_token = metadata.needs_token || cloud.settings().metadata_needs_token;
  result["metadata"] = json::object{{"tokens", needs_token ? "required" : "optional"},
                                    {"hops", metadata.token_hops},
                                    {"endpoint", metadata.enabled ? "enabled" : "disabled"},
                                    {"tags", metadata.shows_tags ? "enabled" : "disabled"}};
  addPort(result, view.ports, instance.id);
  result["destination"] = nullptr;
  if (const auto& destination = instance.destination) {
    json::object there{{"node", destination->node}, {"device", destination->portDevice()}};
    addPort(there, view.arriving, instance.id);
    result["destination"] = std::move(there);
  }
  return result;
}

/// The parts of the network that a virtual machine is started with.
void addNetwork(json::object& result, const cloud::Cloud& cloud, const cloud::Instance& instance) {
  const auto& settings = cloud.settings();
  const auto& plan = settings.plan;
  result["netmask"] = nullptr;
  result["gateway"] = nullptr;
  if (instance.tag) {
    result["netmask"] = net::format(plan.network(*instance.tag).netmask());
    result["gateway"] = net::format(plan.gateway(*instance.tag));
  } else if (settings.mode == cloud::NetworkMode::Static) {
    result["netmask"] = net::format(plan.subnet.netmask());
    result["gateway"] = net::format(settings.router);
  }
  result["bridge"] = bridgeOf(settings, instance);
}

template <class Command>
json::object showInstanceAfter(const View& view, const Command& done,
                               const cloud::Outcome& /*outcome*/) {
  const auto instance = view.cloud.instance(done.instance);
  if (!instance) return {{"instance_id", done.instance.text()}};
  auto result = showInstance(view, *instance);
  addNetwork(result, view.cloud, *instance);
  return result;
}

Method attachInstance() {
  return {
      .name = "instance.attach",
      .help = "Gives an instance its network: address, DHCP, groups, port.",
      .parameters = withMetadata(
          {required(kInstanceId),
           required(kOwner),
           {"groups", Strings, false,
            "groups, by name or id; the first gives the network; without it `default`",
            R"(["web"])"},
           {"node", String, false, "node that runs it; without it this host", R"("n1")"},
           {"device", String, false,
            "the host's end of its network device, up to 15 characters; without it the device is "
            "known by its MAC",
            R"("vnet0")"},
           {"mac", String, false,
            "without it made from the id; in STATIC one of a pair, without it that of the first "
            "free pair",
            R"("d0:0d:0a:1b:2c:3d")"},
           {"tag", Number, false, "of the group's network, where it has none yet", "10", 2, 4094},
           {"address_index", Number, false, "of the private address in its network", "12", 9, 2046},
           {"addressing", String, false,
            "`public` (the default) lends a public address, `private` does not", R"("private")"},
           {"user_data", Bytes, false, "up to 16384 bytes for the metadata service, in base64",
            R"("IyEvYmluL3NoCg==")"},
           {"attributes", StringMap, false, "names and values for the metadata service",
            R"({"ami-id": "emi-1"})"}}),
      .positional = "instance_id",
      .result = "the instance, netmask and gateway or null, bridge",
      .example =
          R"({"instance_id": "i-0A1B2C3E", "owner": "alice", "groups": ["web"], "device": "vnet1"})",
      .action = command(readAttach, showInstanceAfter<cloud::AttachInstance>)};
}

Method modifyInstance() {
  return {.name = "instance.modify",
          .help =
              "Changes an instance's groups, place or attributes while it runs; what stays "
              "allowed is not interrupted.",
          .parameters = withMetadata(
              {required(kInstanceId),
               {"groups", Strings, false,
                "all its groups from now on; the first must stay the first", R"(["web", "db"])"},
               {"node", String, false, "node that runs it from now on", R"("n1")"},
               {"device", String, false,
                "its network device from now on, up to 15 characters; an empty one: known by its "
                "MAC, and not seen yet",
                R"("vnet7")"},
               {"attributes", StringMap, false, "all its attributes from now on",
                R"({"ami-id": "emi-1"})"},
               kKeepFlows}),
          .positional = "instance_id",
          .result = "the instance, netmask and gateway or null, bridge",
          .example = R"({"instance_id": "i-0A1B2C3D", "groups": ["web", "old"]})",
          .action = command(readModify, showInstanceAfter<cloud::ModifyInstance>)};
}

cloud::MigrateInstance readMigrate(const Fields& fields) {
  using enum cloud::MigrateInstance::Step;
  cloud::MigrateInstance command{
      .instance = readInstanceId(fields),
      .node = fields.parsed("node", parseNodeName).value_or(""),
      .device = fields.parsed("device", checked(cloud::checkDeviceName)).value_or("")};
  const auto step = fields.text("step").value_or("begin");
  if (step == "finish") {
    command.step = Finish;
  } else if (step == "cancel") {
    command.step = Cancel;
  } else if (step != "begin") {
    fields.fault("step",
                 fmt::format("{} is not a step; write begin, finish or cancel", quote(step)));
  } else if (!fields.given("node")) {
    fields.fault("node", "it is missing: name the node that the instance migrates to");
  }
  if (command.step != Begin && !command.device.empty()) {
    fields.fault("device", "the device was named when the migration began; leave it out");
  }
  return command;
}

Method migrateInstance() {
  return {
      .name = "instance.migrate",
      .help =
          "Gives an instance a second port, on the node that its hypervisor migrates it to, and "
          "closes the first or the second when it has been or has failed.",
      .parameters =
          {required(kInstanceId),
           {"node", String, false,
            "where it migrates to; to finish and cancel, without it: wherever that is", R"("n2")"},
           {"device", String, false,
            "its network device there, up to 15 characters; without it the device is known by "
            "its MAC",
            R"("vnet7")"},
           {"step", String, false,
            "`begin` (the default) opens the second port; `finish`: it runs there, and the "
            "first is closed; `cancel`: it has stayed, and the second is closed",
            R"("finish")"},
           kDryRun},
      .positional = "instance_id",
      .result = "the instance, netmask and gateway or null, bridge",
      .example = R"({"instance_id": "i-0A1B2C3D", "step": "cancel"})",
      .action = command(readMigrate, showInstanceAfter<cloud::MigrateInstance>)};
}

Method detachInstance() {
  return {.name = "instance.detach",
          .help = "Closes an instance's port and takes back its addresses.",
          .parameters = {required(kInstanceId), kKeepFlows, kDryRun},
          .positional = "instance_id",
          .result = "instance_id",
          .example = R"({"instance_id": "i-0A1B2C3D"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DetachInstance{readInstanceId(fields), fields.flag("keep_flows")};
              },
              [](const View&, const cloud::DetachInstance& done, const cloud::Outcome&) {
                return json::object{{"instance_id", done.instance.text()}};
              })};
}

Method describeInstances() {
  return {.name = "instance.describe",
          .help = "Lists instances with their addresses and ports.",
          .parameters = {kAnyOwner,
                         kInstanceId,
                         {"ids", Strings, false, "instance ids", R"(["i-0A1B2C3D"])"},
                         kLimit,
                         kNext},
          .positional = "ids",
          .plural = "instances",
          .result =
              "instances: instance_id, owner, owner_id, groups[{group, group_id}], node, "
              "device, mac, private_ip or null where it is not known yet, "
              "public_ip or null, tag and address_index or null, attributes{}, "
              "metadata{tokens, hops, endpoint, tags}, port (`waiting` `open` `failed`), reason, "
              "destination{node, device, port, reason} while it migrates, else null",
          .example = R"({"ids": ["i-0A1B2C3D"]})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parseInstanceId, "instance_id", {"ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    view.cloud.instances(),
                    Listing<cloud::InstanceId, cloud::Instance>{
                        "instances", "instance", "InvalidInstanceID.NotFound", instanceIdOf,
                        [](const auto& id) { return id.canonical(); },
                        [&](const auto& instance, Wanted& wanted) {
                          return by->holds(instance.owner) &&
                                 wanted.meets({instance.id.canonical()});
                        },
                        [&](const auto& instance) { return showInstance(view, instance); }},
                    request);
              })};
}

}  // namespace

std::vector<Method> instanceMethods() {
  return {attachInstance(), modifyInstance(), migrateInstance(), detachInstance(),
          describeInstances()};
}

}  // namespace netctl::api
