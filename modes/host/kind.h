#pragma once

#include "modes/host/phase.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What the row of a kind of host object is written with. A row is a struct of static functions:
///
///   Made                 the types of its steps; of a step that kinds share, one row alone has it
///   objects(state)       where the objects stand in a state: a map by name, a set of names, or an
///                        optional where there is but one
///   names(scope)         which of them are in a scope: a set of names, or a bool
///   plan(steps, ...)     the steps that a change makes, each in its place; takes (name, Change)
///                        of a map, (Change) of the others
///   touched(step, names) adds the objects that a step is about
///   carryOut(step, objects)   what the step makes of a state
///   bearing(step)        what the step means for the others of its plan
///   describe(step, lines)
///
/// and, where it needs them:
///
///   needed(step, names)  adds the objects without which the step is held back, and says so
///   Within               the kind that holds this one: where its object changes, all of this kind
///                        begins anew
///   select, overlap, covers, isNamed   where `names` says more than which objects there are
///
/// Kinds whose steps are one transaction share a step, which Steps::edit gives to each of them.
/// README.md, beside this, says how a kind is added.
namespace netctl::host {

/// The types of a kind's steps.
template <class... Types>
struct StepTypes {};

template <class... Kinds>
struct Rows {};

namespace detail {
template <class... Steps>
struct ActionOf;
template <class... Steps>
struct ActionOf<StepTypes<Steps...>> {
  using Type = std::variant<Steps...>;
};
template <class... Some, class... More, class... Rest>
struct ActionOf<StepTypes<Some...>, StepTypes<More...>, Rest...>
    : ActionOf<StepTypes<Some..., More...>, Rest...> {};

template <class Table>
struct ActionOfRows;
template <class... Kinds>
struct ActionOfRows<Rows<Kinds...>> : ActionOf<typename Kinds::Made...> {};
}  // namespace detail

/// A variant of all steps of the rows.
template <class Table>
using ActionOf = typename detail::ActionOfRows<Table>::Type;

/// How it stands with one object; null where there is none.
template <class Value>
struct Change {
  const Value* there;   ///< observed
  const Value* wanted;  ///< desired
  /// What is there is not as we write it: `there` has what could be read, and equals nothing.
  bool foreign = false;
};

/// What becomes of one entry of a table: absent before is new, absent after goes.
template <class T>
struct EntryChange {
  std::optional<T> before;
  std::optional<T> after;
  bool operator==(const EntryChange&) const = default;
};
template <class T>
EntryChange<T> entryChange(const Change<T>& change) {
  EntryChange<T> entry;
  if (change.there != nullptr) entry.before = *change.there;
  if (change.wanted != nullptr) entry.after = *change.wanted;
  return entry;
}

/// Makes those changes.
template <class Name, class Value>
void carryOutAll(const std::map<Name, EntryChange<Value>>& changes, std::map<Name, Value>& into) {
  for (const auto& [name, change] : changes) {
    if (change.after) {
      into.insert_or_assign(name, *change.after);
    } else {
      into.erase(name);
    }
  }
}

/// What a step means for the others of its plan.
struct Bearing {
  enum class Gate {
    Neither,
    Opens,   ///< lets something in: held back after a Guards that failed
    Guards,  ///< decides who is let in
    /// But for an error Conflict, which says that all was written and something had to stay.
    GuardsUnlessConflict,
  };

  Gate gate = Gate::Neither;
  /// Steps that follow each other and name the same are handed to the host together, as a whole
  /// costs it less than each by itself. Empty: alone.
  std::string_view together = {};
};

/// One line of a plan, for people and programs.
struct StepDescription {
  std::string_view phase;
  std::string_view action;  ///< `add`, `remove` or `change`
  std::string object;  ///< `set nc_allow`, `chain filter NC_IN`, `address br0 10.0.0.1/27`, ...
  std::string detail;

  bool operator==(const StepDescription&) const = default;
};

/// The lines of one step.
class Lines {
 public:
  Lines(Phase phase, std::vector<StepDescription>& into) : phase_(format(phase)), into_(into) {}

  void add(std::string_view action, std::string object, std::string detail = "") {
    into_.push_back({phase_, action, std::move(object), std::move(detail)});
  }
  template <class T>
  void add(const EntryChange<T>& change, std::string object, std::string detail = "") {
    add(!change.before ? "add"
        : change.after ? "change"
                       : "remove",
        std::move(object), std::move(detail));
  }

 private:
  std::string_view phase_;
  std::vector<StepDescription>& into_;
};

}  // namespace netctl::host
