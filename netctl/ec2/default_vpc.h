#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"
#include "netctl/ec2/request/parameters.h"

#include <string>

/// What EC2's clients want to see of a network: each account has one VPC, which is its default,
/// with one subnet for the cloud's zone. Both stand for VNET_SUBNET, and so do those of the other
/// accounts. Their ids follow from the account's. Where a mode has no networks, there is none.
namespace netctl::ec2 {

/// Empty where there is none.
std::string vpcOf(const cloud::Settings& settings, const cloud::AccountId& account);
std::string subnetOf(const cloud::Settings& settings, const cloud::AccountId& account);

/// InvalidVpcID.NotFound or InvalidSubnetID.NotFound where the parameter is there and names another
/// than the account's own.
void checkVpc(const cloud::Settings& settings, const cloud::AccountId& account,
              const Parameters& parameters, std::string_view name);
void checkSubnet(const cloud::Settings& settings, const cloud::AccountId& account,
                 const Parameters& parameters, std::string_view name);

/// The zone's own id, `<region>-az1`: names may differ from account to account in EC2, ids do not.
std::string zoneIdOf(const cloud::Settings& settings);

}  // namespace netctl::ec2
