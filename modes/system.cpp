#include "modes/system.h"

#include "modes/instance_guards.h"
#include "modes/instance_ports.h"

namespace netctl {

render::Renderers systemMode(const cloud::Settings& settings, const HostFacts& facts) {
  render::Renderers renderers;
  addInstancePorts(facts, renderers);
  addInstanceGuards(settings, facts, renderers);
  return renderers;
}

}  // namespace netctl
