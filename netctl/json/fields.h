#pragma once

#include "base/result.h"
#include "modes/cloud/faults.h"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The strict reader of JSON that comes from outside: what nobody has asked for is a fault.
namespace netctl::json {

enum class Type {
  String,
  Number,  ///< an integer within the field's limits
  Boolean,
  Object,
  Strings,    ///< a list of strings
  Numbers,    ///< a list of integers within the field's limits
  Objects,    ///< a list of objects
  StringMap,  ///< an object whose values are strings
};

/// The rule for one member of an object.
struct Field {
  std::string_view name;
  Type type = Type::String;
  bool required = true;
  bool nullable = false;  ///< null is right too, and reads as absent
  /// Limits of a number, both included.
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::string_view help = {};       ///< follows "it is missing"
  std::string_view type_name = {};  ///< of a list or object, in messages; empty: from the type
};

/// The members of a JSON object, checked against a table: unknown and missing names, types, limits
/// of numbers.
///
/// Each fault goes to `faults`, with the member's path. The getters give only what is right and
/// absent for all else, so that reading goes on after a fault and finds the others. They throw for
/// a name that the table does not have: then the reader and its table do not fit together.
class Fields {
 public:
  /// `object` must outlive this; `path` stands before the names in faults (`permissions[1].`), and
  /// `noun` is what messages call a member.
  Fields(const boost::json::object& object, std::span<const Field> table, std::string path,
         cloud::Faults& faults, std::string_view noun = "parameter");
  /// A value that is not an object is a fault, and has no members.
  Fields(const boost::json::value& value, std::span<const Field> table, std::string path,
         cloud::Faults& faults, std::string_view noun = "parameter");

  /// Present, not null, and of the right type.
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Present, even where it is wrong.
  [[nodiscard]] bool given(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  /// Null where the member is absent or wrong.
  [[nodiscard]] const boost::json::object* object(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> numbers(std::string_view name) const;
  [[nodiscard]] std::optional<std::map<std::string, std::string>> textMap(
      std::string_view name) const;
  /// The elements of a list of objects, with the path for the names in each; the other elements are
  /// faults and left out.
  [[nodiscard]] std::vector<std::pair<std::string, const boost::json::object*>> objects(
      std::string_view name) const;

  /// The member read by `parse`, whose error is a fault; absent without the member.
  template <class Parse>
  [[nodiscard]] auto parsed(std::string_view name, Parse parse) const {
    using Value = typename decltype(parse(std::string_view{}))::value_type;
    std::optional<Value> value;
    if (const auto given_text = text(name)) {
      if (auto result = parse(std::string_view{*given_text}); check(name, result)) value = *result;
    }
    return value;
  }

  /// The elements of a list of strings, each read by `parse`; those that it refuses are faults and
  /// left out.
  [[nodiscard]] std::optional<std::vector<std::string>> parsedList(
      std::string_view name, Result<std::string> (*parse)(std::string_view)) const;

  /// Makes the failed result's error a fault of that member. True where it succeeded.
  template <class T>
  bool check(std::string_view name, const Result<T>& result) const {
    return faults_.check(pathOf(name), result);
  }
  /// InvalidArgument with that reason.
  void fault(std::string_view name, std::string message,
             std::string reason = "InvalidParameterValue") const;
  [[nodiscard]] std::string pathOf(std::string_view name) const {
    return path_ + std::string(name);
  }
  [[nodiscard]] cloud::Faults& faults() const { return faults_; }

 private:
  /// Null where the member is absent, null or of the wrong type.
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;
  void read(std::span<const Field> table, std::string_view noun);
  void checkNames(std::span<const Field> table, std::string_view noun) const;
  [[nodiscard]] bool checkType(const Field& field, const boost::json::value& value) const;
  [[nodiscard]] bool checkList(const Field& field, const boost::json::value& value) const;
  [[nodiscard]] bool checkTextMap(const Field& field, const boost::json::value& value) const;
  [[nodiscard]] bool checkElement(const Field& field, const std::string& name,
                                  const boost::json::value& value) const;

  const boost::json::object* object_ = nullptr;
  std::string path_;
  cloud::Faults& faults_;
  std::vector<std::string_view> known_;  ///< names in the table
  /// The members that passed.
  std::vector<std::pair<std::string_view, const boost::json::value*>> right_;
};

/// A JSON value as people know it, cut where it is long: for messages.
std::string shown(const boost::json::value& value);

}  // namespace netctl::json
