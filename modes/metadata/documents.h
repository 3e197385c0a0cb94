#pragma once

#include "modes/metadata/items.h"
#include "modes/render/renderer.h"

#include <string>

namespace netctl::metadata {

/// All that the server must know of one instance.
struct Document {
  std::string instance;  ///< its id
  Items items;

  bool operator==(const Document&) const = default;
};

/// As JSON: `instance`; `items`, an object of texts; and `user_data` in base64, since it may be any
/// bytes. The server knows nothing of what the items mean, so that it also serves what a newer
/// netctld writes.
std::string format(const Document& document);

/// Adds a document for each instance, by its private address, and the server itself.
void addMetadata(render::Renderers& renderers);

}  // namespace netctl::metadata
