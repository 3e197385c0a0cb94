#include "netctl/ec2/action.h"

#include "netctl/ec2/actions.h"
#include "netctl/ec2/answer/xml.h"

#include <map>

namespace netctl::ec2 {

const Action* findAction(std::string_view name) {
  constexpr bool kNeedsNetworks = true;
  static const std::map<std::string_view, Action> kActions{
      {"CreateSecurityGroup", {createSecurityGroup, kNeedsNetworks}},
      {"DeleteSecurityGroup", {deleteSecurityGroup, kNeedsNetworks}},
      {"DescribeSecurityGroups", {describeSecurityGroups}},
      {"DescribeSecurityGroupRules", {describeSecurityGroupRules}},
      {"AuthorizeSecurityGroupIngress", {authorizeSecurityGroupIngress, kNeedsNetworks}},
      {"RevokeSecurityGroupIngress", {revokeSecurityGroupIngress, kNeedsNetworks}},
      {"AuthorizeSecurityGroupEgress", {authorizeSecurityGroupEgress, kNeedsNetworks}},
      {"RevokeSecurityGroupEgress", {revokeSecurityGroupEgress, kNeedsNetworks}},
      {"ModifySecurityGroupRules", {modifySecurityGroupRules, kNeedsNetworks}},
      {"UpdateSecurityGroupRuleDescriptionsIngress",
       {updateSecurityGroupRuleDescriptionsIngress, kNeedsNetworks}},
      {"UpdateSecurityGroupRuleDescriptionsEgress",
       {updateSecurityGroupRuleDescriptionsEgress, kNeedsNetworks}},
      {"ImportKeyPair", {importKeyPair}},
      {"CreateKeyPair", {.run = createKeyPair, .needs_ssh_key = true}},
      {"DeleteKeyPair", {deleteKeyPair}},
      {"DescribeKeyPairs", {describeKeyPairs}},
      {"CreateManagedPrefixList", {createManagedPrefixList, kNeedsNetworks}},
      {"ModifyManagedPrefixList", {modifyManagedPrefixList, kNeedsNetworks}},
      {"DeleteManagedPrefixList", {deleteManagedPrefixList, kNeedsNetworks}},
      {"DescribeManagedPrefixLists", {describeManagedPrefixLists}},
      {"GetManagedPrefixListEntries", {getManagedPrefixListEntries}},
      {"GetManagedPrefixListAssociations", {getManagedPrefixListAssociations}},
      {"DescribePrefixLists", {describePrefixLists}},
      {"AllocateAddress", {allocateAddress, kNeedsNetworks}},
      {"ReleaseAddress", {releaseAddress, kNeedsNetworks}},
      {"AssociateAddress", {associateAddress, kNeedsNetworks}},
      {"DisassociateAddress", {disassociateAddress, kNeedsNetworks}},
      {"DescribeAddresses", {describeAddresses}},
      {"RunInstances", {runInstances}},
      {"TerminateInstances", {terminateInstances}},
      {"RebootInstances", {changePower}},
      {"StartInstances", {changePower}},
      {"StopInstances", {changePower}},
      {"ModifyInstanceAttribute", {modifyInstanceAttribute}},
      {"ModifyInstanceMetadataOptions", {modifyInstanceMetadataOptions}},
      {"DescribeInstances", {describeInstances}},
      {"DescribeInstanceStatus", {describeInstanceStatus}},
      {"DescribeInstanceAttribute", {describeInstanceAttribute}},
      {"DescribeInstanceTypes", {describeInstanceTypes}},
      {"DescribeNetworkInterfaces", {describeNetworkInterfaces}},
      {"DescribeNetworkInterfaceAttribute", {describeNetworkInterfaceAttribute}},
      {"ModifyNetworkInterfaceAttribute", {modifyNetworkInterfaceAttribute}},
      {"DescribeImages", {describeImages}},
      {"DescribeVolumes", {describeVolumes}},
      {"DescribeRouteTables", {describeRouteTables}},
      {"DescribeInternetGateways", {describeInternetGateways}},
      {"DescribeAddressesAttribute", {describeAddressesAttribute}},
      {"GetCallerIdentity", {.run = getCallerIdentity, .document = Document::SecurityToken}},
      {"CreateTags", {createTags}},
      {"DeleteTags", {deleteTags}},
      {"DescribeTags", {describeTags}},
      {"DescribeAvailabilityZones", {describeAvailabilityZones}},
      {"DescribeRegions", {describeRegions}},
      {"DescribeAccountAttributes", {describeAccountAttributes}},
      {"DescribeVpcs", {describeVpcs}},
      {"DescribeVpcAttribute", {describeVpcAttribute}},
      {"DescribeSubnets", {describeSubnets}},
  };
  const auto at = kActions.find(name);
  return at == kActions.end() ? nullptr : &at->second;
}

Result<Step> getCallerIdentity(const Call& call) {
  return Step{XmlWriter()
                  .text("Arn", "arn:aws:iam::" + call.owner() + ":root")
                  .text("UserId", call.owner())
                  .text("Account", call.owner())
                  .take()};
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
