#pragma once

#include "modes/render/renderer.h"

#include <memory>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

/// Kinds of host objects of which each is made from one object of the cloud: a port from an
/// instance, a chain from a group. Such a kind only says where its objects stand and what they are:
///
///     struct Kind {
///       using Source = cloud::Instance;  // or cloud::Group, cloud::Address
///       using Key = ...;
///       // Where the object made from this source stands; absent: none is made.
///       std::optional<Key> key(const auto& cloud, const Source& source) const;
///       // What stands there. Called where there is a key only.
///       Value value(const auto& cloud, const Source& source) const;
///       // The one source that may have this key, or null.
///       cloud::Ref<Source> find(const cloud::Cloud& cloud, const Key& key) const;
///       // Where values depend on more than their source: the keys that other changes touch.
///       void touchBesides(const FormerCloud& former, const auto& touch) const;
///
///       // To be rendered, its place in the scope and in the state.
///       void claim(const Key& key, host::Rendering& rendering) const;
///       void put(const Key& key, Value value, host::HostState& state) const;
///     };
///
/// `cloud` of key and value is a Cloud or a FormerCloud. A change touches a key where the object
/// that was made from the former source and the one made from the present source differ.
namespace netctl::render {

template <class Source>
const auto& changesOf(const cloud::Changes& changes) {
  if constexpr (std::is_same_v<Source, cloud::Instance>) {
    return changes.instances;
  } else if constexpr (std::is_same_v<Source, cloud::Group>) {
    return changes.groups;
  } else {
    static_assert(std::is_same_v<Source, cloud::Address>);
    return changes.addresses;
  }
}

/// What is made from a source, with its key; absent: nothing.
template <class Kind, class AnyCloud>
auto made(const Kind& kind, const AnyCloud& cloud, const typename Kind::Source& source) {
  auto key = kind.key(cloud, source);
  using Entry = std::pair<typename Kind::Key, decltype(kind.value(cloud, source))>;
  return key ? std::optional<Entry>(std::in_place, std::move(*key), kind.value(cloud, source))
             : std::nullopt;
}

/// What stands at a key; absent: nothing.
template <class Kind>
auto valueAt(const Kind& kind, const cloud::Cloud& cloud, const typename Kind::Key& key) {
  const auto source = kind.find(cloud, key);
  const bool stands = source && kind.key(cloud, *source) == key;
  return stands ? std::optional(kind.value(cloud, *source)) : std::nullopt;
}

template <class Kind>
std::set<typename Kind::Key> touchedKeys(const Kind& kind, const FormerCloud& former) {
  using Source = typename Kind::Source;
  std::set<typename Kind::Key> keys;
  for (const auto& [id, change] : changesOf<Source>(former.changes())) {
    using Made = decltype(made(kind, former, std::declval<const Source&>()));
    const auto was = change.before ? made(kind, former, *change.before) : Made{};
    const auto is = change.after ? made(kind, former.now(), *change.after) : Made{};
    if (was == is) continue;
    if (was) keys.insert(was->first);
    if (is) keys.insert(is->first);
  }
  const auto touch = [&](const typename Kind::Key& key) { keys.insert(key); };
  if constexpr (requires { kind.touchBesides(former, touch); }) kind.touchBesides(former, touch);
  return keys;
}

/// Both renderings of such a kind.
template <class Kind>
class ByObject : public ObjectRenderer<typename Kind::Source> {
 public:
  explicit ByObject(Kind kind) : kind_(std::move(kind)) {}

  void render(const cloud::Cloud& cloud, const typename Kind::Source& source,
              host::HostState& state) const override {
    if (auto entry = made(kind_, cloud, source)) {
      kind_.put(entry->first, std::move(entry->second), state);
    }
  }
  void renderTouched(const FormerCloud& former, host::Rendering& rendering) const override {
    for (const auto& key : touchedKeys(kind_, former)) {
      kind_.claim(key, rendering);
      if (auto value = valueAt(kind_, former.now(), key)) {
        kind_.put(key, std::move(*value), rendering.desired);
      }
    }
  }

 private:
  Kind kind_;
};

template <class Kind>
void addByObject(Renderers& renderers, Kind kind) {
  auto renderer = std::make_unique<ByObject<Kind>>(std::move(kind));
  if constexpr (std::is_same_v<typename Kind::Source, cloud::Instance>) {
    renderers.by_instance.push_back(std::move(renderer));
  } else if constexpr (std::is_same_v<typename Kind::Source, cloud::Group>) {
    renderers.by_group.push_back(std::move(renderer));
  } else {
    renderers.by_address.push_back(std::move(renderer));
  }
}

}  // namespace netctl::render
