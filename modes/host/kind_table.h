#pragma once

#include "base/result.h"
#include "modes/host/kind.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// What is done with all kinds of host objects alike: each function goes through the rows of a
/// table. The functions for the host's own table (kinds.h) are compiled once, in host_state.cpp,
/// plan.cpp, describe.cpp and execution.cpp.
namespace netctl::host {

/// A State has objects of each kind, and `foreign`, a Scope. A Step has a phase and an action, the
/// variant of all steps of the rows.
template <class StateType, class ScopeType, class StepType, class Table>
struct KindTable;
template <class StateType, class ScopeType, class StepType, class... Kinds>
struct KindTable<StateType, ScopeType, StepType, Rows<Kinds...>> {
  using State = StateType;
  using Scope = ScopeType;
  using Step = StepType;

  /// Calls it with each row.
  static void forEach(auto&& call) { (call(Kinds{}), ...); }
  /// True where it is true for one of the rows; asks no others then.
  static bool anyOf(auto&& call) { return (call(Kinds{}) || ...); }

  template <class Action>
  static constexpr bool kDescribed = (requires(const Action& action, Lines& lines) {
    Kinds::describe(action, lines);
  } || ...);
  template <class Action>
  static constexpr bool kBears = (requires(const Action& action) { Kinds::bearing(action); } ||
                                  ...);
  template <class Action>
  static constexpr bool kCarriesOut = (requires(const Action& action, State& state) {
    Kinds::carryOut(action, Kinds::objects(state));
  } || ...);
  template <class Action>
  static constexpr bool kTouches = (requires(const Action& action, Scope& scope) {
    Kinds::touched(action, Kinds::names(scope));
  } || ...);
};

/// The steps of a plan as they come, each in its place.
template <class Step>
class Steps {
 public:
  template <class Action>
  void add(Place place, Action action) {
    by_place_[place].push_back(Step{place.phase, std::move(action)});
  }
  /// The one step of that place, in which several objects and kinds change; `fresh` at first.
  template <class Edit>
  Edit& edit(Place place, Edit fresh = {}) {
    auto& steps = by_place_[place];
    if (steps.empty()) steps.push_back(Step{place.phase, std::move(fresh)});
    return std::get<Edit>(steps.front().action);
  }

  std::vector<Step> inOrder() && {
    std::size_t size = 0;
    for (const auto& [place, steps] : by_place_) size += steps.size();
    std::vector<Step> all;
    all.reserve(size);
    for (auto& [place, steps] : by_place_) {
      std::move(steps.begin(), steps.end(), std::back_inserter(all));
    }
    return all;
  }

 private:
  std::map<Place, std::vector<Step>> by_place_;
};

// ---- names: which objects of a kind a scope means ----

inline void mergeNames(bool& into, bool more) {
  into = into || more;
}
template <class Name>
void mergeNames(std::set<Name>& into, const std::set<Name>& more) {
  into.insert(more.begin(), more.end());
}
template <class Name, class Part>
void mergeNames(std::map<Name, std::set<Part>>& into, const std::map<Name, std::set<Part>>& more) {
  for (const auto& [name, parts] : more) into[name].insert(parts.begin(), parts.end());
}
template <class... Into, class... More>
void mergeNames(std::tuple<Into&...> into, std::tuple<const More&...> more) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (mergeNames(std::get<I>(into), std::get<I>(more)), ...);
  }
  (std::index_sequence_for<Into...>());
}

inline bool namesOverlap(bool some, bool others) {
  return some && others;
}
template <class Name>
bool namesOverlap(const std::set<Name>& some, const std::set<Name>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](const Name& name) { return others.contains(name); });
}

inline bool namesCover(bool all, bool part) {
  return all || !part;
}
template <class Name>
bool namesCover(const std::set<Name>& all, const std::set<Name>& part) {
  return std::all_of(part.begin(), part.end(),
                     [&](const Name& name) { return all.contains(name); });
}

/// The names of whole objects.
inline bool ofObjects(bool named) {
  return named;
}
template <class Name>
const std::set<Name>& ofObjects(const std::set<Name>& names) {
  return names;
}
template <class Name>
std::set<Name>& ofObjects(std::set<Name>& names) {
  return names;
}
template <class First, class... Rest>
First& ofObjects(std::tuple<First&, Rest&...> names) {
  return std::get<0>(names);
}

inline void dropNames(bool& from, bool named) {
  from = from && !named;
}
template <class Name>
void dropNames(std::set<Name>& from, const std::set<Name>& names) {
  for (const auto& name : names) from.erase(name);
}
template <class... From, class... Names>
void dropNames(std::tuple<From&...> from, std::tuple<const Names&...> names) {
  dropNames(std::get<0>(from), std::get<0>(names));
}

// ---- objects ----

template <class Value>
std::optional<Value> selectNamed(const std::optional<Value>& object, bool named) {
  return named ? object : std::nullopt;
}
template <class Objects, class Name>
Objects selectNamed(const Objects& objects, const std::set<Name>& names) {
  Objects result;
  for (const auto& name : names) {
    if (const auto found = objects.find(name); found != objects.end()) result.insert(*found);
  }
  return result;
}

template <class Value, class Take>
void forEachChange(const std::optional<Value>& there, const std::optional<Value>& wanted,
                   bool foreign, const Take& take) {
  if (!foreign && there == wanted) return;
  take(Change<Value>{there ? &*there : nullptr, wanted ? &*wanted : nullptr, foreign});
}
/// Both are walked at once, as they are ordered alike.
template <class Name, class Value, class Take>
void forEachChange(const std::map<Name, Value>& there, const std::map<Name, Value>& wanted,
                   const std::set<Name>& foreign, const Take& take) {
  auto has = there.begin();
  auto wants = wanted.begin();
  while (has != there.end() || wants != wanted.end()) {
    if (wants == wanted.end() || (has != there.end() && has->first < wants->first)) {
      take(has->first, Change<Value>{&has->second, nullptr, foreign.contains(has->first)});
      ++has;
    } else if (has == there.end() || wants->first < has->first) {
      take(wants->first, Change<Value>{nullptr, &wants->second});
      ++wants;
    } else {
      const bool is_foreign = !foreign.empty() && foreign.contains(has->first);
      if (is_foreign || !(has->second == wants->second)) {
        take(has->first, Change<Value>{&has->second, &wants->second, is_foreign});
      }
      ++has;
      ++wants;
    }
  }
}
template <class Name, class Take>
void forEachChange(const std::set<Name>& there, const std::set<Name>& wanted,
                   const std::set<Name>& /*foreign*/, const Take& take) {
  for (const auto& name : there) {
    if (!wanted.contains(name)) take(Change<Name>{&name, nullptr});
  }
  for (const auto& name : wanted) {
    if (!there.contains(name)) take(Change<Name>{nullptr, &name});
  }
}
template <class Row, class State, class Take>
void forEachChangeOf(Row row, const State& desired, const State& observed, const Take& take) {
  forEachChange(row.objects(observed), row.objects(desired),
                ofObjects(row.names(std::as_const(observed.foreign))), take);
}

// ---- scopes ----

template <class Kinds>
void merge(typename Kinds::Scope& into, const typename Kinds::Scope& more) {
  into.everything = into.everything || more.everything;
  Kinds::forEach([&](auto row) { mergeNames(row.names(into), row.names(more)); });
}

template <class Kinds>
bool overlap(const typename Kinds::Scope& some, const typename Kinds::Scope& others) {
  return Kinds::anyOf([&](auto row) {
    if constexpr (requires { row.overlap(row.names(some), row.names(others)); }) {
      return row.overlap(row.names(some), row.names(others));
    } else {
      return namesOverlap(row.names(some), row.names(others));
    }
  });
}

template <class Kinds>
bool covers(const typename Kinds::Scope& all, const typename Kinds::Scope& part) {
  if (all.everything) return true;
  return !part.everything && !Kinds::anyOf([&](auto row) {
    if constexpr (requires { row.covers(row.names(all), row.names(part)); }) {
      return !row.covers(row.names(all), row.names(part));
    } else {
      return !namesCover(row.names(all), row.names(part));
    }
  });
}

/// Adds what a step touches.
template <class Kinds>
void addTouched(const typename Kinds::Step& step, typename Kinds::Scope& scope) {
  std::visit(
      [&]<class Action>(const Action& action) {
        static_assert(Kinds::template kTouches<Action>, "a row must say what this step touches");
        Kinds::forEach([&](auto row) {
          if constexpr (requires { row.touched(action, row.names(scope)); }) {
            row.touched(action, row.names(scope));
          }
        });
      },
      step.action);
}

// ---- states ----

/// Adds those of the foreign that are named.
template <class Row, class Scope>
void addForeign(Row row, const Scope& foreign, const Scope& scope, Scope& into) {
  if constexpr (std::is_same_v<decltype(row.names(into)), bool&>) {
    row.names(into) = row.names(foreign) && row.names(scope);
  } else {
    for (const auto& name : ofObjects(row.names(foreign))) {
      bool named = false;
      if constexpr (requires { row.isNamed(row.names(scope), name); }) {
        named = row.isNamed(row.names(scope), name);
      } else {
        named = row.names(scope).contains(name);
      }
      if (named) ofObjects(row.names(into)).insert(name);
    }
  }
}

template <class Kinds>
typename Kinds::State restrict(const typename Kinds::State& state,
                               const typename Kinds::Scope& scope) {
  if (scope.everything) return state;
  typename Kinds::State part;
  Kinds::forEach([&](auto row) {
    if constexpr (requires { row.select(row.objects(state), row.names(scope)); }) {
      row.objects(part) = row.select(row.objects(state), row.names(scope));
    } else {
      row.objects(part) = selectNamed(row.objects(state), row.names(scope));
    }
    addForeign(row, state.foreign, scope, part.foreign);
  });
  return part;
}

/// The steps that lead from observed to desired, in their order.
template <class Kinds>
std::vector<typename Kinds::Step> diff(const typename Kinds::State& desired,
                                       const typename Kinds::State& observed) {
  Steps<typename Kinds::Step> steps;
  const typename Kinds::State nothing;
  Kinds::forEach([&](auto row) {
    const auto plan = [&](const auto&... change) { row.plan(steps, change...); };
    bool begins_anew = false;
    if constexpr (requires { typename decltype(row)::Within; }) {
      forEachChangeOf(typename decltype(row)::Within{}, desired, observed,
                      [&](const auto&...) { begins_anew = true; });
    }
    forEachChangeOf(row, desired, begins_anew ? nothing : observed, plan);
  });
  return std::move(steps).inOrder();
}

// ---- steps ----

/// What a step makes of a state, where nothing refuses it.
template <class Kinds>
void carryOut(const typename Kinds::Step& step, typename Kinds::State& state) {
  std::visit(
      [&]<class Action>(const Action& action) {
        static_assert(Kinds::template kCarriesOut<Action>, "a row must say what this step makes");
        Kinds::forEach([&](auto row) {
          if constexpr (requires { row.carryOut(action, row.objects(state)); }) {
            row.carryOut(action, row.objects(state));
          }
        });
      },
      step.action);
  // What was written is as we write it.
  typename Kinds::Scope written;
  addTouched<Kinds>(step, written);
  Kinds::forEach([&](auto row) {
    dropNames(row.names(state.foreign), row.names(std::as_const(written)));
    if constexpr (requires { typename decltype(row)::Within; }) {
      if (decltype(row)::Within::names(written)) row.names(state.foreign).clear();
    }
  });
}

template <class Kinds>
void describe(const typename Kinds::Step& step, std::vector<StepDescription>& into) {
  Lines lines(step.phase, into);
  std::visit(
      [&]<class Action>(const Action& action) {
        static_assert(Kinds::template kDescribed<Action>, "a row must describe this step");
        Kinds::forEach([&](auto row) {
          if constexpr (requires { row.describe(action, lines); }) row.describe(action, lines);
        });
      },
      step.action);
}

template <class Kinds>
Bearing bearingOf(const typename Kinds::Step& step) {
  return std::visit(
      []<class Action>(const Action& action) {
        static_assert(Kinds::template kBears<Action>, "a row must say what this step means");
        Bearing bearing;
        Kinds::forEach([&](auto row) {
          if constexpr (requires { row.bearing(action); }) bearing = row.bearing(action);
        });
        return bearing;
      },
      step.action);
}

/// Adds the objects without which a step is held back, and says why it is then; empty: none.
template <class Kinds>
std::string_view addNeeded(const typename Kinds::Step& step, typename Kinds::Scope& scope) {
  return std::visit(
      [&](const auto& action) {
        std::string_view why;
        Kinds::forEach([&](auto row) {
          if constexpr (requires { row.needed(action, row.names(scope)); }) {
            why = row.needed(action, row.names(scope));
          }
        });
        return why;
      },
      step.action);
}

/// A step that failed, by its place in the plan.
struct Failure {
  std::size_t step;
  Error error;
};

/// Carries out the steps in their order: those that go together by one call of `run`, which takes a
/// std::span<const Step> and gives a std::vector of one Result<void> for each. What fails keeps
/// from being done what would open something without it, and what needs it; all the rest is done.
template <class Kinds, class Run>
std::vector<Failure> execute(const std::vector<typename Kinds::Step>& steps, const Run& run) {
  using Gate = Bearing::Gate;
  std::vector<Failure> failures;
  bool unguarded = false;
  typename Kinds::Scope lost;
  const auto why_held_back = [&](const auto& step, Gate gate) -> std::string_view {
    if (unguarded && gate == Gate::Opens) {
      return "held back, because sets or rules of the same plan could not be written";
    }
    if (failures.empty()) return {};
    typename Kinds::Scope needed;
    const auto why = addNeeded<Kinds>(step, needed);
    return overlap<Kinds>(lost, needed) ? why : std::string_view();
  };
  for (std::size_t at = 0; at < steps.size();) {
    const auto bearing = bearingOf<Kinds>(steps[at]);
    std::size_t count = 1;
    while (!bearing.together.empty() && at + count < steps.size() &&
           bearingOf<Kinds>(steps[at + count]).together == bearing.together) {
      ++count;
    }
    const std::span<const typename Kinds::Step> together(&steps[at], count);
    const auto why = why_held_back(steps[at], bearing.gate);
    const auto results = why.empty() ? run(together)
                                     : std::vector<Result<void>>(
                                           count, Error{ErrorCode::Kernel, "", std::string(why)});
    for (std::size_t i = 0; i < count; ++i) {
      if (results[i]) continue;
      const auto& error = results[i].error();
      unguarded = unguarded || bearing.gate == Gate::Guards ||
                  (bearing.gate == Gate::GuardsUnlessConflict && error.code != ErrorCode::Conflict);
      addTouched<Kinds>(steps[at + i], lost);
      failures.push_back({at + i, error});
    }
    at += count;
  }
  return failures;
}

}  // namespace netctl::host
