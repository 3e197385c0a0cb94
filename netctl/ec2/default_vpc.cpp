#include "netctl/ec2/default_vpc.h"

#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace netctl::ec2 {
namespace {

/// Digits of an id, as of all new ones in EC2.
constexpr std::size_t kDigits = 17;

std::string idOf(const char* kind, const cloud::Settings& settings,
                 const cloud::AccountId& account) {
  if (!cloud::hasNetworks(settings.mode)) return {};
  const auto digits = hex(crypto::sha256(fmt::format("{} of {}", kind, account.value)));
  return fmt::format("{}-{}", kind, digits.substr(0, kDigits));
}

void checkNamed(const Parameters& parameters, std::string_view name, const std::string& own,
                std::string_view what) {
  const auto& id = parameters.text(name);
  if (id.empty() || id == own) return;
  parameters.wrong(name,
                   fmt::format("The {} ID {} does not exist{}", what, quote(id),
                               own.empty() ? "" : "; there is " + own),
                   what == "vpc" ? "InvalidVpcID.NotFound" : "InvalidSubnetID.NotFound");
}

/// `NAME.N`, none or the one that there is.
void checkList(const Call& call, std::string_view name, const std::string& own,
               std::string_view what) {
  for (const auto& id : call.parameters.list(name)) {
    if (id == own) continue;
    call.parameters.wrong(name, fmt::format("The {} ID {} does not exist", what, quote(id)),
                          what == "vpc" ? "InvalidVpcID.NotFound" : "InvalidSubnetID.NotFound");
  }
}

using Filter = std::function<void(const Call&, Values&)>;

Filter settled(std::string value) {
  return [value = std::move(value)](const Call&, Values& values) { values.push_back(value); };
}
Filter vpcId() {
  return [](const Call& call, Values& values) {
    values.push_back(vpcOf(call.cloud().settings(), call.account.id));
  };
}
Filter cidr() {
  return [](const Call& call, Values& values) {
    values.push_back(net::format(call.cloud().settings().plan.subnet));
  };
}
Filter owner() {
  return [](const Call& call, Values& values) { values.push_back(call.owner()); };
}
void nothing(const Call&, Values&) {}

const FilterTable<Call>& vpcFilters() {
  static const FilterTable<Call> table{
      {"vpc-id", vpcId()},
      {"cidr", cidr()},
      {"cidr-block-association.cidr-block", cidr()},
      {"cidr-block-association.state", settled("associated")},
      {"dhcp-options-id", settled("default")},
      {"isDefault", settled("true")},
      {"is-default", settled("true")},
      {"owner-id", owner()},
      {"state", settled("available")},
      {"tag-key", nothing},
  };
  return table;
}

const FilterTable<Call>& subnetFilters() {
  static const auto zone = [](const Call& call, Values& values) {
    values.push_back(call.cloud().settings().zone);
  };
  static const auto zone_id = [](const Call& call, Values& values) {
    values.push_back(zoneIdOf(call.cloud().settings()));
  };
  static const FilterTable<Call> table{
      {"availability-zone", zone},
      {"availabilityZone", zone},
      {"availability-zone-id", zone_id},
      {"availabilityZoneId", zone_id},
      {"cidr-block", cidr()},
      {"cidr", cidr()},
      {"cidrBlock", cidr()},
      {"default-for-az", settled("true")},
      {"defaultForAz", settled("true")},
      {"map-public-ip-on-launch", settled("true")},
      {"owner-id", owner()},
      {"state", settled("available")},
      {"subnet-id",
       [](const Call& call, Values& values) {
         values.push_back(subnetOf(call.cloud().settings(), call.account.id));
       }},
      {"tag-key", nothing},
      {"vpc-id", vpcId()},
  };
  return table;
}

void writeVpc(XmlWriter& xml, const Call& call) {
  const auto& settings = call.cloud().settings();
  const auto subnet = net::format(settings.plan.subnet);
  xml.text("vpcId", vpcOf(settings, call.account.id))
      .text("ownerId", call.owner())
      .text("state", "available")
      .text("cidrBlock", subnet);
  xml.open("cidrBlockAssociationSet").open("item").text("cidrBlock", subnet);
  xml.text("associationId", idOf("vpc-cidr-assoc", settings, call.account.id));
  xml.open("cidrBlockState").text("state", "associated").close().close().close();
  xml.text("dhcpOptionsId", "default").text("instanceTenancy", "default").flag("isDefault", true);
  xml.open("tagSet").close();
}

/// How many instances it still has room for.
std::uint64_t freeAddresses(const cloud::Cloud& cloud) {
  const auto& plan = cloud.settings().plan;
  const auto all = std::uint64_t{plan.networks()} * plan.hostsOfNetwork();
  return all - std::min<std::uint64_t>(all, cloud.instances().size());
}

void writeSubnet(XmlWriter& xml, const Call& call) {
  const auto& settings = call.cloud().settings();
  xml.text("subnetId", subnetOf(settings, call.account.id))
      .text("subnetArn", fmt::format("arn:aws:ec2:{}:{}:subnet/{}", settings.region, call.owner(),
                                     subnetOf(settings, call.account.id)))
      .text("state", "available")
      .text("ownerId", call.owner())
      .text("vpcId", vpcOf(settings, call.account.id))
      .text("cidrBlock", net::format(settings.plan.subnet));
  xml.open("ipv6CidrBlockAssociationSet").close();
  xml.number("availableIpAddressCount", freeAddresses(call.cloud()))
      .text("availabilityZone", settings.zone)
      .text("availabilityZoneId", zoneIdOf(settings))
      .flag("defaultForAz", true)
      .flag("mapPublicIpOnLaunch", true)
      .flag("assignIpv6AddressOnCreation", false);
  xml.open("tagSet").close();
}

}  // namespace

std::string vpcOf(const cloud::Settings& settings, const cloud::AccountId& account) {
  return idOf("vpc", settings, account);
}

std::string subnetOf(const cloud::Settings& settings, const cloud::AccountId& account) {
  return idOf("subnet", settings, account);
}

std::string zoneIdOf(const cloud::Settings& settings) {
  return settings.region + "-az1";
}

void checkVpc(const cloud::Settings& settings, const cloud::AccountId& account,
              const Parameters& parameters, std::string_view name) {
  checkNamed(parameters, name, vpcOf(settings, account), "vpc");
}

void checkSubnet(const cloud::Settings& settings, const cloud::AccountId& account,
                 const Parameters& parameters, std::string_view name) {
  checkNamed(parameters, name, subnetOf(settings, account), "subnet");
}

Result<Step> describeVpcs(const Call& call) {
  const auto own = vpcOf(call.cloud().settings(), call.account.id);
  const auto filters = Filters::read(call.parameters, vpcFilters(), true);
  (void)Page::read(call.parameters);  // there is one page
  checkList(call, "VpcId", own, "vpc");
  if (!call.parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  xml.open("vpcSet");
  if (!own.empty() && filters.hold(call, vpcFilters())) {
    xml.open("item");
    writeVpc(xml, call);
    xml.close();
  }
  return Step{xml.close().take()};
}

Result<Step> describeVpcAttribute(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& settings = call.cloud().settings();
  const auto& id = parameters.required("VpcId");
  checkVpc(settings, call.account.id, parameters, "VpcId");
  const auto& attribute = parameters.required("Attribute");
  // Instances have names by DHCP and in their metadata.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kValues{
      {{"enableDnsHostnames", "true"},
       {"enableDnsSupport", "true"},
       {"enableNetworkAddressUsageMetrics", "false"}}};
  const auto* const found =
      std::ranges::find(kValues, attribute, &std::pair<std::string_view, std::string_view>::first);
  if (found == kValues.end()) {
    if (!attribute.empty()) {
      parameters.wrong("Attribute", fmt::format("{} is not an attribute of a VPC; write "
                                                "enableDnsHostnames, enableDnsSupport or "
                                                "enableNetworkAddressUsageMetrics",
                                                quote(attribute)));
    }
    return Step{Elements()};
  }
  XmlWriter xml;
  xml.text("vpcId", id).open(attribute).text("value", found->second).close();
  return Step{xml.take()};
}

Result<Step> describeSubnets(const Call& call) {
  const auto own = subnetOf(call.cloud().settings(), call.account.id);
  const auto filters = Filters::read(call.parameters, subnetFilters(), true);
  (void)Page::read(call.parameters);  // there is one page
  checkList(call, "SubnetId", own, "subnet");
  if (!call.parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  xml.open("subnetSet");
  if (!own.empty() && filters.hold(call, subnetFilters())) {
    xml.open("item");
    writeSubnet(xml, call);
    xml.close();
  }
  return Step{xml.close().take()};
}

}  // namespace netctl::ec2
