#include "netctl/hook/domain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace netctl::hook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kOurs =
    "<netctl:instance xmlns:netctl='urn:netctl:instance' owner='alice'>"
    "<netctl:group>web</netctl:group><netctl:group> db </netctl:group></netctl:instance>";
constexpr auto kInterface =
    "<interface type='bridge'><mac address='52:54:00:0A:0b:0c'/><source bridge='br0'/>"
    "<target dev='vnet3'/><model type='virtio'/></interface>";

std::string domain(const std::string& metadata, const std::string& devices = kInterface) {
  return fmt::format(
      "<?xml version='1.0'?>\n<!-- by hand -->\n<domain type='qemu' id='4'>\n  <name>web1</name>\n"
      "  <uuid>7c3f2f6e-1a2b-4c3d-8e4f-5a6b7c8d9e0f</uuid>\n"
      "  <metadata><other:thing xmlns:other='urn:other'/>{}</metadata>\n"
      "  <devices><emulator>/usr/bin/qemu</emulator>{}</devices>\n</domain>\n",
      metadata, devices);
}

Machine domainMachine(const std::string& xml) {
  const auto machine = parseDomain(xml);
  EXPECT_TRUE(machine) << text(machine.error());
  return machine && *machine ? **machine : Machine();
}

std::string domainFaults(const std::string& xml) {
  const auto machine = parseDomain(xml);
  return machine ? "it is right" : text(machine.error());
}

TEST(Domain, SaysWhoseItIsAndWhereItIsPlugged) {
  const auto machine = domainMachine(domain(kOurs));
  EXPECT_EQ(machine.name, "web1");
  EXPECT_EQ(machine.hypervisor, "libvirt");
  EXPECT_EQ(machine.instance_id, "i-d8e4f5a6b7c8d9e0f");
  EXPECT_EQ(machine.owner, "alice");
  EXPECT_THAT(machine.groups, ElementsAre("web", "db"));
  EXPECT_EQ(machine.addressing, "public");
  EXPECT_FALSE(machine.ephemeral);
  EXPECT_EQ(net::format(machine.mac), "52:54:00:0a:0b:0c");
  EXPECT_EQ(machine.bridge, "br0");
  EXPECT_EQ(machine.device, "") << "libvirt gave that name";
}

TEST(Domain, MaySayMore) {
  const auto machine = domainMachine(
      domain("<n:instance xmlns:n='urn:netctl:instance' id='i-0A1B2C3D' owner='alice' "
             "addressing='private' ephemeral='yes'/>",
             "<interface type='ethernet'><mac address='d0:0d:0a:1b:2c:3d'/><target dev='web0'/>"
             "</interface>"));
  EXPECT_EQ(machine.instance_id, "i-0A1B2C3D");
  EXPECT_THAT(machine.groups, ElementsAre());
  EXPECT_EQ(machine.addressing, "private");
  EXPECT_TRUE(machine.ephemeral);
  EXPECT_EQ(machine.bridge, "");
  EXPECT_EQ(machine.device, "web0");
}

TEST(Domain, IsOursByItsNamespaceWhereverThatIsDeclared) {
  EXPECT_EQ(domainMachine(domain("<instance xmlns='urn:netctl:instance' owner='bob'/>")).owner,
            "bob");
  auto xml = domain("<n:instance owner='carol'/>");
  xml.replace(xml.find("<metadata>"), 10, "<metadata xmlns:n='urn:netctl:instance'>");
  EXPECT_EQ(domainMachine(xml).owner, "carol");
}

TEST(Domain, WithoutOurMetadataIsNoneOfOurs) {
  for (const auto& xml : {domain(""), domain("<instance owner='alice'/>"),
                          domain("<x:instance xmlns:x='urn:other' owner='alice'/>"),
                          domain("<n:other xmlns:n='urn:netctl:instance' owner='alice'/>"),
                          std::string("<domain><name>a</name></domain>")}) {
    const auto machine = parseDomain(xml);
    ASSERT_TRUE(machine) << xml;
    EXPECT_FALSE(*machine) << xml;
  }
}

TEST(Domain, NamesAllThatIsWrong) {
  EXPECT_THAT(
      domainFaults(domain("<n:instance xmlns:n='urn:netctl:instance' id='web' colour='red' "
                          "addressing='elastic' ephemeral='1'><n:groups/></n:instance>",
                          "<interface type='network'><source network='default'/></interface>")),
      AllOf(HasSubstr("machine 'web1'"), HasSubstr("'web'"), HasSubstr("no account"),
            HasSubstr("'colour'"), HasSubstr("'elastic'"), HasSubstr("ephemeral '1'"),
            HasSubstr("'n:groups'"), HasSubstr("type 'network'"), HasSubstr("no MAC")));
  EXPECT_THAT(domainFaults(domain(kOurs, "")), HasSubstr("0 network interfaces"));
  EXPECT_THAT(domainFaults(domain(kOurs, std::string(kInterface) + kInterface)),
              HasSubstr("2 network interfaces"));
  const std::string tagged =
      "<interface type='bridge'><mac address='52:54:00:0a:0b:0c'/><source bridge='br0'/>"
      "<vlan><tag id='4'/></vlan><virtualport type='openvswitch'/></interface>";
  EXPECT_THAT(domainFaults(domain(kOurs, tagged)),
              AllOf(HasSubstr("<vlan>"), HasSubstr("<virtualport>")));
}

TEST(Domain, ThatIsNoXmlIsRefused) {
  for (const auto* xml : {"", "urn:netctl:instance", "<domain>", "<domain", "<a/>", "<domain></d",
                          "<!DOCTYPE domain><domain/>"}) {
    EXPECT_THAT(domainFaults(xml), HasSubstr("not the XML of a domain")) << xml;
  }
  EXPECT_THAT(domainFaults(std::string("<domain>\0</domain>", 18)), HasSubstr("byte of 0"));
  EXPECT_THAT(domainFaults(std::string(1048577, ' ')), HasSubstr("larger"));
}

TEST(Domain, ThatIsDeepIsRefusedHoweverItHidesIt) {
  for (const auto* unit :
       {"<a>", "<a><!-- </ </ -->", "<a><![CDATA[</]]>", "<a b='</' c=\">\">", "<a><?x </ ?>"}) {
    std::string xml;
    for (int i = 0; i < 20000; ++i) xml += unit;
    EXPECT_THAT(domainFaults(xml), HasSubstr("in each other")) << unit;
  }
}

}  // namespace
}  // namespace netctl::hook
