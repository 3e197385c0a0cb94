#pragma once

#include "modes/cloud/commands.h"
#include "netctl/ec2/answer/xml.h"
#include "netctl/ec2/request/parameters.h"

#include <string_view>

/// How an instance may use the metadata service, as EC2 has it.
namespace netctl::ec2 {

/// `HttpTokens`, `HttpPutResponseHopLimit`, `HttpEndpoint`, `HttpProtocolIpv6` and
/// `InstanceMetadataTags`, below `prefix` (`MetadataOptions.`).
cloud::MetadataChange readMetadataOptions(const Parameters& parameters, std::string_view prefix);

/// What holds for the instance: `required` or `optional`.
std::string_view tokensOf(const cloud::Settings& settings, const cloud::Instance& instance);
std::string_view enabledOrNot(bool enabled);

/// The options' elements inside `<name>`; none in modes without metadata.
void writeMetadataOptions(XmlWriter& xml, std::string_view name, const cloud::Settings& settings,
                          const cloud::Instance& instance);

}  // namespace netctl::ec2
