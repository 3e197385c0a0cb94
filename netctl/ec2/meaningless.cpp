#include "netctl/ec2/meaningless.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <string>

namespace netctl::ec2 {
namespace {

/// Of machines and disks, which whoever runs the hypervisor decides about. One that ends with a
/// point stands for all that begin so; N is any number.
constexpr std::array<std::string_view, 22> kOfMachines{
    "AdditionalInfo",
    "BlockDeviceMapping.",
    "CapacityReservationSpecification.",
    "CpuOptions.",
    "CreditSpecification.",
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "EnclaveOptions.",
    "HibernationOptions.",
    "InstanceInitiatedShutdownBehavior",
    "KernelId",
    "LicenseSpecification.",
    "MaintenanceOptions.",
    "Monitoring.Enabled",
    "NetworkInterface.N.DeleteOnTermination",
    "NetworkInterface.N.Description",
    "NetworkInterface.N.InterfaceType",
    "NetworkInterface.N.NetworkCardIndex",
    "Placement.Tenancy",
    "PrivateDnsNameOptions.",
    "RamdiskId",
};

/// There is one zone and one region, and all of them are told anyway.
constexpr std::array<std::string_view, 2> kOfPlaces{"AllAvailabilityZones", "AllRegions"};

/// `A.1.B` as `A.N.B`.
std::string withoutNumbers(std::string_view parameter) {
  std::string result;
  for (const auto part : std::views::split(parameter, '.')) {
    const std::string_view text(part.begin(), part.end());
    const bool is_number =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!result.empty()) result += '.';
    result += is_number ? "N" : text;
  }
  return result;
}

template <class Names>
bool isAmong(const Names& names, std::string_view parameter) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    return name.ends_with('.') ? parameter.starts_with(name) : parameter == name;
  });
}

}  // namespace

bool hasNoMeaning(std::string_view action, std::string_view parameter) {
  if (action == "RunInstances") return isAmong(kOfMachines, withoutNumbers(parameter));
  return isAmong(kOfPlaces, parameter);
}

}  // namespace netctl::ec2
