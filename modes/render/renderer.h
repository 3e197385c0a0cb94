#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"
#include "modes/render/former_cloud.h"

#include <functional>
#include <memory>
#include <vector>

/// How a cloud becomes the desired state of a host, one kind of host object after the other.
namespace netctl::render {

/// Renders one kind of host object. The two ways must not differ in what they say: most kinds get
/// both from by_object.h, the others from functions of their own that both ways call.
class Renderer {
 public:
  virtual ~Renderer() = default;

  /// Adds all objects of the kind.
  virtual void renderAll(const cloud::Cloud& cloud, host::HostState& state) const = 0;
  /// Adds the objects that the changes may have touched: to the scope, and to the desired state
  /// where they are to be now. The cost follows the changes.
  virtual void renderTouched(const FormerCloud& former, host::Rendering& rendering) const = 0;
};

/// As Renderer, for a kind of which each object is made from one object of the cloud.
template <class Source>
class ObjectRenderer {
 public:
  virtual ~ObjectRenderer() = default;

  /// Adds the object that is made from this source, if any.
  virtual void render(const cloud::Cloud& cloud, const Source& source,
                      host::HostState& state) const = 0;
  virtual void renderTouched(const FormerCloud& former, host::Rendering& rendering) const = 0;
};
template <class Source>
using ObjectRenderers = std::vector<std::unique_ptr<const ObjectRenderer<Source>>>;

/// All kinds of objects of a mode. Those that are made from instances are rendered in one walk over
/// the instances: to reach an instance costs more than to render it.
struct Renderers {
  ObjectRenderers<cloud::Instance> by_instance;
  ObjectRenderers<cloud::Group> by_group;
  ObjectRenderers<cloud::Address> by_address;
  std::vector<std::unique_ptr<const Renderer>> others;
};

/// All of the desired state; its scope is everything.
host::Rendering renderAll(const Renderers& renderers, const cloud::Cloud& cloud);
/// The part of the desired state that the changes may have touched; `cloud` is as after them.
host::Rendering renderTouched(const Renderers& renderers, const cloud::Cloud& cloud,
                              const cloud::Changes& changes);

/// Adds a renderer of what the settings alone decide, and no change of the cloud touches.
void addFixed(Renderers& renderers,
              std::function<void(const cloud::Settings&, host::HostState&)> put);

}  // namespace netctl::render
