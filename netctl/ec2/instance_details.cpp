#include "base/base64.h"
#include "base/text.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/instance_elements.h"
#include "netctl/ec2/listing.h"
#include "netctl/ec2/shown_instances.h"

#include <fmt/format.h>

#include <array>
#include <set>

/// What clients ask of instances beside DescribeInstances.
namespace netctl::ec2 {
namespace {

using cloud::Instance;
using cloud::InstanceId;
using cloud::Ref;

Error noSuchInstance(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidInstanceID.NotFound",
          fmt::format("The instance ID '{}' does not exist", printable(id))};
}

/// The account's own; else the error.
Result<Ref<Instance>> ownInstance(const Call& call, const std::string& text) {
  const auto id = InstanceId::parse(text);
  if (!id) return id.error();
  const auto instance = call.cloud().instance(*id);
  if (!instance || instance->owner != call.account.id) return noSuchInstance(text);
  return instance;
}

struct Status {
  std::string_view status;
  std::string_view reachability;
};
/// netctl sees whether the port is open, and nothing of the machine.
Status statusOf(InstanceState state) {
  if (state.code == kRunning.code) return {"ok", "passed"};
  if (state.code == kTerminated.code) return {"not-applicable", ""};
  return {"initializing", "initializing"};
}

FilterTable<Instance> statusFilters(const controller::View& view) {
  const auto status = [&view](const Instance& instance, Values& values) {
    values.emplace_back(statusOf(stateOf(view, instance)).status);
  };
  const auto reachability = [&view](const Instance& instance, Values& values) {
    values.emplace_back(statusOf(stateOf(view, instance)).reachability);
  };
  return {
      {"availability-zone",
       [&view](const Instance&, Values& values) { values.push_back(view.cloud.settings().zone); }},
      {"instance-state-name",
       [&view](const Instance& instance, Values& values) {
         values.emplace_back(stateOf(view, instance).name);
       }},
      {"instance-state-code",
       [&view](const Instance& instance, Values& values) {
         values.push_back(std::to_string(stateOf(view, instance).code));
       }},
      {"instance-status.status", status},
      {"instance-status.reachability", reachability},
      {"system-status.status", status},
      {"system-status.reachability", reachability},
  };
}

void writeReachability(XmlWriter& xml, std::string_view name, const Status& status) {
  xml.open(name).text("status", status.status);
  if (!status.reachability.empty()) {
    xml.open("details").open("item");
    xml.text("name", "reachability").text("status", status.reachability);
    xml.close().close();
  }
  xml.close();
}

void writeStatus(XmlWriter& xml, const controller::View& view, const Instance& instance) {
  const auto state = stateOf(view, instance);
  xml.text("instanceId", instance.id.text()).text("availabilityZone", view.cloud.settings().zone);
  writeState(xml, "instanceState", state);
  writeReachability(xml, "systemStatus", statusOf(state));
  writeReachability(xml, "instanceStatus", statusOf(state));
}

void writeValue(XmlWriter& xml, std::string_view name, std::string_view value) {
  xml.open(name).text("value", value).close();
}

/// True where it is an attribute.
bool writeAttribute(XmlWriter& xml, const Call& call, const Instance& instance,
                    std::string_view attribute) {
  static constexpr std::array<std::string_view, 4> kOff{
      "disableApiTermination",
      "disableApiStop",
      "ebsOptimized",
      "enaSupport",
  };
  if (attribute == "groupSet") {
    writeGroups(xml, call.cloud(), instance);
  } else if (attribute == "instanceType") {
    writeValue(xml, attribute, typeOf(instance));
  } else if (attribute == "userData") {
    xml.open(attribute);
    if (!instance.user_data.empty()) xml.text("value", encodeBase64(instance.user_data));
    xml.close();
  } else if (attribute == "sourceDestCheck") {
    writeValue(xml, attribute, "true");
  } else if (attribute == "instanceInitiatedShutdownBehavior") {
    writeValue(xml, attribute, "stop");
  } else if (attribute == "enclaveOptions") {
    xml.open(attribute).flag("enabled", false).close();
  } else if (std::ranges::find(kOff, attribute) != kOff.end()) {
    writeValue(xml, attribute, "false");
  } else if (attribute == "blockDeviceMapping" || attribute == "productCodes") {
    xml.open(attribute).close();
  } else if (attribute == "kernel" || attribute == "ramdisk" || attribute == "rootDeviceName" ||
             attribute == "sriovNetSupport") {
    xml.open(attribute).close();
  } else {
    return false;
  }
  return true;
}

/// Types that the account's instances have, and the one that an instance has by itself. netctl
/// knows their names only.
std::set<std::string> typesOf(const Call& call) {
  std::set<std::string> types{"m1.small"};
  for (const auto& [id, instance] : call.cloud().instances()) {
    if (instance->owner == call.account.id) types.insert(typeOf(*instance));
  }
  return types;
}

const FilterTable<std::string>& typeFilters() {
  static const FilterTable<std::string> table{
      {"instance-type", [](const std::string& type, Values& values) { values.push_back(type); }},
      {"current-generation",
       [](const std::string&, Values& values) { values.emplace_back("true"); }},
      {"processor-info.supported-architecture",
       [](const std::string&, Values& values) { values.emplace_back("x86_64"); }},
      {"supported-virtualization-type",
       [](const std::string&, Values& values) { values.emplace_back("hvm"); }},
      {"hypervisor", [](const std::string&, Values& values) { values.emplace_back("kvm"); }},
      {"bare-metal", [](const std::string&, Values& values) { values.emplace_back("false"); }},
  };
  return table;
}

}  // namespace

Result<Step> describeInstanceStatus(const Call& call) {
  const auto& parameters = call.parameters;
  const auto table = statusFilters(call.view);
  const auto filters = Filters::read(parameters, table);
  const auto page = Page::read(parameters);
  const bool all = parameters.flag("IncludeAllInstances");
  std::set<InstanceId> wanted;
  for (const auto& text : parameters.list("InstanceId")) {
    const auto id = InstanceId::parse(text);
    if (!id) return id.error();
    if (!shownInstance(call, *id)) return noSuchInstance(text);
    wanted.insert(*id);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  std::map<std::string, Ref<Instance>> instances;
  for (const auto& instance : shownInstances(call, wanted)) {
    instances.emplace(instance->id.text(), instance);
  }
  XmlWriter xml;
  writePage(
      xml, "instanceStatusSet", page, instances,
      [&](const auto& instance) {
        const bool shown = all || stateOf(call.view, *instance).code == kRunning.code;
        return shown && filters.hold(*instance, table);
      },
      [&](const auto& instance) { writeStatus(xml, call.view, *instance); });
  return Step{xml.take()};
}

Result<Step> describeInstanceAttribute(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& id = parameters.required("InstanceId");
  const auto& attribute = parameters.required("Attribute");
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  const auto instance = ownInstance(call, id);
  if (!instance) return instance.error();
  XmlWriter xml;
  xml.text("instanceId", (*instance)->id.text());
  if (!writeAttribute(xml, call, **instance, attribute)) {
    parameters.wrong("Attribute", fmt::format("{} is not an attribute", quote(attribute)));
  }
  return Step{xml.take()};
}

Result<Step> describeInstanceTypes(const Call& call) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, typeFilters());
  const auto page = Page::read(parameters);
  std::map<std::string, std::string> types;
  for (const auto& type : typesOf(call)) types.emplace(type, type);
  const auto wanted = parameters.list("InstanceType");
  for (const auto& type : wanted) types.emplace(type, type);  // the hypervisor may know it
  XmlWriter xml;
  writePage(
      xml, "instanceTypeSet", page, types,
      [&](const std::string& type) {
        const bool named = wanted.empty() || std::ranges::find(wanted, type) != wanted.end();
        return named && filters.hold(type, typeFilters());
      },
      [&](const std::string& type) {
        xml.text("instanceType", type).flag("currentGeneration", true).flag("bareMetal", false);
        xml.text("hypervisor", "kvm");
        xml.open("processorInfo").open("supportedArchitectures").text("item", "x86_64");
        xml.close().close();
        xml.open("networkInfo").number("maximumNetworkInterfaces", 1).close();
      });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
