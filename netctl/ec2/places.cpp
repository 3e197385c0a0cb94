#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <algorithm>

/// Where things are: one zone in one region.
namespace netctl::ec2 {
namespace {

constexpr std::string_view kAvailable = "available";
constexpr std::string_view kZoneType = "availability-zone";
constexpr std::string_view kOptIn = "opt-in-not-required";
/// With it, an old client asks for the capacity of zones too; only the zone itself is known here.
constexpr std::string_view kWithCapacity = "verbose";

const FilterTable<cloud::Settings>& zoneFilters() {
  static const FilterTable<cloud::Settings> table{
      {"zone-name",
       [](const cloud::Settings& settings, Values& values) { values.push_back(settings.zone); }},
      {"state", [](const cloud::Settings&, Values& values) { values.emplace_back(kAvailable); }},
      {"region-name",
       [](const cloud::Settings& settings, Values& values) { values.push_back(settings.region); }},
      {"message", [](const cloud::Settings&, Values&) {}},
      {"zone-id", [](const cloud::Settings& settings,
                     Values& values) { values.push_back(zoneIdOf(settings)); }},
      {"zone-type", [](const cloud::Settings&, Values& values) { values.emplace_back(kZoneType); }},
      {"group-name",
       [](const cloud::Settings& settings, Values& values) { values.push_back(settings.region); }},
      {"opt-in-status",
       [](const cloud::Settings&, Values& values) { values.emplace_back(kOptIn); }},
      {"parent-zone-id", [](const cloud::Settings&, Values&) {}},
      {"parent-zone-name", [](const cloud::Settings&, Values&) {}},
  };
  return table;
}

const FilterTable<Call>& regionFilters() {
  static const FilterTable<Call> table{
      {"region-name",
       [](const Call& call, Values& values) { values.push_back(call.cloud().settings().region); }},
      {"opt-in-status", [](const Call&, Values& values) { values.emplace_back(kOptIn); }},
      {"endpoint", [](const Call& call, Values& values) { values.push_back(call.host); }},
  };
  return table;
}

/// `NAME.N` may only name existing places.
void checkNames(const Parameters& parameters, std::string_view name, std::string_view right) {
  for (const auto& text : parameters.list(name)) {
    if (text == right || text == kWithCapacity) continue;
    parameters.wrong(name,
                     fmt::format("Invalid value {} for {}; there is {}", quote(text), name, right));
  }
}

}  // namespace

Result<Step> describeAvailabilityZones(const Call& call) {
  const auto& settings = call.cloud().settings();
  const auto filters = Filters::read(call.parameters, zoneFilters());
  checkNames(call.parameters, "ZoneName", settings.zone);
  checkNames(call.parameters, "ZoneId", zoneIdOf(settings));
  if (!call.parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  xml.open("availabilityZoneInfo");
  if (filters.hold(settings, zoneFilters())) {
    xml.open("item")
        .text("zoneName", settings.zone)
        .text("zoneState", kAvailable)
        .text("regionName", settings.region)
        .text("zoneId", zoneIdOf(settings))
        .text("zoneType", kZoneType)
        .text("groupName", settings.region)
        .text("networkBorderGroup", settings.region)
        .text("optInStatus", kOptIn);
    xml.open("messageSet").close().close();
  }
  return Step{xml.close().take()};
}

Result<Step> describeRegions(const Call& call) {
  const auto& region = call.cloud().settings().region;
  const auto filters = Filters::read(call.parameters, regionFilters());
  checkNames(call.parameters, "RegionName", region);
  if (!call.parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  xml.open("regionInfo");
  if (filters.hold(call, regionFilters())) {
    xml.open("item")
        .text("regionName", region)
        .text("regionEndpoint", call.host)
        .text("optInStatus", kOptIn)
        .close();
  }
  return Step{xml.close().take()};
}

Result<Step> describeAccountAttributes(const Call& call) {
  const auto limit = [&](cloud::Limit which) {
    return std::to_string(cloud::limitOf(call.cloud(), call.account.id, which));
  };
  const auto vpc = vpcOf(call.cloud().settings(), call.account.id);
  const std::map<std::string, std::string> attributes{
      {"supported-platforms", vpc.empty() ? "EC2" : "VPC"},
      {"default-vpc", vpc.empty() ? "none" : vpc},
      {"max-elastic-ips", limit(cloud::Limit::Addresses)},
      {"vpc-max-elastic-ips", limit(cloud::Limit::Addresses)}};
  const auto wanted = call.parameters.list("AttributeName");
  XmlWriter xml;
  xml.open("accountAttributeSet");
  for (const auto& [name, value] : attributes) {
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
    xml.open("item").text("attributeName", name);
    xml.open("attributeValueSet").open("item").text("attributeValue", value).close().close();
    xml.close();
  }
  return Step{xml.close().take()};
}

}  // namespace netctl::ec2
