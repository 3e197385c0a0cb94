#include "modes/system.h"

#include "modes/instance_guards.h"
#include "modes/instance_ports.h"

namespace netctl {

render::Renderers systemMode(const cloud::Settings& settings) {
  render::Renderers renderers;
  addInstancePorts(renderers);
  addInstanceGuards(settings, renderers);
  return renderers;
}

}  // namespace netctl
