#include "netctl/api/write.h"

#include "modes/node_host.h"
#include "netctl/api/permissions.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::api {
namespace {

namespace json = boost::json;

void addOwner(json::object& result, const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  const auto account = cloud.account(owner);
  result["owner"] = account ? account->name : owner.value;
  result["owner_id"] = owner.value;
}

void addGroup(json::object& result, const cloud::Cloud& cloud, const cloud::GroupId& id) {
  if (const auto group = cloud.group(id)) result["group"] = group->name;
  result["group_id"] = id.value;
}

json::value orNull(const std::string& text, bool present) {
  return present ? json::value(text) : json::value(nullptr);
}

/// A time that has not come yet is null.
json::value timeOrNull(std::chrono::system_clock::time_point time) {
  return orNull(formatTime(time), time != std::chrono::system_clock::time_point{});
}

json::object writeNumbers(const cloud::Cloud& cloud) {
  std::size_t permissions = 0;
  std::size_t networks = 0;
  for (const auto& [id, group] : cloud.groups()) {
    permissions += group->permissions.size();
    networks += group->tag ? 1 : 0;
  }
  const auto& settings = cloud.settings();
  return {{"accounts", cloud.accounts().size()},
          {"groups", cloud.groups().size()},
          {"permissions", permissions},
          {"instances", cloud.instances().size()},
          {"networks", networks},
          {"networks_possible", settings.plan.tags.size()},
          {"addresses", cloud.addresses().size()},
          {"addresses_possible", settings.pool.size()}};
}

json::object writePorts(const controller::View& view) {
  std::size_t waiting = 0;
  std::size_t open = 0;
  std::size_t failed = 0;
  for (const auto& [id, port] : view.ports) {
    waiting += port.state == controller::PortState::Waiting ? 1 : 0;
    open += port.state == controller::PortState::Open ? 1 : 0;
    failed += port.state == controller::PortState::Failed ? 1 : 0;
  }
  return {{"waiting", waiting}, {"open", open}, {"failed", failed}};
}

/// What a virtual machine is started with, beside the instance itself.
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

void addKey(json::object& result, const cloud::Outcome& outcome) {
  if (!outcome.key) return;
  result["access_key"] = outcome.key->id;
  result["secret_key"] = outcome.key->secret;
}

/// Owner and id of the account that a command names, as far as it exists.
json::object writeOwner(const cloud::Cloud& cloud, const std::string& owner) {
  json::object result;
  if (const auto account = cloud::findAccount(cloud, owner)) {
    addOwner(result, cloud, (*account)->id);
  } else {
    result["owner"] = owner;
  }
  return result;
}

/// Writes what became of a command, by the command's type.
class OutcomeWriter {
 public:
  OutcomeWriter(const controller::View& view, const cloud::Outcome& outcome)
      : view_(view), cloud_(view.cloud), outcome_(outcome) {}

  json::object operator()(const cloud::CreateAccount& command) const {
    json::object result{{"name", command.name}};
    if (const auto* const id = object<cloud::AccountId>()) result["account_id"] = id->value;
    addKey(result, outcome_);
    return result;
  }
  json::object operator()(const cloud::DeleteAccount& command) const {
    json::object result{{"name", command.owner}};
    if (const auto* const id = object<cloud::AccountId>()) result["account_id"] = id->value;
    return result;
  }
  json::object operator()(const cloud::ModifyAccount& command) const {
    const auto* const id = object<cloud::AccountId>();
    const auto account = id != nullptr ? cloud_.account(*id) : nullptr;
    return account ? write(cloud_, *account) : writeOwner(cloud_, command.owner);
  }
  json::object operator()(const cloud::CreateKey& command) const {
    json::object result = writeOwner(cloud_, command.owner);
    addKey(result, outcome_);
    return result;
  }
  json::object operator()(const cloud::DisableKey& command) const { return key(command); }
  json::object operator()(const cloud::DeleteKey& command) const { return key(command); }

  json::object operator()(const cloud::CreateGroup& command) const { return group(command); }
  json::object operator()(const cloud::EnsureDefaultGroup& command) const { return group(command); }
  json::object operator()(const cloud::DeleteGroup& command) const { return group(command); }
  json::object operator()(const cloud::Authorize& command) const { return group(command); }
  json::object operator()(const cloud::Revoke& command) const { return group(command); }

  json::object operator()(const cloud::AllocateAddress& command) const { return address(command); }
  json::object operator()(const cloud::ReleaseAddress& command) const {
    json::object result = writeOwner(cloud_, command.owner);
    result["address"] = net::format(command.address);
    return result;
  }
  json::object operator()(const cloud::AssociateAddress& command) const { return address(command); }
  json::object operator()(const cloud::DisassociateAddress& command) const {
    return address(command);
  }

  json::object operator()(const cloud::AttachInstance& command) const { return instance(command); }
  json::object operator()(const cloud::ModifyInstance& command) const { return instance(command); }
  json::object operator()(const cloud::SeeDevice& command) const { return instance(command); }
  json::object operator()(const cloud::LearnAddress& command) const { return instance(command); }
  json::object operator()(const cloud::DetachInstance& command) const {
    return {{"instance_id", command.instance.text()}};
  }
  /// What only EC2 clients ask for; the endpoint writes its own answers.
  json::object operator()(const cloud::AttachInstances& /*command*/) const { return {}; }
  json::object operator()(const cloud::DetachInstances& /*command*/) const { return {}; }
  json::object operator()(const cloud::TagResources& /*command*/) const { return {}; }
  json::object operator()(const cloud::UntagResources& /*command*/) const { return {}; }

 private:
  template <class T>
  [[nodiscard]] const T* object() const {
    return std::get_if<T>(&outcome_.object);
  }
  template <class Command>
  json::object key(const Command& command) const {
    json::object result = writeOwner(cloud_, command.owner);
    result["access_key"] = command.key;
    return result;
  }
  template <class Command>
  json::object group(const Command& command) const {
    const auto* const id = object<cloud::GroupId>();
    if (const auto group = id != nullptr ? cloud_.group(*id) : nullptr)
      return write(cloud_, *group);
    json::object result = writeOwner(cloud_, command.owner);
    if (id != nullptr) result["group_id"] = id->value;
    return result;
  }
  template <class Command>
  json::object address(const Command& command) const {
    const auto* const id = object<net::Ipv4Address>();
    if (const auto address = id != nullptr ? cloud_.address(*id) : nullptr) {
      return write(cloud_, *address);
    }
    return writeOwner(cloud_, command.owner);
  }
  template <class Command>
  json::object instance(const Command& command) const {
    const auto instance = cloud_.instance(command.instance);
    if (!instance) return {{"instance_id", command.instance.text()}};
    json::object result = write(view_, *instance);
    addNetwork(result, cloud_, *instance);
    return result;
  }

  const controller::View& view_;
  const cloud::Cloud& cloud_;
  const cloud::Outcome& outcome_;
};

}  // namespace

std::string formatTime(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - seconds);
  return fmt::format("{:%FT%T}.{:03}Z", seconds, rest.count());
}

json::object write(const cloud::Cloud& cloud, const cloud::Account& account) {
  json::array keys;
  for (const auto& id : cloud.keysOf(account.id)) {
    keys.push_back(json::object{{"access_key", id}, {"enabled", cloud.key(id)->enabled}});
  }
  json::object limits;
  for (const auto& [limit, name] : kLimitParameters) {
    limits[name] = cloud::limitOf(cloud, account.id, limit);
  }
  return {{"account_id", account.id.value},
          {"name", account.name},
          {"keys", std::move(keys)},
          {"limits", std::move(limits)}};
}

json::object write(const cloud::Cloud& cloud, const cloud::Group& group) {
  json::object result{{"group_id", group.id.value}, {"group", group.name}, {"name", group.name}};
  addOwner(result, cloud, group.owner);
  result["description"] = group.description;
  result["tag"] = group.tag ? json::value(group.tag->value) : json::value(nullptr);
  result["permissions"] = writePermissions(cloud, group);
  return result;
}

json::object write(const cloud::Cloud& cloud, const cloud::Address& address) {
  json::object result{{"address", net::format(address.address)}};
  addOwner(result, cloud, address.owner);
  result["instance_id"] =
      orNull(address.instance ? address.instance->text() : "", address.instance.has_value());
  result["automatic"] = address.automatic;
  return result;
}

json::object write(const controller::View& view, const cloud::Instance& instance) {
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
  const auto address = cloud.addressOf(instance.id);
  result["public_ip"] = orNull(address ? net::format(address->address) : "", address != nullptr);
  result["tag"] = nullptr;
  result["address_index"] = nullptr;
  if (instance.tag) {
    result["tag"] = instance.tag->value;
    result["address_index"] = instance.address_index;
  }
  const auto port = view.ports.find(instance.id);
  const auto status = port == view.ports.end() ? controller::PortStatus{} : port->second;
  result["port"] = cloud::format(status.state);
  result["reason"] = status.reason;
  return result;
}

json::object writeNetwork(const cloud::Cloud& cloud, const cloud::Group& group) {
  const auto tag = group.tag.value();
  const auto& plan = cloud.settings().plan;
  json::object result{{"tag", tag.value}, {"subnet", net::format(plan.network(tag))}};
  addOwner(result, cloud, group.owner);
  addGroup(result, cloud, group.id);
  result["gateway"] = net::format(plan.gateway(tag));
  result["instances"] = cloud.instancesOf(tag).size();
  return result;
}

json::object writeNode(const controller::View& view, const std::string& name) {
  const auto other = view.nodes.find(name);
  if (other == view.nodes.end()) {
    return {{"name", name},
            {"state", "connected"},
            {"since", timeOrNull(view.status.started)},
            {"in_force", view.status.not_in_force.empty()}};
  }
  const auto& [connected, since, report] = other->second;
  return {{"name", name},
          {"state", connected ? "connected" : "away"},
          {"since", timeOrNull(since)},
          {"in_force", connected && report.not_in_force.empty()}};
}

json::object writePlan(const std::vector<host::StepDescription>& steps) {
  json::array array;
  for (const auto& step : steps) {
    array.push_back(json::object{{"phase", step.phase},
                                 {"action", step.action},
                                 {"object", step.object},
                                 {"detail", step.detail}});
  }
  return {{"steps", std::move(array)}};
}

json::object writeStatus(const controller::View& view) {
  const auto& settings = view.cloud.settings();
  const auto& status = view.status;
  json::object result{{"version", NETCTL_VERSION},
                      {"mode", cloud::format(settings.mode)},
                      {"role", cloud::format(settings.host.role)},
                      {"node", settings.host.node_name},
                      {"started", timeOrNull(status.started)},
                      {"last_audit", timeOrNull(status.last_audit)}};
  addForce(result, status.not_in_force);
  result["dhcp"] = json::object{{"running", status.dhcp.running},
                                {"pid", status.dhcp.pid},
                                {"restarts", status.dhcp.restarts}};
  result["ports"] = writePorts(view);
  result["numbers"] = writeNumbers(view.cloud);
  result["notices"] = json::value_from(status.notices);
  return result;
}

json::object writeEvents(const controller::EventLog& events, std::uint64_t since,
                         std::size_t limit) {
  json::array array;
  for (const auto& event : events.since(since, limit)) {
    array.push_back(json::object{{"sequence", event.sequence},
                                 {"time", formatTime(event.time)},
                                 {"kind", controller::format(event.kind)},
                                 {"object", event.object},
                                 {"message", event.message}});
  }
  return {{"events", std::move(array)}, {"last", events.last()}};
}

json::object write(const Method& method) {
  json::array parameters;
  for (const auto& parameter : method.parameters) {
    parameters.push_back(
        json::object{{"name", parameter.name},
                     {"type", format(parameter.type)},
                     {"required", parameter.required},
                     {"help", parameter.help},
                     {"example", json::parse(json::string_view(parameter.example))}});
  }
  return {{"method", method.name},
          {"help", method.help},
          {"change", method.change},
          {"parameters", std::move(parameters)},
          {"result", method.result}};
}

void addForce(json::object& result, const std::vector<controller::NotInForce>& left) {
  json::array array;
  for (const auto& part : left) {
    array.push_back(json::object{
        {"object", part.object}, {"reason", part.reason}, {"retryable", part.retryable}});
  }
  result["in_force"] = left.empty();
  result["not_in_force"] = std::move(array);
}

json::object writeOutcome(const controller::View& view, const cloud::Command& command,
                          const cloud::Outcome& outcome) {
  return std::visit(OutcomeWriter(view, outcome), command);
}

}  // namespace netctl::api
