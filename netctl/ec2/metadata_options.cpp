#include "netctl/ec2/metadata_options.h"

#include "base/text.h"
#include "netctl/ec2/actions.h"

#include <fmt/format.h>

#include <optional>

namespace netctl::ec2 {
namespace {

/// True or false by one of two words; absent where the parameter is missing or wrong.
std::optional<bool> readWord(const Parameters& parameters, const std::string& name,
                             std::string_view yes, std::string_view no) {
  const auto& text = parameters.text(name);
  if (text.empty()) return {};
  if (text == yes || text == no) return text == yes;
  parameters.wrong(name, fmt::format("{} is not possible; write {} or {}", quote(text), yes, no));
  return {};
}

}  // namespace

cloud::MetadataChange readMetadataOptions(const Parameters& parameters, std::string_view prefix) {
  const auto named = [&](std::string_view name) { return std::string(prefix).append(name); };
  if (readWord(parameters, named("HttpProtocolIpv6"), "enabled", "disabled").value_or(false)) {
    parameters.wrong(named("HttpProtocolIpv6"), "The metadata have no IPv6 address",
                     "UnsupportedOperation");
  }
  cloud::MetadataChange change{
      .needs_token = readWord(parameters, named("HttpTokens"), "required", "optional"),
      .enabled = readWord(parameters, named("HttpEndpoint"), "enabled", "disabled"),
      .shows_tags = readWord(parameters, named("InstanceMetadataTags"), "enabled", "disabled")};
  if (const auto hops = parameters.number(named("HttpPutResponseHopLimit"), 1,
                                          cloud::MetadataOptions::kMostHops)) {
    change.token_hops = static_cast<std::uint32_t>(*hops);
  }
  return change;
}

std::string_view tokensOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.metadata_needs_token || instance.metadata.needs_token ? "required" : "optional";
}

std::string_view enabledOrNot(bool enabled) {
  return enabled ? "enabled" : "disabled";
}

void writeMetadataOptions(XmlWriter& xml, std::string_view name, const cloud::Settings& settings,
                          const cloud::Instance& instance) {
  if (!cloud::hasNetworks(settings.mode)) return;
  const auto& options = instance.metadata;
  xml.open(name)
      .text("state", "applied")
      .text("httpTokens", tokensOf(settings, instance))
      .number("httpPutResponseHopLimit", options.token_hops)
      .text("httpEndpoint", enabledOrNot(options.enabled))
      .text("httpProtocolIpv6", "disabled")
      .text("instanceMetadataTags", enabledOrNot(options.shows_tags))
      .close();
}

Result<Step> modifyInstanceMetadataOptions(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& text = parameters.required("InstanceId");
  const auto id = cloud::InstanceId::parse(text);
  if (!text.empty()) parameters.check("InstanceId", id);
  const auto change = readMetadataOptions(parameters, "");
  if (change == cloud::MetadataChange{} && parameters.faults().empty()) {
    parameters.missing("HttpTokens");
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  return Change{
      .command = cloud::ModifyInstance{.instance = *id, .owner = call.owner(), .metadata = change},
      .answer = [id = *id](const controller::View& view,
                           const cloud::Outcome&) -> Result<Elements> {
        XmlWriter xml;
        xml.text("instanceId", id.text());
        if (const auto instance = view.cloud.instance(id)) {
          writeMetadataOptions(xml, "instanceMetadataOptions", view.cloud.settings(), *instance);
        }
        return xml.take();
      }};
}

}  // namespace netctl::ec2
