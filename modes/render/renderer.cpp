#include "modes/render/renderer.h"

#include <algorithm>
#include <utility>

namespace netctl::render {
namespace {

class Fixed : public Renderer {
 public:
  using Put = std::function<void(const cloud::Settings&, host::HostState&)>;

  explicit Fixed(Put put) : put_(std::move(put)) {}

  void renderAll(const cloud::Cloud& cloud, host::HostState& state) const override {
    put_(cloud.settings(), state);
  }
  void renderTouched(const FormerCloud& /*former*/, host::Rendering& /*rendering*/) const override {
  }

 private:
  Put put_;
};

/// Several renderers add members to one set, in an order of their own.
void sortMembers(host::HostState& state) {
  for (auto& [name, set] : state.sets) {
    auto& members = set.members;
    std::ranges::sort(members);
    members.erase(std::unique(members.begin(), members.end()), members.end());
  }
}

}  // namespace

host::Rendering renderAll(const Renderers& renderers, const cloud::Cloud& cloud) {
  auto rendering = host::everything();
  const auto render = [&](const auto& sources, const auto& kinds) {
    for (const auto& [id, source] : sources) {
      for (const auto& kind : kinds) kind->render(cloud, *source, rendering.desired);
    }
  };
  render(cloud.instances(), renderers.by_instance);
  render(cloud.groups(), renderers.by_group);
  render(cloud.addresses(), renderers.by_address);
  for (const auto& renderer : renderers.others) renderer->renderAll(cloud, rendering.desired);
  sortMembers(rendering.desired);
  return rendering;
}

host::Rendering renderTouched(const Renderers& renderers, const cloud::Cloud& cloud,
                              const cloud::Changes& changes) {
  host::Rendering rendering;
  const FormerCloud former(cloud, changes);
  const auto render = [&](const auto& kinds) {
    for (const auto& kind : kinds) kind->renderTouched(former, rendering);
  };
  render(renderers.by_instance);
  render(renderers.by_group);
  render(renderers.by_address);
  render(renderers.others);
  sortMembers(rendering.desired);
  return rendering;
}

void addFixed(Renderers& renderers, Fixed::Put put) {
  renderers.others.push_back(std::make_unique<Fixed>(std::move(put)));
}

}  // namespace netctl::render
