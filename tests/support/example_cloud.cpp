#include "tests/support/example_cloud.h"

namespace netctl::testing {
namespace {

std::vector<net::Tag> tags(std::uint16_t first, std::uint16_t last) {
  std::vector<net::Tag> result;
  for (auto tag = first; tag <= last; ++tag) result.push_back({tag});
  return result;
}

}  // namespace

cloud::Settings smallSettings() {
  cloud::Settings settings;
  settings.mode = cloud::NetworkMode::ManagedNoVlan;
  settings.host.role = cloud::Role::All;
  settings.host.node_name = "host1";
  settings.host.private_interface = "eth0";
  settings.host.public_interface = "eth1";
  settings.host.bridge = "br0";
  settings.host.public_addresses = {address("192.0.2.1")};
  settings.plan.subnet = prefix("10.0.0.0/24");
  settings.plan.network_size = 16;
  settings.plan.tags = tags(2, 9);
  settings.pool.add({address("198.51.100.1"), address("198.51.100.8")});
  settings.dns = address("192.0.2.53");
  // What is about limits sets its own.
  for (auto& [limit, value] : settings.limits) value = 1'000'000;
  return settings;
}

cloud::Settings usualSettings() {
  auto settings = smallSettings();
  settings.plan.subnet = prefix("192.168.0.0/16");
  settings.plan.network_size = 32;
  settings.plan.tags = tags(2, 2049);
  settings.pool = {};
  settings.pool.add({address("198.51.100.1"), address("198.51.100.200")});
  return settings;
}

net::Ipv4Address address(std::string_view text) {
  return net::parseIpv4Address(text).value();
}
net::Ipv4Prefix prefix(std::string_view text) {
  return net::parseIpv4Prefix(text).value();
}
net::MacAddress mac(std::string_view text) {
  return net::parseMacAddress(text).value();
}
cloud::InstanceId instance(std::string_view text) {
  return cloud::InstanceId::parse(text).value();
}

}  // namespace netctl::testing
