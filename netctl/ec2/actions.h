#pragma once

#include "netctl/ec2/action.h"

/// The actions, by what they are about. Their parameters and answers are those of the EC2 Query
/// API; docs/ec2.md says what is different here.
namespace netctl::ec2 {

Result<Step> createSecurityGroup(const Call& call);
Result<Step> deleteSecurityGroup(const Call& call);
Result<Step> describeSecurityGroups(const Call& call);
Result<Step> describeSecurityGroupRules(const Call& call);
Result<Step> authorizeSecurityGroupIngress(const Call& call);
Result<Step> revokeSecurityGroupIngress(const Call& call);
Result<Step> modifySecurityGroupRules(const Call& call);
Result<Step> updateSecurityGroupRuleDescriptionsIngress(const Call& call);
Result<Step> updateSecurityGroupRuleDescriptionsEgress(const Call& call);
Result<Step> authorizeSecurityGroupEgress(const Call& call);
Result<Step> revokeSecurityGroupEgress(const Call& call);

Result<Step> importKeyPair(const Call& call);
Result<Step> createKeyPair(const Call& call);
Result<Step> deleteKeyPair(const Call& call);
Result<Step> describeKeyPairs(const Call& call);

Result<Step> createManagedPrefixList(const Call& call);
Result<Step> modifyManagedPrefixList(const Call& call);
Result<Step> deleteManagedPrefixList(const Call& call);
Result<Step> describeManagedPrefixLists(const Call& call);
Result<Step> getManagedPrefixListEntries(const Call& call);
Result<Step> getManagedPrefixListAssociations(const Call& call);
Result<Step> describePrefixLists(const Call& call);

Result<Step> allocateAddress(const Call& call);
Result<Step> releaseAddress(const Call& call);
Result<Step> associateAddress(const Call& call);
Result<Step> disassociateAddress(const Call& call);
Result<Step> describeAddresses(const Call& call);

Result<Step> runInstances(const Call& call);
Result<Step> terminateInstances(const Call& call);
/// Reboot-, Start- and StopInstances.
Result<Step> changePower(const Call& call);
Result<Step> modifyInstanceMetadataOptions(const Call& call);
Result<Step> modifyInstanceAttribute(const Call& call);
Result<Step> describeInstances(const Call& call);

/// Those of a running instance, by their ids.
Step changeGroups(const Call& call, const cloud::InstanceId& id, std::vector<std::string> groups,
                  std::string_view parameter);

Result<Step> describeInstanceStatus(const Call& call);
Result<Step> describeInstanceAttribute(const Call& call);
Result<Step> describeInstanceTypes(const Call& call);

Result<Step> describeNetworkInterfaces(const Call& call);
Result<Step> describeNetworkInterfaceAttribute(const Call& call);
Result<Step> modifyNetworkInterfaceAttribute(const Call& call);

/// Of these there are none.
Result<Step> describeImages(const Call& call);
Result<Step> describeVolumes(const Call& call);
Result<Step> describeRouteTables(const Call& call);
Result<Step> describeInternetGateways(const Call& call);
Result<Step> describeAddressesAttribute(const Call& call);

/// Of the Security Token Service, which clients ask who they are.
Result<Step> getCallerIdentity(const Call& call);

Result<Step> createTags(const Call& call);
Result<Step> deleteTags(const Call& call);
Result<Step> describeTags(const Call& call);

Result<Step> describeAvailabilityZones(const Call& call);
Result<Step> describeRegions(const Call& call);
Result<Step> describeAccountAttributes(const Call& call);

Result<Step> describeVpcs(const Call& call);
Result<Step> describeVpcAttribute(const Call& call);
Result<Step> describeSubnets(const Call& call);

}  // namespace netctl::ec2
