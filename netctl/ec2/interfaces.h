#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"

#include <optional>
#include <string>
#include <string_view>

/// An instance has one network interface. Its id follows from the instance's.
namespace netctl::ec2 {

/// `eni-` and the instance's digits.
std::string interfaceOf(const cloud::InstanceId& instance);
/// Its private address; empty where it is not known yet.
std::string privateAddressOf(const cloud::Instance& instance);
/// The name that DHCP and the metadata tell it, with the domain; where they tell none, its address.
std::string privateNameOf(const cloud::Settings& settings, const cloud::Instance& instance);
/// Absent where the text is not such an id.
std::optional<cloud::InstanceId> instanceOfInterface(std::string_view id);

}  // namespace netctl::ec2
