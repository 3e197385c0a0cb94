#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::node {

/// The first thing that is wrong with a message; what is read after it gives defaults.
class Verdict {
 public:
  void refuse(const std::string& path, std::string_view why);
  [[nodiscard]] bool refused() const { return error_.has_value(); }
  /// Precondition: refused.
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

/// A JSON object that has just these members, no more and no less.
class Members {
 public:
  /// `value` outlives this. Anything but such an object is refused.
  Members(const boost::json::value& value, std::string path,
          std::initializer_list<std::string_view> names, Verdict& verdict);

  /// Null where the object was refused.
  [[nodiscard]] const boost::json::value& at(std::string_view name) const;
  [[nodiscard]] std::string pathOf(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t least,
                                     std::uint64_t most) const;
  /// Empty where it is no object.
  [[nodiscard]] const boost::json::object& object(std::string_view name) const;

  /// The member's text as `parse` reads it, into `value`; left alone where that refuses it.
  template <class Value, class Parse>
  void read(std::string_view name, Value& value, Parse parse) const {
    const auto read_text = text(name);
    if (verdict_.refused()) return;
    if (auto parsed = parse(std::string_view(read_text))) {
      value = *std::move(parsed);
    } else {
      verdict_.refuse(pathOf(name), "has a wrong value");
    }
  }
  [[nodiscard]] Verdict& verdict() const { return verdict_; }

 private:
  const boost::json::object* object_ = nullptr;
  std::string path_;
  Verdict& verdict_;
};

}  // namespace netctl::node
