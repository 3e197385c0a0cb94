#pragma once

#include "base/result.h"
#include "modes/cloud/faults.h"
#include "netctl/api/parameter.h"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::api {

/// The members of a JSON object, checked against a table: unknown and missing names, types, limits
/// of numbers.
///
/// What is wrong goes to `faults`, with the member's path. The getters give only what is right and
/// absent for all else, so that reading goes on after a fault and finds the others. They throw for
/// a name that the table does not have: then the reader and its row do not fit together.
class Fields {
 public:
  /// `object` must outlive this; `path` stands before the names in faults (`permissions[1].`).
  Fields(const boost::json::object& object, const std::vector<Parameter>& table, std::string path,
         cloud::Faults& faults);

  /// Present, and of the right type.
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Present, even where it is wrong.
  [[nodiscard]] bool given(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> numbers(std::string_view name) const;
  [[nodiscard]] std::optional<std::map<std::string, std::string>> textMap(
      std::string_view name) const;
  /// The elements of a list of objects. Other elements are faults and left out.
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
  /// Null where the member is absent or of the wrong type.
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;
  void checkNames(const std::vector<Parameter>& table) const;
  [[nodiscard]] bool checkType(const Parameter& parameter, const boost::json::value& value) const;
  [[nodiscard]] bool checkElement(const Parameter& parameter, const std::string& name,
                                  const boost::json::value& value) const;

  const boost::json::object& object_;
  std::string path_;
  cloud::Faults& faults_;
  std::vector<std::string_view> known_;  ///< names in the table
  std::vector<std::string_view> right_;  ///< names of the members that passed
};

/// The text itself where `check` is content with it.
inline auto checked(Result<void> (*check)(std::string_view)) {
  return [check](std::string_view text) -> Result<std::string> {
    if (const auto right = check(text); !right) return right.error();
    return std::string(text);
  };
}

/// A JSON value as people know it, cut where it is long: for messages.
std::string shown(const boost::json::value& value);

/// `did you mean 'owner'?` where one of the names is a slip of the fingers away from the text, else
/// `otherwise`.
std::string didYouMean(std::string_view text, std::span<const std::string_view> names,
                       std::string otherwise);

}  // namespace netctl::api
