#pragma once

#include "base/result.h"
#include "modes/host/metadata_kinds.h"
#include "modes/metadata/documents.h"

#include <string>
#include <string_view>

/// The files of netctl-metadata, read strictly: what is not as netctld writes it is InvalidArgument
/// with what is wrong. Pure.
namespace netctl::metadata {

/// As `format` writes it.
Result<Document> parseDocument(std::string_view text);

std::string format(const host::MetadataServer& settings);
Result<host::MetadataServer> parseSettings(std::string_view text);

}  // namespace netctl::metadata
