#include "modes/host/segment_kinds.h"

#include <fmt/format.h>

namespace netctl::host {

void SegmentKind::describe(const AddSegment& step, Lines& lines) {
  lines.add("add", fmt::format("segment {}", step.tag.value),
            fmt::format("{} on {}", step.segment.bridge, step.segment.vlan_device));
}

void SegmentKind::describe(const RemoveSegment& step, Lines& lines) {
  lines.add("remove", fmt::format("segment {}", step.tag.value), step.segment.bridge);
}

void RedirectKind::describe(const AddRedirect& step, Lines& lines) {
  lines.add("add", "redirect " + step.device, "to bridge " + step.redirect.bridge);
}

void RedirectKind::describe(const RemoveRedirect& step, Lines& lines) {
  lines.add("remove", "redirect " + step.device);
}

}  // namespace netctl::host
