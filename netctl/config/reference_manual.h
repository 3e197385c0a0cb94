#pragma once

#include <string>

namespace netctl::config {

/// docs/configuration.md, made from the table of keys: Markdown, the same at every call.
std::string referenceManual();

}  // namespace netctl::config
