#include "netctl/api/listing.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>
#include <vector>

namespace netctl::api {
namespace {

namespace json = boost::json;
using testing::address;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::prefix;
using ::testing::UnorderedElementsAre;

Result<Request> readText(std::string_view method, std::string_view parameters) {
  return readRequest(*findMethod(method), json::parse({parameters.data(), parameters.size()}));
}

template <class T>
T readCommand(std::string_view method, std::string_view parameters) {
  return std::get<T>(std::get<CommandRequest>(readText(method, parameters).value().what).command);
}

/// Where the faults stand.
std::vector<std::string> faults(std::string_view method, std::string_view parameters) {
  std::vector<std::string> places;
  const auto request = readText(method, parameters);
  if (request) return {"none"};
  EXPECT_EQ(request.error().code, ErrorCode::InvalidArgument);
  for (const auto& fault : request.error().faults) places.push_back(fault.where);
  return places;
}

std::vector<std::string> permissionFaults(std::string_view permission) {
  return faults("group.authorize", R"({"owner": "alice", "group": "web", "permissions": [)" +
                                       std::string(permission) + "]}");
}

cloud::PermissionRequest permission(std::string_view text) {
  return readCommand<cloud::Authorize>(
             "group.authorize",
             R"({"owner": "alice", "group": "web", "permissions": [)" + std::string(text) + "]}")
      .permissions.at(0);
}

TEST(Read, GivesTheCommandOfAnAttach) {
  const auto attach = readCommand<cloud::AttachInstance>("instance.attach", R"({
    "instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web", "sg-0000000a"], "node": "n1",
    "device": "vnet0", "mac": "d0:0d:0a:1b:2c:3d", "tag": 10, "address_index": 12,
    "addressing": "private", "user_data": "aGVsbG8=", "attributes": {"ami-id": "emi-1"}})");
  EXPECT_EQ(attach.instance.text(), "i-0A1B2C3D");
  EXPECT_EQ(attach.owner, "alice");
  EXPECT_THAT(attach.groups, ElementsAre("web", "sg-0000000a"));
  EXPECT_EQ(attach.node, "n1");
  EXPECT_EQ(attach.device, "vnet0");
  EXPECT_EQ(attach.mac, testing::mac("d0:0d:0a:1b:2c:3d"));
  EXPECT_EQ(attach.tag, net::Tag{10});
  EXPECT_EQ(attach.address_index, 12U);
  EXPECT_EQ(attach.addressing, cloud::Addressing::Private);
  EXPECT_EQ(attach.user_data, "hello");
  EXPECT_EQ(attach.attributes, (std::map<std::string, std::string>{{"ami-id", "emi-1"}}));
}

TEST(Read, LeavesOutWhatIsNotThere) {
  const auto attach = readCommand<cloud::AttachInstance>(
      "instance.attach", R"({"instance_id": "i-0A1B2C3D", "owner": "alice"})");
  EXPECT_TRUE(attach.groups.empty() && attach.node.empty() && attach.device.empty());
  EXPECT_FALSE(attach.mac || attach.tag || attach.address_index);
  EXPECT_EQ(attach.addressing, cloud::Addressing::Public);
  const auto modify =
      readCommand<cloud::ModifyInstance>("instance.modify", R"({"instance_id": "i-0A1B2C3D"})");
  EXPECT_FALSE(modify.groups || modify.node || modify.device || modify.attributes);
}

TEST(Read, TakesNoDeviceForOneToBeForgotten) {
  const auto modify = readCommand<cloud::ModifyInstance>(
      "instance.modify", R"({"instance_id": "i-0A1B2C3D", "device": ""})");
  EXPECT_EQ(modify.device, "");
  EXPECT_THAT(
      faults("instance.attach", R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "device": ""})"),
      ElementsAre("device"));
}

TEST(Read, GivesADryRunWithTheCommand) {
  const auto request =
      readText("instance.detach", R"({"instance_id": "i-0A1B2C3D", "dry_run": true})");
  EXPECT_TRUE(std::get<CommandRequest>(request->what).dry_run);
}

TEST(Read, NamesEveryFaultNotTheFirstAlone) {
  EXPECT_THAT(faults("instance.attach", R"({
    "instance_id": "x", "owner": "a b", "groups": ["web", 7, "sg-zz"], "device": "a/b", "mac": "y", "tag": 9999,
    "address_index": -1, "addressing": "elastic", "user_data": "not base64!", "attributes": {"Ä": "b", "c": 1},
    "surprise": true, "dry_run": "yes"})"),
              UnorderedElementsAre("instance_id", "owner", "groups[1]", "device", "mac", "tag",
                                   "address_index", "addressing", "user_data", "attributes",
                                   "surprise", "dry_run"));
}

TEST(Read, FindsEveryFaultOfAForward) {
  EXPECT_THAT(faults("forward.create", R"({
    "owner": "a b", "address": "203.0.113.300", "protocol": "icmp", "from_port": 0, "to_port": 65536,
    "instance_id": "x", "instance_port": "80", "port": 80})"),
              UnorderedElementsAre("owner", "address", "protocol", "from_port", "to_port",
                                   "instance_id", "instance_port", "port"));
  EXPECT_THAT(faults("forward.create", "{}"),
              UnorderedElementsAre("owner", "address", "protocol", "from_port", "instance_id"));
  EXPECT_THAT(faults("forward.delete", "{}"),
              UnorderedElementsAre("owner", "address", "protocol", "from_port"));
  const auto forward = readCommand<cloud::CreateForward>(
      "forward.create", R"({"owner": "alice", "address": "203.0.113.10", "protocol": "udp",
                            "from_port": 53, "instance_id": "i-0A1B2C3D"})");
  EXPECT_EQ(forward.ports, (net::PortRange{53, 53}));
  EXPECT_EQ(forward.instance_port, 53);
  EXPECT_EQ(forward.protocol, net::kUdp);
}

TEST(Read, NamesWhatIsMissing) {
  EXPECT_THAT(faults("address.associate", "{}"),
              UnorderedElementsAre("owner", "address", "instance_id"));
  EXPECT_EQ(readText("group.delete", "{}").error().reason, "MissingParameter");
}

TEST(Read, ProposesTheNameThatWasMeant) {
  const auto request = readText("group.delete", R"({"owner": "alice", "gruop": "web"})");
  EXPECT_THAT(request.error().message, HasSubstr("did you mean 'group'"));
}

TEST(Read, TakesNamedParametersOnly) {
  for (const char* parameters : {"[]", R"(["alice"])", "null", "7", R"("alice")"}) {
    EXPECT_FALSE(readText("account.create", parameters)) << parameters;
  }
}

TEST(Read, TakesNoOtherTypeForANumberOrABoolean) {
  for (const char* tag : {"\"7\"", "7.0", "7.5", "1e1", "true", "null", "[7]", "{}", "1", "4095",
                          "-7", "18446744073709551615", "99999999999999999999999"}) {
    const auto parameters =
        R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "tag": )" + std::string(tag) + "}";
    EXPECT_THAT(faults("instance.attach", parameters), ElementsAre("tag")) << tag;
  }
  for (const char* flag : {"\"true\"", "1", "0", "null", "[]"}) {
    const auto parameters =
        R"({"instance_id": "i-0A1B2C3D", "keep_flows": )" + std::string(flag) + "}";
    EXPECT_THAT(faults("instance.detach", parameters), ElementsAre("keep_flows")) << flag;
  }
}

TEST(Read, RefusesTextsThatAreNoNames) {
  for (const char* id : {R"("i-\"0000001")", R"("i-0000000\n")", R"("")", R"("i-00000001; reboot")",
                         R"("i-0000000\u0000")", "7"}) {
    const auto parameters = R"({"instance_id": )" + std::string(id) + "}";
    EXPECT_THAT(faults("instance.detach", parameters), ElementsAre("instance_id")) << id;
  }
  for (const char* device :
       {"../../etc/passwd", "a/b", "sixteen-letters-", "with blank", ".", ".."}) {
    const auto parameters =
        R"({"instance_id": "i-0A1B2C3D", "device": ")" + std::string(device) + "\"}";
    EXPECT_THAT(faults("instance.modify", parameters), ElementsAre("device")) << device;
  }
  for (const char* mac :
       {"d0:0d:00", "01:00:5e:00:00:01", "00:00:00:00:00:00", "d0-0d-0a-1b-2c-3d"}) {
    const auto parameters =
        R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "mac": ")" + std::string(mac) + "\"}";
    EXPECT_THAT(faults("instance.attach", parameters), ElementsAre("mac")) << mac;
  }
}

TEST(Read, NeverRepeatsControlCharactersOrLongTexts) {
  const std::string long_text(100000, 'x');
  for (const auto& text : {std::string("\\u001b[31m\\n"), long_text}) {
    for (const char* name : {"instance_id", "device", "node", "mac", "addressing", "user_data"}) {
      const auto request =
          readText("instance.attach", "{\"" + std::string(name) + "\": \"" + text + "\"}");
      ASSERT_FALSE(request) << name;
      EXPECT_LT(request.error().message.size(), 1000U) << name;
      EXPECT_EQ(request.error().message.find_first_of("\x1b\n"), std::string::npos) << name;
    }
  }
}

TEST(Read, LimitsTheUserData) {
  // 21848 characters of base64 are 16386 bytes, four less 16383.
  const auto attach = [](std::size_t size) {
    return R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "user_data": ")" +
           std::string(size, 'A') + "\"}";
  };
  EXPECT_TRUE(readText("instance.attach", attach(21844)));
  EXPECT_THAT(faults("instance.attach", attach(21848)), ElementsAre("user_data"));
}

TEST(ReadPermissions, TakesPortsWithTcpAndUdp) {
  const auto tcp = permission(
      R"({"protocol": "tcp", "from_port": 0, "to_port": 65535, "cidrs": ["10.1.2.3/8", "0.0.0.0/0"]})");
  EXPECT_EQ(tcp.protocol, net::kTcp);
  EXPECT_EQ(tcp.ports, (net::PortRange{0, 65535}));
  EXPECT_THAT(tcp.cidrs, ElementsAre(prefix("10.0.0.0/8"), prefix("0.0.0.0/0")));
  const auto udp = permission(
      R"({"protocol": "17", "from_port": 53, "to_port": 53, "groups": [{"owner": "bob", "group": "web"}]})");
  EXPECT_EQ(udp.protocol, net::kUdp);
  EXPECT_EQ(udp.groups.at(0).owner, "bob");
  EXPECT_EQ(udp.groups.at(0).group, "web");
}

TEST(ReadPermissions, TakesTypeAndCodeWithIcmp) {
  const auto any = permission(R"({"protocol": "icmp", "cidrs": ["0.0.0.0/0"]})");
  EXPECT_EQ(any.icmp, net::IcmpMatch{});
  EXPECT_EQ(permission(
                R"({"protocol": "icmp", "icmp_type": -1, "icmp_code": -1, "cidrs": ["0.0.0.0/0"]})")
                .icmp,
            net::IcmpMatch{});
  EXPECT_EQ(
      permission(R"({"protocol": "icmp", "icmp_type": 8, "icmp_code": 0, "cidrs": ["0.0.0.0/0"]})")
          .icmp,
      (net::IcmpMatch{8, 0}));
  EXPECT_EQ(permission(R"({"protocol": "icmp", "icmp_type": 0, "cidrs": ["0.0.0.0/0"]})").icmp,
            (net::IcmpMatch{0, {}}));
}

TEST(ReadPermissions, TakesAnyProtocolWithoutPorts) {
  EXPECT_EQ(permission(R"({"protocol": "all", "cidrs": ["0.0.0.0/0"]})").protocol,
            net::kAnyProtocol);
  EXPECT_EQ(permission(R"({"protocol": "47", "cidrs": ["0.0.0.0/0"]})").protocol,
            net::Protocol{47});
}

TEST(ReadPermissions, TakesASourceGroupById) {
  const auto by_id = R"({"protocol": "all", "groups": [{"group_id": "sg-0000000a"}]})";
  EXPECT_EQ(permission(by_id).groups.at(0).group, "sg-0000000a");
  // As group.describe shows it.
  const auto by_all = R"({"protocol": "all", "groups": [
    {"owner": "bob", "group": "web", "group_id": "sg-0000000a"}]})";
  EXPECT_EQ(permission(by_all).groups.at(0).group, "sg-0000000a");
}

TEST(ReadPermissions, NeverTakesNoSourceForEverybody) {
  for (const char* text : {R"({"protocol": "all"})", R"({"protocol": "all", "cidrs": []})",
                           R"({"protocol": "all", "cidrs": [], "groups": []})"}) {
    EXPECT_THAT(permissionFaults(text), ElementsAre("permissions[0].cidrs")) << text;
  }
}

TEST(ReadPermissions, RefusesWhatIsNoPermission) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"protocol": "tcp", "from_port": 70000, "to_port": 80, "cidrs": ["0.0.0.0/0"]})",
       "from_port"},
      {R"({"protocol": "tcp", "from_port": 90, "to_port": 80, "cidrs": ["0.0.0.0/0"]})",
       "from_port"},
      {R"({"protocol": "tcp", "from_port": -1, "to_port": 80, "cidrs": ["0.0.0.0/0"]})",
       "from_port"},
      {R"({"protocol": "tcp", "from_port": 80, "cidrs": ["0.0.0.0/0"]})", "to_port"},
      {R"({"protocol": "tcp", "from_port": 80, "to_port": 80, "icmp_type": 8, "cidrs": ["0.0.0.0/0"]})",
       "icmp_type"},
      {R"({"protocol": "icmp", "icmp_type": 256, "cidrs": ["0.0.0.0/0"]})", "icmp_type"},
      {R"({"protocol": "icmp", "icmp_code": 1, "cidrs": ["0.0.0.0/0"]})", "icmp_code"},
      {R"({"protocol": "icmp", "icmp_type": -1, "icmp_code": 1, "cidrs": ["0.0.0.0/0"]})",
       "icmp_code"},
      {R"({"protocol": "all", "to_port": 80, "cidrs": ["0.0.0.0/0"]})", "to_port"},
      {R"({"protocol": "tcpp", "cidrs": ["0.0.0.0/0"]})", "protocol"},
      {R"({"protocol": "256", "cidrs": ["0.0.0.0/0"]})", "protocol"},
      {R"({"protocol": 6, "cidrs": ["0.0.0.0/0"]})", "protocol"},
      {R"({"cidrs": ["0.0.0.0/0"]})", "protocol"},
      {R"({"protocol": "all", "cidrs": ["10.0.0.0/99"]})", "cidrs[0]"},
      {R"({"protocol": "all", "cidrs": ["10.0.0.0"]})", "cidrs[0]"},
      {R"({"protocol": "all", "cidrs": ["::/129"]})", "cidrs[0]"},
      {R"({"protocol": "all", "cidrs": ["10.0.0.0/8", 7]})", "cidrs[1]"},
      {R"({"protocol": "all", "cidrs": "10.0.0.0/8"})", "cidrs"},
      {R"({"protocol": "all", "groups": ["web"]})", "groups[0]"},
      {R"({"protocol": "all", "groups": [{}]})", "groups[0].group"},
      {R"({"protocol": "all", "groups": [{"group_id": "web"}]})", "groups[0].group_id"},
      {R"({"protocol": "all", "cidrs": ["0.0.0.0/0"], "port": 80})", "port"},
  };
  for (const auto& [text, where] : cases) {
    EXPECT_THAT(permissionFaults(text), ElementsAre("permissions[0]." + std::string(where)))
        << text;
  }
}

TEST(ReadPermissions, NamesTheFaultsOfEveryPermission) {
  EXPECT_THAT(permissionFaults(R"(
    {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidrs": ["0.0.0.0/0"]},
    {"protocol": "tcp", "from_port": 70000, "to_port": 80, "cidrs": ["10.0.0.0/99"]},
    7,
    {"protocol": "all"})"),
              UnorderedElementsAre("permissions[1].from_port", "permissions[1].cidrs[0]",
                                   "permissions[2]", "permissions[3].cidrs"));
}

TEST(ReadPermissions, NeedsAtLeastOne) {
  EXPECT_THAT(permissionFaults(""), ElementsAre("permissions"));
  EXPECT_THAT(faults("group.revoke", R"({"owner": "alice", "group": "web", "permissions": {}})"),
              ElementsAre("permissions"));
}

/// The request that a describe of these parameters is read as.
ListRequest listRequest(std::string_view method, Result<std::string> (*parse)(std::string_view),
                        std::string_view single, std::initializer_list<std::string_view> lists,
                        std::string_view parameters) {
  const auto object = json::parse({parameters.data(), parameters.size()}).as_object();
  cloud::Faults faults;
  const Fields fields(object, findMethod(method)->parameters, "", faults);
  auto request = readOwnedList(fields, parse, single, lists);
  EXPECT_TRUE(faults.empty());
  return request;
}

TEST(ReadList, JoinsNamesAndIds) {
  const auto request = listRequest(
      "group.describe", parseGroup, "group", {"names", "ids"},
      R"({"owner": "alice", "group": "web", "names": ["db"], "ids": ["sg-0000000a"], "limit": 7})");
  EXPECT_EQ(request.owner, "alice");
  EXPECT_THAT(request.wanted, UnorderedElementsAre("web", "db", "sg-0000000a"));
  EXPECT_EQ(request.limit, 7U);
}

TEST(ReadList, TakesOnlyItsOwnNext) {
  const auto next = R"({"next": ")" + makeNext("sg-0000000a") + "\"}";
  EXPECT_EQ(listRequest("group.describe", parseGroup, "group", {"names", "ids"}, next).after,
            "sg-0000000a");
  EXPECT_THAT(faults("group.describe", R"({"next": "c2c="})"), ElementsAre("next"));
  EXPECT_THAT(faults("group.describe", R"({"next": "-"})"), ElementsAre("next"));
}

TEST(ReadList, RefusesALimitThatIsNone) {
  EXPECT_THAT(faults("instance.describe", R"({"limit": 0})"), ElementsAre("limit"));
  EXPECT_THAT(faults("instance.describe", R"({"limit": 1.5})"), ElementsAre("limit"));
}

TEST(Fields, AreThoseOfTheTable) {
  const json::object object{{"name", "alice"}};
  cloud::Faults faults;
  const Fields fields(object, {kOwner}, "", faults);
  EXPECT_EQ(fields.text("owner"), std::nullopt);
  EXPECT_THROW((void)fields.text("name"), std::logic_error) << "a reader without its row";
}

}  // namespace
}  // namespace netctl::api
