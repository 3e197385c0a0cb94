#pragma once

#include "base/result.h"
#include "netctl/hook/machine.h"

#include <optional>
#include <string_view>

namespace netctl::hook {

/// The namespace of our element in a domain's <metadata>.
inline constexpr std::string_view kDomainNamespace = "urn:netctl:instance";

/// The machine of a libvirt domain, from the domain's XML (libvirt.org/formatdomain.html). Absent
/// for a domain without our metadata. An error names all that is wrong with a domain that has them.
///
///     <metadata>
///       <netctl:instance xmlns:netctl='urn:netctl:instance' owner='alice' ephemeral='yes'>
///         <netctl:group>web</netctl:group>
///       </netctl:instance>
///     </metadata>
Result<std::optional<Machine>> parseDomain(std::string_view xml);

}  // namespace netctl::hook
