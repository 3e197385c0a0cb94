#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/crypto/hash.h"
#include "netctl/crypto/random.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/instance_elements.h"
#include "netctl/ec2/listing.h"
#include "netctl/ec2/metadata_options.h"

#include <fmt/format.h>

#include <algorithm>

/// RunInstances: attaches instances to the network. The machines themselves are started by others.
namespace netctl::ec2 {
namespace {

using cloud::AttachInstance;
using cloud::AttachInstances;
using cloud::InstanceId;

constexpr std::int64_t kMostAtOnce = 100;
/// Tags that name the place, where the placement does not.
constexpr auto kNodeTag = "netctl:node";
constexpr auto kDeviceTag = "netctl:device";
/// Stands for the instance's id in a device's name.
constexpr std::string_view kIdInDevice = "{id}";

/// Where ids come from: a client's token, whose repetition means the same instances, or chance.
class IdSource {
 public:
  IdSource(const std::string& owner, const std::string& token, bool long_ids)
      : digits_(long_ids ? 17 : 8),
        seed_(token.empty() ? crypto::randomHex(32) : owner + " " + token) {}

  [[nodiscard]] InstanceId instance(std::int64_t index) const {
    return InstanceId::parse("i-" + digits(fmt::format("instance {}", index))).value();
  }
  [[nodiscard]] std::string reservation() const { return "r-" + digits("reservation"); }

 private:
  [[nodiscard]] std::string digits(const std::string& what) const {
    return hex(crypto::sha256(what + " " + seed_)).substr(0, digits_);
  }

  std::size_t digits_;
  std::string seed_;
};

std::string deviceFor(std::string pattern, const InstanceId& instance) {
  const auto at = pattern.find(kIdInDevice);
  // A long id has no room in a device's name; the last digits tell instances apart, as in a MAC.
  const auto& id = instance.canonical();
  const auto short_id = "i-" + id.substr(id.size() - 8);
  if (at != std::string::npos) pattern.replace(at, kIdInDevice.size(), short_id);
  return pattern;
}

/// The tag stays a tag: who asked for it looks for it again.
std::string tagOr(const cloud::ResourceTags& tags, const char* name, const std::string& fallback) {
  const auto tag = tags.find(name);
  return tag == tags.end() ? fallback : tag->second;
}

/// The groups, by name or by id, in the order that the client gave.
std::vector<std::string> readGroups(const Parameters& parameters) {
  auto groups = parameters.list("SecurityGroup");
  for (auto& id : parameters.list("SecurityGroupId")) {
    if (!cloud::isGroupId(id)) {
      parameters.wrong("SecurityGroupId", fmt::format("{} is not a group's id", quote(id)),
                       "InvalidGroupId.Malformed");
    }
    groups.push_back(std::move(id));
  }
  return groups;
}

/// Picks the private address that was asked for: it belongs to the network of the first group,
/// which that must have for an address to be known.
void readPrivateAddress(const Call& call, const Parameters& parameters, AttachInstance& attach) {
  const auto& text = parameters.text("PrivateIpAddress");
  if (text.empty()) return;
  const auto address = net::parseIpv4Address(text);
  const auto& cloud = call.cloud();
  const auto group = cloud::findGroup(cloud, call.account.id,
                                      attach.groups.empty() ? "default" : attach.groups.front());
  const auto tag = group ? (*group)->tag : std::nullopt;
  const auto network = tag ? std::optional(cloud.settings().plan.network(*tag)) : std::nullopt;
  if (address && network && network->contains(*address)) {
    attach.address_index = address->value - network->address.value;
    return;
  }
  parameters.wrong("PrivateIpAddress",
                   fmt::format("{} is not an address of the first group's network{}", quote(text),
                               network ? ", " + net::format(*network) : "; it has none yet"));
}

/// `NetworkInterface.1`: clients may put parameters into it that else stand at the top.
void readInterface(const Call& call, AttachInstance& attach) {
  const auto interfaces = call.parameters.structures("NetworkInterface");
  if (interfaces.empty()) return;
  const auto& interface = interfaces.front();
  if (interfaces.size() > 1 || interface.number("DeviceIndex", 0, 15).value_or(0) != 0) {
    interface.wrong("DeviceIndex", "Instances have one network interface, of index 0",
                    "UnsupportedOperation");
  }
  checkSubnet(call.cloud().settings(), call.account.id, interface, "SubnetId");
  if (const auto& id = interface.text("NetworkInterfaceId"); !id.empty()) {
    interface.wrong("NetworkInterfaceId", fmt::format("{} does not exist; leave it out", quote(id)),
                    "InvalidNetworkInterfaceID.NotFound");
  }
  for (auto& group : readGroups(interface)) attach.groups.push_back(std::move(group));
  if (interface.has("AssociatePublicIpAddress") && !interface.flag("AssociatePublicIpAddress")) {
    attach.addressing = cloud::Addressing::Private;
  }
  readPrivateAddress(call, interface, attach);
}

void readPlace(const Call& call, AttachInstance& attach) {
  const auto& parameters = call.parameters;
  const auto& settings = call.cloud().settings();
  attach.node = tagOr(attach.resource_tags, kNodeTag, settings.run_node);
  attach.device = tagOr(attach.resource_tags, kDeviceTag, settings.run_device);
  if (parameters.has("Placement.HostId")) attach.node = parameters.text("Placement.HostId");
  if (const auto& zone = parameters.text("Placement.AvailabilityZone");
      !zone.empty() && zone != settings.zone) {
    parameters.wrong(
        "Placement.AvailabilityZone",
        fmt::format("Invalid availability zone: [{}]; there is {}", quote(zone), settings.zone));
  }
  if (attach.node.empty() && settings.host.role == cloud::Role::Cluster) {
    parameters.missing("Placement.HostId");
  }
}

/// The instance keeps the key that it was started with, whatever becomes of the pair.
void readKey(const Call& call, AttachInstance& attach) {
  const auto& name = call.parameters.text("KeyName");
  if (name.empty()) return;
  const auto pair = call.cloud().keyPairByName(call.account.id, name);
  if (!pair) {
    call.parameters.wrong("KeyName",
                          fmt::format("The key pair '{}' does not exist", printable(name)),
                          "InvalidKeyPair.NotFound");
    return;
  }
  attach.attributes[std::string(kKeyName)] = name;
  attach.attributes[std::string(kPublicKey)] = pair->public_key + " " + name;
}

void readUserData(const Parameters& parameters, AttachInstance& attach) {
  if (!parameters.has("UserData")) return;
  auto bytes = decodeBase64(parameters.text("UserData"));
  if (bytes) {
    attach.user_data = *std::move(bytes);
  } else {
    parameters.wrong("UserData", "Invalid BASE64 encoding of user data");
  }
}

/// The parts that all instances of the request have in common.
AttachInstance readTemplate(const Call& call, const std::string& reservation) {
  const auto& parameters = call.parameters;
  AttachInstance attach{.instance = InstanceId::parse("i-00000000").value(),
                        .owner = call.owner(),
                        .groups = readGroups(parameters),
                        .now = call.now,
                        .resource_tags = readTagSpecifications(parameters, "instance",
                                                               {"volume", "network-interface"})};
  attach.attributes[std::string(kImage)] = parameters.required("ImageId");
  attach.attributes[std::string(kReservation)] = reservation;
  if (parameters.has("InstanceType")) {
    attach.attributes[std::string(kType)] = parameters.text("InstanceType");
  }
  checkSubnet(call.cloud().settings(), call.account.id, parameters, "SubnetId");
  if (parameters.text("AddressingType") == "private") {
    attach.addressing = cloud::Addressing::Private;
  }
  attach.metadata = readMetadataOptions(parameters, "MetadataOptions.");
  readKey(call, attach);
  readPlace(call, attach);
  readUserData(parameters, attach);
  readPrivateAddress(call, parameters, attach);
  readInterface(call, attach);
  return attach;
}

AttachInstances makeCommand(const AttachInstance& one, const IdSource& ids, std::int64_t minimum,
                            std::int64_t maximum) {
  AttachInstances command{.instances = {}, .at_least = static_cast<std::size_t>(minimum)};
  for (std::int64_t index = 0; index < maximum; ++index) {
    auto attach = one;
    attach.instance = ids.instance(index);
    attach.device = deviceFor(one.device, attach.instance);
    attach.attributes[std::string(kLaunchIndex)] = std::to_string(index);
    command.instances.push_back(std::move(attach));
  }
  return command;
}

Result<Elements> answer(const controller::View& view, const AttachInstances& command) {
  std::vector<cloud::Ref<cloud::Instance>> instances;
  for (const auto& attach : command.instances) {
    const auto instance = view.cloud.instance(attach.instance);
    if (instance && instance->owner.value == attach.owner) instances.push_back(instance);
  }
  if (instances.empty()) {
    return Error{ErrorCode::Conflict, "IncorrectInstanceState",
                 "the instances were terminated before they were in force"};
  }
  XmlWriter xml;
  writeReservation(xml, view, instances);
  return xml.take();
}

}  // namespace

Result<Step> runInstances(const Call& call) {
  const auto& parameters = call.parameters;
  parameters.required("MinCount");
  parameters.required("MaxCount");
  const auto minimum = parameters.number("MinCount", 1, kMostAtOnce).value_or(1);
  const auto maximum = parameters.number("MaxCount", 1, kMostAtOnce).value_or(1);
  if (minimum > maximum) {
    parameters.wrong("MinCount", fmt::format("MinCount {} is above MaxCount {}", minimum, maximum),
                     "InvalidParameterCombination");
  }
  const auto& token = parameters.text("ClientToken");
  parameters.check("ClientToken", cloud::checkClientToken(token));
  const IdSource ids(call.owner(), token, call.cloud().settings().long_ids);
  const auto one = readTemplate(call, ids.reservation());
  auto command = makeCommand(one, ids, minimum, maximum);
  return Change{.command = command,
                .answer = [command](const controller::View& view, const cloud::Outcome&) {
                  return answer(view, command);
                }};
}

}  // namespace netctl::ec2
