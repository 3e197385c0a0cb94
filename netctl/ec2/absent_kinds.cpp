#include "base/text.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/answer/xml.h"

#include <fmt/format.h>

#include <string_view>

/// Kinds of things that clients ask for before and after what they came for, and of which this
/// cloud has none.
namespace netctl::ec2 {
namespace {

struct AbsentKind {
  std::string_view set;        ///< element of the answer
  std::string_view id;         ///< parameter that names one of them, as `NAME.N`
  std::string_view not_found;  ///< code for one that is named
};

constexpr AbsentKind kImages{"imagesSet", "ImageId", "InvalidAMIID.NotFound"};
constexpr AbsentKind kVolumes{"volumeSet", "VolumeId", "InvalidVolume.NotFound"};
constexpr AbsentKind kRouteTables{"routeTableSet", "RouteTableId", "InvalidRouteTableID.NotFound"};
constexpr AbsentKind kInternetGateways{"internetGatewaySet", "InternetGatewayId",
                                       "InvalidInternetGatewayID.NotFound"};
constexpr AbsentKind kAddressAttributes{"addressSet", "AllocationId",
                                        "InvalidAllocationID.NotFound"};

/// Whatever is asked for narrows an empty list.
void acceptFilters(const Parameters& parameters) {
  for (const auto& filter : parameters.structures("Filter")) {
    filter.required("Name");
    (void)filter.list("Value");
  }
  for (const auto* const name : {"MaxResults", "NextToken", "Attribute", "IncludeDeprecated"}) {
    (void)parameters.text(name);
  }
  for (const auto* const name : {"Owner", "ExecutableBy"}) (void)parameters.list(name);
}

Step none(const Call& call, const AbsentKind& kind) {
  acceptFilters(call.parameters);
  for (const auto& id : call.parameters.list(kind.id)) {
    call.parameters.wrong(kind.id, fmt::format("The ID '{}' does not exist", printable(id)),
                          std::string(kind.not_found));
  }
  return XmlWriter().open(kind.set).close().take();
}

}  // namespace

Result<Step> describeImages(const Call& call) {
  return none(call, kImages);
}

Result<Step> describeVolumes(const Call& call) {
  return none(call, kVolumes);
}

Result<Step> describeRouteTables(const Call& call) {
  return none(call, kRouteTables);
}

Result<Step> describeInternetGateways(const Call& call) {
  return none(call, kInternetGateways);
}

Result<Step> describeAddressesAttribute(const Call& call) {
  // Reverse names, which no address has: to ask for those of one that is there is right.
  acceptFilters(call.parameters);
  (void)call.parameters.list(kAddressAttributes.id);
  return Step{XmlWriter().open(kAddressAttributes.set).close().take()};
}

}  // namespace netctl::ec2
