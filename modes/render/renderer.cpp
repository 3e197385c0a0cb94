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
    const auto repeated = std::ranges::unique(members);
    members.erase(repeated.begin(), repeated.end());
  }
}

}  // namespace

host::Rendering renderAll(const Renderers& renderers, const cloud::Cloud& cloud) {
  auto rendering = host::everything();
  for (const auto& renderer : renderers) renderer->renderAll(cloud, rendering.desired);
  sortMembers(rendering.desired);
  return rendering;
}

host::Rendering renderTouched(const Renderers& renderers, const cloud::Cloud& cloud,
                              const cloud::Changes& changes) {
  host::Rendering rendering;
  const FormerCloud former(cloud, changes);
  for (const auto& renderer : renderers) renderer->renderTouched(former, rendering);
  sortMembers(rendering.desired);
  return rendering;
}

void addFixed(Renderers& renderers, Fixed::Put put) {
  renderers.push_back(std::make_unique<Fixed>(std::move(put)));
}

}  // namespace netctl::render
