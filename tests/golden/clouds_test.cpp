// Clouds and what MANAGED-NOVLAN makes of them on the host, as text: `empty` and `site` all of it,
// the others what an empty cloud has not. After a change that is meant, this rewrites the texts;
// the review is then of their difference:
//
//   UPDATE_GOLDEN=1 build/<preset>/tests/golden/golden

#include "modes/cloud/commands.h"
#include "modes/host/describe.h"
#include "modes/mode.h"
#include "tests/golden/host_text.h"
#include "tests/support/example_cloud.h"
#include "tests/support/golden_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace netctl {
namespace {

using cloud::Addressing;
using cloud::Cloud;
using cloud::PermissionRequest;
using testing::address;
using testing::instance;
using testing::prefix;

void compareWithGolden(const std::string& name, const std::string& text) {
  testing::compareWithGolden("clouds/" + name + ".txt", text);
}

HostFacts facts() {
  return {.private_interface = "br0", .public_interface = "eth1", .mtu = 1500};
}

/// The cloud after these commands, all of which must succeed, on accounts alice and bob.
class Story {
 public:
  explicit Story(cloud::Settings settings = testing::usualSettings(),
                 HostFacts facts = netctl::facts())
      : cloud_(std::move(settings)), mode_(makeMode(cloud_.settings(), facts)) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AKALICE", "secret"});
    run(cloud::CreateAccount{"bob", {"000000000002"}, "AKBOB", "secret"});
  }

  cloud::Changes run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return cloud_.takeChanges();
  }
  void group(const std::string& owner, const std::string& name, const std::string& id,
             std::vector<PermissionRequest> permissions = {}) {
    run(cloud::CreateGroup{owner, name, "", {id}});
    if (!permissions.empty()) run(cloud::Authorize{owner, name, std::move(permissions)});
  }
  void attach(const std::string& owner, const std::string& id, std::vector<std::string> groups,
              Addressing addressing = Addressing::Private) {
    run(attachment(owner, id, std::move(groups), addressing));
  }
  static cloud::AttachInstance attachment(const std::string& owner, const std::string& id,
                                          std::vector<std::string> groups, Addressing addressing) {
    return {.instance = instance(id),
            .owner = owner,
            .groups = std::move(groups),
            .device = "tap" + id.substr(8),
            .addressing = addressing};
  }

  [[nodiscard]] host::HostState state() const { return mode_->render(cloud_).desired; }

  /// What the command changes on the host, step by step, and that nothing else is looked at.
  std::string tell(const std::string& title, const cloud::Command& command) {
    const auto before = state();
    const auto rendering = mode_->render(cloud_, run(command));
    std::string text = title + "\n";
    const auto plan = host::diff(rendering.desired, host::restrict(before, rendering.scope));
    for (const auto& step : host::describe(plan)) {
      text += fmt::format("  {} {} {}", step.phase, step.action, step.object);
      text += step.detail.empty() ? "\n" : ": " + step.detail + "\n";
    }
    std::string tables;
    for (const auto table : {host::Table::Filter, host::Table::Nat}) {
      if (rendering.scope.touches(table)) tables += fmt::format(" {}", format(table));
    }
    return text + "  looks at tables:" + (tables.empty() ? " none" : tables) + "\n\n";
  }

 private:
  Cloud cloud_;
  std::unique_ptr<Mode> mode_;
};

PermissionRequest tcp(std::uint16_t first, std::uint16_t last, const std::string& cidr) {
  return {.protocol = net::kTcp, .ports = {first, last}, .cidrs = {prefix(cidr)}};
}
PermissionRequest icmp(net::IcmpMatch match, const std::string& cidr) {
  return {.protocol = net::kIcmp, .icmp = match, .cidrs = {prefix(cidr)}};
}
PermissionRequest number(std::uint8_t protocol, const std::string& cidr) {
  return {.protocol = {protocol}, .cidrs = {prefix(cidr)}};
}
PermissionRequest all(const std::string& owner, const std::string& group) {
  return {.protocol = net::kAnyProtocol, .groups = {{owner, group}}};
}

TEST(Golden, AnEmptyCloud) {
  compareWithGolden("empty", testing::toText(Story().state()));
}

TEST(Golden, ASiteWithDnsDenyAndNoNat) {
  auto settings = testing::smallSettings();
  settings.host.role = cloud::Role::Cluster;
  settings.deny = {prefix("10.9.0.0/16"), prefix("0.0.0.0/0")};
  settings.no_nat = {prefix("10.8.0.0/16")};
  settings.plan.clusters = 2;
  settings.plan.cluster_index = 1;
  auto here = facts();
  here.private_interface = "eth0";
  here.dns_is_local = true;
  here.mtu = 9000;
  Story story(settings, here);
  story.group("alice", "web", "sg-0000000a");
  auto attach = Story::attachment("alice", "i-00000001", {"web"}, Addressing::Private);
  attach.tag = net::Tag{5};
  story.run(attach);
  compareWithGolden("site", testing::toText(story.state()));
}

TEST(Golden, NetworksWithVlans) {
  auto settings = testing::smallSettings();
  settings.mode = cloud::NetworkMode::Managed;
  auto here = facts();
  here.has_other_hosts = true;
  here.private_interface = "trunk0";
  Story story(settings, here);
  story.group("alice", "web", "sg-0000000a", {tcp(22, 22, "0.0.0.0/0")});
  story.group("bob", "db", "sg-0000000b", {all("alice", "web")});
  story.attach("alice", "i-00000001", {"web"});
  story.attach("bob", "i-00000002", {"db"});
  compareWithGolden("vlans", testing::toText(story.state()));
}

TEST(Golden, AWebServer) {
  Story story;
  story.group("alice", "web", "sg-0000000a",
              {tcp(22, 22, "203.0.113.0/24"), tcp(80, 80, "0.0.0.0/0"), icmp({8, 0}, "0.0.0.0/0")});
  story.attach("alice", "i-00000001", {"web"}, Addressing::Public);
  story.attach("alice", "i-00000002", {"web"});
  compareWithGolden("web_server", testing::toText(story.state(), Story().state()));
}

TEST(Golden, EveryKindOfPermission) {
  Story story;
  story.group("bob", "clients", "sg-0000000b");
  story.group(
      "alice", "web", "sg-0000000a",
      {tcp(0, 0, "0.0.0.0/0"),
       tcp(80, 82, "0.0.0.0/0"),
       tcp(20, 84, "0.0.0.0/0"),
       tcp(0, 65535, "203.0.113.7/32"),
       {.protocol = net::kUdp, .ports = {53, 53}, .cidrs = {prefix("192.168.0.0/16")}},
       icmp({0, 0}, "0.0.0.0/0"),
       icmp({3, {}}, "0.0.0.0/0"),
       icmp({}, "203.0.113.0/24"),
       number(47, "203.0.113.0/24"),
       number(132, "203.0.113.0/24"),
       {.protocol = net::kAnyProtocol, .cidrs = {prefix("203.0.113.8/32")}},
       {.protocol = net::kTcp, .ports = {22, 22}, .groups = {{"", "web"}, {"bob", "clients"}}},
       // Public addresses of instances: known by their private ones when they come by NAT.
       tcp(22, 22, "198.51.100.1/32"),
       tcp(8000, 9000, "198.51.100.0/24")});
  story.attach("alice", "i-00000001", {"web"});
  story.attach("bob", "i-00000002", {"clients"}, Addressing::Public);
  story.attach("bob", "i-00000003", {"clients"});
  compareWithGolden("permissions", testing::toText(story.state(), Story().state()));
}

TEST(Golden, PrefixLists) {
  Story story;
  story.run(cloud::CreatePrefixList{.owner = "alice",
                                    .name = "offices",
                                    .entries = {{prefix("203.0.113.0/24"), "Berlin"}},
                                    .fresh_id = {"pl-00000000000000abc"}});
  story.group("alice", "web", "sg-0000000a");
  story.attach("alice", "i-00000001", {"web"});
  story.attach("alice", "i-00000002", {"web"}, Addressing::Public);
  std::string text;
  const cloud::PermissionRequest ssh{
      .protocol = net::kTcp, .ports = {22, 22}, .prefix_lists = {"offices"}};
  text += story.tell("authorize tcp 22 from a list", cloud::Authorize{"alice", "web", {ssh}});
  auto out = ssh;
  out.direction = cloud::Direction::Egress;
  text += story.tell("and out to it", cloud::Authorize{"alice", "web", {out}});
  text += story.tell("everything out is revoked",
                     cloud::Revoke{"alice",
                                   "web",
                                   {{.protocol = net::kAnyProtocol,
                                     .cidrs = {prefix("0.0.0.0/0")},
                                     .direction = cloud::Direction::Egress}}});
  const auto change = [](std::vector<cloud::PrefixListEntry> add, std::vector<cloud::Cidr> remove) {
    return cloud::ModifyPrefixList{.owner = "alice",
                                   .prefix_list = "offices",
                                   .add = std::move(add),
                                   .remove = std::move(remove)};
  };
  text += story.tell("an entry comes, with a public address in it",
                     change({{prefix("198.51.100.0/24")}}, {}));
  text += story.tell("everybody comes", change({{prefix("0.0.0.0/0")}}, {}));
  text += story.tell("both go", change({}, {prefix("198.51.100.0/24"), prefix("0.0.0.0/0")}));
  text += story.tell("an entry is for something else",
                     change({{prefix("203.0.113.0/24"), "Paris"}}, {}));
  text += "state\n" + testing::toText(story.state(), Story().state());
  compareWithGolden("prefix_lists", text);
}

TEST(Golden, InstancesOfSeveralGroups) {
  Story story;
  story.group("alice", "plain", "sg-0000000a", {tcp(22, 22, "0.0.0.0/0")});
  story.group("alice", "wide", "sg-0000000b", {tcp(1000, 2000, "0.0.0.0/0")});
  story.group("alice", "inner", "sg-0000000c", {all("", "plain")});
  story.attach("alice", "i-00000001", {"plain"});
  story.attach("alice", "i-00000002", {"wide"});
  story.attach("alice", "i-00000003", {"wide", "plain"});
  story.attach("alice", "i-00000004", {"wide", "inner"});
  story.attach("alice", "i-00000005", {"plain", "inner", "wide"});
  compareWithGolden("several_groups", testing::toText(story.state(), Story().state()));
}

TEST(Golden, ManyPublicAddresses) {
  Story story;
  story.group("alice", "web", "sg-0000000a");
  for (int i = 1; i <= 20; ++i) {
    story.attach("alice", fmt::format("i-{:08x}", i), {"web"}, Addressing::Public);
  }
  compareWithGolden("public_addresses", testing::toText(story.state(), Story().state()));
}

TEST(Golden, WhatChangesWrite) {
  Story story;
  story.group("alice", "web", "sg-0000000a", {tcp(22, 22, "0.0.0.0/0")});
  story.group("alice", "db", "sg-0000000b");
  std::string text;
  text += story.tell("the first instance of a group",
                     Story::attachment("alice", "i-00000001", {"web"}, Addressing::Private));
  text += story.tell("a second one",
                     Story::attachment("alice", "i-00000002", {"web"}, Addressing::Private));
  text += story.tell("one in another group, with a public address",
                     Story::attachment("alice", "i-00000003", {"db"}, Addressing::Public));
  text += story.tell("authorize tcp 80 from everywhere",
                     cloud::Authorize{"alice", "web", {tcp(80, 80, "0.0.0.0/0")}});
  text += story.tell("revoke tcp 22 from everywhere",
                     cloud::Revoke{"alice", "web", {tcp(22, 22, "0.0.0.0/0")}});
  text +=
      story.tell("authorize all from a group", cloud::Authorize{"alice", "db", {all("", "web")}});
  text +=
      story.tell("the same in a further group", cloud::Authorize{"alice", "web", {all("", "web")}});
  text += story.tell("authorize a public address",
                     cloud::Authorize{"alice", "web", {tcp(443, 443, "198.51.100.0/24")}});
  text +=
      story.tell("allocate an address", cloud::AllocateAddress{"alice", address("198.51.100.9")});
  text += story.tell("associate it", cloud::AssociateAddress{"alice", address("198.51.100.9"),
                                                             instance("i-00000001")});
  text += story.tell("move it", cloud::AssociateAddress{"alice", address("198.51.100.9"),
                                                        instance("i-00000002"), true});
  text += story.tell(
      "another group for an instance",
      cloud::ModifyInstance{.instance = instance("i-00000001"), .groups = {{"web", "db"}}});
  text += story.tell("another device for an instance",
                     cloud::ModifyInstance{.instance = instance("i-00000001"), .device = "vnet7"});
  text += story.tell("a note on an instance",
                     cloud::ModifyInstance{.instance = instance("i-00000001"),
                                           .attributes = {{{"ami-id", "emi-1"}}}});
  text += story.tell("disassociate the address",
                     cloud::DisassociateAddress{"alice", address("198.51.100.9")});
  text += story.tell("the last instance of a group goes",
                     cloud::DetachInstance{instance("i-00000003")});
  compareWithGolden("changes", text);
}

}  // namespace
}  // namespace netctl
