#include "netctl/ec2/interfaces.h"

namespace netctl::ec2 {
namespace {

constexpr std::string_view kInterface = "eni-";
constexpr std::string_view kInstance = "i-";

}  // namespace

std::string interfaceOf(const cloud::InstanceId& instance) {
  return std::string(kInterface) + instance.canonical().substr(kInstance.size());
}

std::string privateAddressOf(const cloud::Instance& instance) {
  return instance.private_address ? net::format(*instance.private_address) : std::string();
}

std::string privateNameOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  if (!instance.private_address || settings.mode == cloud::NetworkMode::System) {
    return privateAddressOf(instance);
  }
  const auto name = cloud::hostName(instance);
  return settings.domain_name.empty() ? name : name + "." + settings.domain_name;
}

std::optional<cloud::InstanceId> instanceOfInterface(std::string_view id) {
  if (!id.starts_with(kInterface)) return {};
  auto instance =
      cloud::InstanceId::parse(std::string(kInstance) + std::string(id.substr(kInterface.size())));
  if (!instance) return {};
  return *std::move(instance);
}

}  // namespace netctl::ec2
