#include "modes/host/metadata_kinds.h"

namespace netctl::host {

void MetadataDocumentKind::describe(const SetMetadataDocument& step, Lines& lines) {
  auto object = "metadata of " + net::format(step.address);
  // Its text is the instance's own: it may hold secrets.
  if (step.text) {
    lines.add("change", std::move(object), std::to_string(step.text->size()) + " bytes");
  } else {
    lines.add("remove", std::move(object));
  }
}

void MetadataServerKind::describe(const SetMetadataServer& step, Lines& lines) {
  if (step.server) {
    lines.add("change", "metadata server",
              step.server->needs_token ? "tokens required" : "tokens optional");
  } else {
    lines.add("remove", "metadata server");
  }
}

}  // namespace netctl::host
