#pragma once

#include "modes/metadata/items.h"
#include "modes/render/renderer.h"

#include <string>

namespace netctl::metadata {

/// All that the server must know of one instance.
struct Document {
  std::string instance;  ///< its id
  Items items;
  cloud::MetadataOptions options = {};

  bool operator==(const Document&) const = default;
};

/// As JSON: `instance`; `items`, an object of texts; and `user_data` in base64, since it may be any
/// bytes. The server knows nothing of what the items mean, so that it also serves what a newer
/// netctld writes. `options` is there only where some are not the usual ones: a server from before
/// there were any refuses such a document.
std::string format(const Document& document);

/// Adds a document for each instance, by its private address, and the server itself.
void addMetadata(render::Renderers& renderers);

}  // namespace netctl::metadata
