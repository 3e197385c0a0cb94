#include "modes/system.h"

#include "modes/node_host.h"
#include "modes/port_guards.h"

namespace netctl {

host::Rendering System::render(const cloud::Cloud& cloud) const {
  auto rendering = host::everything();
  addPorts(cloud, rendering.desired);
  addGuards(cloud, rendering.desired);
  return rendering;
}

host::Rendering System::render(const cloud::Cloud& cloud, const cloud::Changes& changes) const {
  host::Rendering rendering;
  addTouchedPorts(cloud, changes, rendering);
  addTouchedGuards(cloud, changes, rendering);
  return rendering;
}

}  // namespace netctl
