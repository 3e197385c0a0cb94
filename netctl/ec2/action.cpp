#include "netctl/ec2/action.h"

#include "netctl/ec2/actions.h"
#include "netctl/ec2/xml.h"

#include <map>
#include <set>

namespace netctl::ec2 {

const Action* findAction(std::string_view name) {
  static const std::map<std::string_view, Action> kActions{
      {"CreateSecurityGroup", createSecurityGroup},
      {"DeleteSecurityGroup", deleteSecurityGroup},
      {"DescribeSecurityGroups", describeSecurityGroups},
      {"DescribeSecurityGroupRules", describeSecurityGroupRules},
      {"AuthorizeSecurityGroupIngress", authorizeSecurityGroupIngress},
      {"RevokeSecurityGroupIngress", revokeSecurityGroupIngress},
      {"AuthorizeSecurityGroupEgress", changeSecurityGroupEgress},
      {"RevokeSecurityGroupEgress", changeSecurityGroupEgress},
      {"AllocateAddress", allocateAddress},
      {"ReleaseAddress", releaseAddress},
      {"AssociateAddress", associateAddress},
      {"DisassociateAddress", disassociateAddress},
      {"DescribeAddresses", describeAddresses},
      {"RunInstances", runInstances},
      {"TerminateInstances", terminateInstances},
      {"ModifyInstanceAttribute", modifyInstanceAttribute},
      {"DescribeInstances", describeInstances},
      {"CreateTags", createTags},
      {"DeleteTags", deleteTags},
      {"DescribeTags", describeTags},
      {"DescribeAvailabilityZones", describeAvailabilityZones},
      {"DescribeRegions", describeRegions},
      {"DescribeAccountAttributes", describeAccountAttributes},
      {"DescribeVpcs", describeVpcs},
  };
  const auto at = kActions.find(name);
  return at == kActions.end() ? nullptr : &at->second;
}

bool needsNetworks(std::string_view name) {
  static const std::set<std::string_view> kActions{"CreateSecurityGroup",
                                                   "DeleteSecurityGroup",
                                                   "AuthorizeSecurityGroupIngress",
                                                   "RevokeSecurityGroupIngress",
                                                   "AuthorizeSecurityGroupEgress",
                                                   "RevokeSecurityGroupEgress",
                                                   "AllocateAddress",
                                                   "ReleaseAddress",
                                                   "AssociateAddress",
                                                   "DisassociateAddress"};
  return kActions.contains(name);
}

Elements returnTrue() {
  return XmlWriter().flag("return", true).take();
}

Change::Answer alwaysTrue() {
  return [](const controller::View&, const cloud::Outcome&) -> Result<Elements> {
    return returnTrue();
  };
}

Change::Answer trueIfChanged(Error unchanged) {
  return [unchanged = std::move(unchanged)](const controller::View&,
                                            const cloud::Outcome& outcome) -> Result<Elements> {
    if (!outcome.changed) return unchanged;
    return returnTrue();
  };
}

}  // namespace netctl::ec2
