#pragma once

#include <string_view>

namespace netctl::ec2 {

/// Whether the action takes a parameter of this name and does nothing about it. Only such are among
/// them of which the cloud's network does not depend and nobody can be misled by; docs/ec2.md
/// lists them. Every other parameter that an action does not know is refused.
bool hasNoMeaning(std::string_view action, std::string_view parameter);

}  // namespace netctl::ec2
