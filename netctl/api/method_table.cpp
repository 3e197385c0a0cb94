#include "netctl/api/methods.h"

namespace netctl::api {
namespace {

using enum ParameterType;

constexpr std::int64_t kGreatestExactNumber =
    (std::int64_t{1} << 53) - 1;  // JSON readers lose more

constexpr std::int64_t kMostOfALimit = 1'000'000;

Parameter required(Parameter parameter) {
  parameter.required = true;
  return parameter;
}

const Parameter kOwner{"owner", String, false, "account, by name or id", R"("alice")"};
const Parameter kAnyOwner{"owner", String, false,
                          "only what belongs to this account, by name or id", R"("alice")"};
const Parameter kAccountName{"name", String, false, "account, by name or id", R"("alice")"};
const Parameter kAccessKey{"access_key", String, true, "id of the key",
                           R"("AKI00000000000000001")"};
const Parameter kGroup{"group", String, false, "group, by name or id", R"("web")"};
const Parameter kAddress{"address", String, false, "public address", R"("203.0.113.10")"};
const Parameter kInstance{"instance_id", String, false, "`i-` and 8 or 17 hexadecimal digits",
                          R"("i-0A1B2C3D")"};
const Parameter kKeepFlows{"keep_flows", Boolean, false,
                           "established flows that become illegal go on; without it they are cut",
                           "true"};
const Parameter kLimit{"limit", Number, false, "how many to return at most; without it all",
                       "100",   1,      10000};
const Parameter kNext{"next", String, false, "goes on after the page that returned this",
                      R"("MTpzZy0wMDAwMDAwMQ==")"};
const Parameter kPermissions{
    "permissions", Permissions, true, "at least one permission",
    R"([{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["198.51.100.0/24"]}])"};
const Parameter kDryRun{"dry_run", Boolean, false, "answers what would happen, and leaves no trace",
                        "true"};

Parameter listOf(std::string_view name, std::string_view help, std::string_view example) {
  return {name, Strings, false, help, example};
}

Method change(Method method) {
  method.change = true;
  method.parameters.push_back(kDryRun);
  return method;
}

Method describe(Method method) {
  method.parameters.push_back(kLimit);
  method.parameters.push_back(kNext);
  return method;
}

void addAccounts(std::vector<Method>& all) {
  all.push_back(change({"account.create",
                        "Makes an account with its first key.",
                        {{"name", String, true,
                          "of the new account: 1 to 64 letters, digits and -_.@+=,", R"("carol")"}},
                        false,
                        "name",
                        "",
                        "account_id, name, access_key, secret_key: the secret is shown this once",
                        R"({"name": "carol"})"}));
  all.push_back(change({"account.delete",
                        "Deletes an account that holds nothing, with its keys.",
                        {required(kAccountName)},
                        false,
                        "name",
                        "",
                        "account_id, name",
                        R"({"name": "dave"})"}));
  all.push_back(describe(
      {"account.describe",
       "Lists accounts with their keys, without secrets.",
       {kAccountName, kAnyOwner, listOf("names", "accounts, by name or id", R"(["alice"])"),
        listOf("ids", "accounts, by name or id", R"(["000000000001"])")},
       false,
       "names",
       "accounts",
       "accounts: account_id, name, keys[{access_key, enabled}], limits{addresses, groups, "
       "permissions}",
       R"({"names": ["alice"]})"}));
  all.push_back(change(
      {"account.modify",
       "Sets limits of an account; -1 lets the configuration's count again.",
       {required(kAccountName),
        {"addresses", Number, false, "elastic addresses that it may hold", "20", -1, kMostOfALimit},
        {"groups", Number, false, "groups that it may have", "100", -1, kMostOfALimit},
        {"permissions", Number, false, "permissions that each group may have", "200", -1,
         kMostOfALimit}},
       false,
       "name",
       "",
       "the account",
       R"({"name": "alice", "addresses": 20})"}));
  all.push_back(change({"account.create_key",
                        "Makes a further key for an account.",
                        {required(kOwner)},
                        false,
                        "owner",
                        "",
                        "owner, owner_id, access_key, secret_key: the secret is shown this once",
                        R"({"owner": "alice"})"}));
  all.push_back(change({"account.disable_key",
                        "Makes a key invalid; it stays listed.",
                        {required(kOwner), kAccessKey},
                        false,
                        "access_key",
                        "",
                        "owner, owner_id, access_key",
                        R"({"owner": "alice", "access_key": "AKI00000000000000001"})"}));
  all.push_back(change({"account.delete_key",
                        "Deletes a key.",
                        {required(kOwner), kAccessKey},
                        false,
                        "access_key",
                        "",
                        "owner, owner_id, access_key",
                        R"({"owner": "alice", "access_key": "AKI00000000000000001"})"}));
}

void addGroups(std::vector<Method>& all) {
  all.push_back(change(
      {"group.create",
       "Makes a security group without permissions.",
       {required(kOwner),
        {"name", String, true,
         "unique in the account, 1 to 255 printable ASCII characters, not `sg-...`", R"("db")"},
        {"description", String, true, "up to 255 characters", R"("databases")"}},
       false,
       "name",
       "",
       "the group",
       R"({"owner": "alice", "name": "db", "description": "databases"})"}));
  all.push_back(
      change({"group.delete",
              "Deletes a group that no instance has and no other group's permission names.",
              {required(kOwner), required(kGroup)},
              false,
              "group",
              "",
              "group_id, owner, owner_id",
              R"({"owner": "alice", "group": "old"})"}));
  all.push_back(describe(
      {"group.describe",
       "Lists groups with their permissions.",
       {kAnyOwner, kGroup, listOf("names", "groups, by name or id", R"(["web"])"),
        listOf("ids", "groups, by name or id", R"(["sg-00000001"])")},
       false,
       "names",
       "groups",
       "groups: group_id, group, name, owner, owner_id, description, tag or null, permissions[]",
       R"({"owner": "alice", "group": "web"})"}));
  all.push_back(change(
      {"group.authorize",
       "Adds permissions to a group.",
       {required(kOwner), required(kGroup), kPermissions},
       false,
       "group",
       "",
       "the group",
       R"({"owner": "alice", "group": "web", "permissions": [{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidrs": ["0.0.0.0/0"]}, {"protocol": "icmp", "icmp_type": 8, "groups": [{"owner": "bob", "group": "monitoring"}]}]})"}));
  all.push_back(change(
      {"group.revoke",
       "Removes permissions from a group and cuts the flows that only they allowed.",
       {required(kOwner), required(kGroup), kPermissions, kKeepFlows},
       false,
       "group",
       "",
       "the group",
       R"({"owner": "alice", "group": "web", "permissions": [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["198.51.100.0/24"]}]})"}));
}

void addAddresses(std::vector<Method>& all) {
  all.push_back(change(
      {"address.allocate",
       "Gives an elastic address of the public pool to an account.",
       {required(kOwner),
        {"address", String, false, "this one; without it the lowest free one", R"("203.0.113.20")"},
        {"client_token", String, false, "the same token gives the same address again",
         R"("order-4711")"}},
       false,
       "address",
       "",
       "the address",
       R"({"owner": "alice", "client_token": "order-4711"})"}));
  all.push_back(change({"address.release",
                        "Gives an elastic address that no instance has back to the pool.",
                        {required(kOwner), required(kAddress)},
                        false,
                        "address",
                        "",
                        "address, owner, owner_id",
                        R"({"owner": "alice", "address": "203.0.113.10"})"}));
  all.push_back(describe({"address.describe",
                          "Lists the public addresses that accounts hold.",
                          {kAnyOwner, kAddress, listOf("ids", "addresses", R"(["203.0.113.10"])")},
                          false,
                          "ids",
                          "addresses",
                          "addresses: address, owner, owner_id, instance_id or null, automatic",
                          R"({"owner": "alice"})"}));
  all.push_back(
      change({"address.associate",
              "Gives an instance an elastic address as its public address.",
              {required(kOwner),
               required(kAddress),
               required(kInstance),
               {"allow_reassociation", Boolean, false,
                "takes it from the instance that has it; without it that is refused", "true"}},
              false,
              "address",
              "",
              "the address",
              R"({"owner": "alice", "address": "203.0.113.10", "instance_id": "i-0A1B2C3D"})"}));
  all.push_back(change({"address.disassociate",
                        "Takes an elastic address from its instance; the account keeps it.",
                        {required(kOwner), required(kAddress), kKeepFlows},
                        false,
                        "address",
                        "",
                        "the address",
                        R"({"owner": "alice", "address": "203.0.113.11"})"}));
}

void addInstances(std::vector<Method>& all) {
  const Parameter groups{"groups", Strings, false,
                         "groups, by name or id; the first gives the network; none: `default`",
                         R"(["web"])"};
  const Parameter node{"node", String, false, "node that runs it; without it this host", R"("n1")"};
  const Parameter device{
      "device", String, false,
      "the host's end of its network device, up to 15 characters; without it known by its MAC",
      R"("vnet0")"};
  const Parameter attributes{"attributes", StringMap, false,
                             "names and values for the metadata service", R"({"ami-id": "emi-1"})"};
  all.push_back(change(
      {"instance.attach",
       "Gives an instance its network: address, DHCP, groups, port.",
       {required(kInstance),
        required(kOwner),
        groups,
        node,
        device,
        {"mac", String, false,
         "without it made from the id; in STATIC of a pair, without it of the first free one",
         R"("d0:0d:0a:1b:2c:3d")"},
        {"tag", Number, false, "of the group's network, where it has none yet", "10", 2, 4094},
        {"address_index", Number, false, "of the private address in its network", "12", 9, 2046},
        {"addressing", String, false,
         "`public` (the default) lends a public address, `private` does not", R"("private")"},
        {"user_data", Bytes, false, "up to 16384 bytes for the metadata service, in base64",
         R"("IyEvYmluL3NoCg==")"},
        attributes},
       false,
       "instance_id",
       "",
       "the instance, netmask and gateway or null, bridge",
       R"({"instance_id": "i-0A1B2C3E", "owner": "alice", "groups": ["web"], "device": "vnet1"})"}));
  all.push_back(
      change({"instance.modify",
              "Changes an instance's groups, place or attributes while it runs; what stays allowed "
              "is not interrupted.",
              {required(kInstance),
               {"groups", Strings, false,
                "all its groups from now on; the first must stay the first", R"(["web", "db"])"},
               {"node", String, false, "node that runs it from now on", R"("n1")"},
               {"device", String, false, "its network device from now on, up to 15 characters",
                R"("vnet7")"},
               {"attributes", StringMap, false, "all its attributes from now on",
                R"({"ami-id": "emi-1"})"},
               kKeepFlows},
              false,
              "instance_id",
              "",
              "the instance, netmask and gateway or null, bridge",
              R"({"instance_id": "i-0A1B2C3D", "groups": ["web", "old"]})"}));
  all.push_back(change({"instance.detach",
                        "Closes an instance's port and takes back its addresses.",
                        {required(kInstance), kKeepFlows},
                        false,
                        "instance_id",
                        "",
                        "instance_id",
                        R"({"instance_id": "i-0A1B2C3D"})"}));
  all.push_back(describe(
      {"instance.describe",
       "Lists instances with their addresses and ports.",
       {kAnyOwner, kInstance, listOf("ids", "instance ids", R"(["i-0A1B2C3D"])")},
       false,
       "ids",
       "instances",
       "instances: instance_id, owner, owner_id, groups[{group, group_id}], node, device, "
       "mac, private_ip or null where it is not known yet, "
       "public_ip or null, tag and address_index or null, port (`waiting` `open` `failed`), reason",
       R"({"ids": ["i-0A1B2C3D"]})"}));
}

void addSystem(std::vector<Method>& all) {
  all.push_back(describe(
      {"network.describe",
       "Lists the networks of the groups that have instances.",
       {kAnyOwner,
        {"tag", Number, false, "only this one", "2", 2, 4094},
        {"ids", Numbers, false, "only these tags", "[2, 3]", 2, 4094}},
       false,
       "ids",
       "networks",
       "networks: tag, subnet, owner, owner_id, group, group_id, gateway, instances (their number)",
       "{}"}));
  all.push_back(describe({"node.describe",
                          "Lists the hosts that run instances.",
                          {{"name", String, false, "only this one", R"("n1")"},
                           listOf("names", "only these", R"(["n1"])")},
                          false,
                          "names",
                          "nodes",
                          "nodes: name, state (`connected` `away`), since, in_force",
                          "{}"}));
  all.push_back(
      {"system.status",
       "How it stands: mode, what is not in force and why, DHCP, ports, numbers, notices.",
       {},
       false,
       "",
       "",
       "version, mode, role, node, started, last_audit, in_force, not_in_force[], dhcp, "
       "notices[], numbers",
       "{}"});
  all.push_back({"system.plan",
                 "Looks at the whole host and says what a repair would do now; writes nothing.",
                 {},
                 false,
                 "",
                 "",
                 "steps[{phase, action, object, detail}]; empty: all is in force",
                 "{}"});
  all.push_back(change({"system.reconcile",
                        "Looks at the whole host and repairs it.",
                        {},
                        false,
                        "",
                        "",
                        "steps[{phase, action, object, detail}]: what was done",
                        "{}"}));
  all.push_back({"system.reload",
                 "Reads the configuration again and applies what can change at run time.",
                 {},
                 false,
                 "",
                 "",
                 "applied[], needs_restart[]: keys; refused[]: keys and why; notices[]",
                 "{}"});
  all.push_back(
      {"system.methods",
       "This table.",
       {},
       false,
       "",
       "",
       "methods[{method, help, change, parameters[{name, type, required, help, example}], result}]",
       "{}"});
  all.push_back({"events.list",
                 "The newest events: changes, drift found and repaired, errors, notices.",
                 {{"since", Number, false, "only those after this sequence number", "17", 0,
                   kGreatestExactNumber},
                  kLimit},
                 false,
                 "",
                 "events",
                 "events: sequence, time, kind (`change` `drift` `error` `notice`), object, "
                 "message; last: the newest sequence number",
                 R"({"since": 0, "limit": 2})"});
}

std::vector<Method> makeMethods() {
  std::vector<Method> all;
  addAccounts(all);
  addGroups(all);
  addAddresses(all);
  addInstances(all);
  addSystem(all);
  return all;
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all = makeMethods();
  return all;
}

const std::vector<Parameter>& permissionParameters() {
  static const std::vector<Parameter> all{
      {"protocol", String, true, "`tcp`, `udp`, `icmp`, `all`, or a number of 0 to 255 as string",
       R"("tcp")"},
      {"from_port", Number, false, "first port; with tcp and udp only, and required there", "80", 0,
       65535},
      {"to_port", Number, false, "last port; with tcp and udp only, and required there", "90", 0,
       65535},
      {"icmp_type", Number, false, "with icmp only; -1 or absent is any", "8", -1, 255},
      {"icmp_code", Number, false, "with icmp only; -1 or absent is any", "0", -1, 255},
      {"cidrs", Strings, false, "sources by address; host bits are cleared",
       R"(["198.51.100.0/24"])"},
      {"groups", SourceGroups, false, "sources by group: objects of owner, group, group_id",
       R"([{"owner": "bob", "group": "monitoring"}])"},
  };
  return all;
}

const std::vector<Parameter>& sourceGroupParameters() {
  static const std::vector<Parameter> all{
      {"owner", String, false,
       "account of the group, by name or id; without it the one that is asked for", R"("bob")"},
      {"group", String, false, "group, by name or id", R"("monitoring")"},
      {"group_id", String, false,
       "the group's id, of any account; it decides where `group` is given too", R"("sg-00000002")"},
  };
  return all;
}

}  // namespace netctl::api
