#pragma once

#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace netctl {

/// What kind of thing went wrong. One table maps it to JSON-RPC, EC2 and exit codes.
enum class ErrorCode {
  InvalidArgument,   ///< the request is wrong; the same request will always be refused
  NotFound,          ///< a named object does not exist, or belongs to somebody else
  Conflict,          ///< the request is well formed, but the cloud's state does not allow it
  Unsupported,       ///< this mode, role or version cannot do it
  PermissionDenied,  ///< the caller may not do it
  Busy,              ///< somebody else holds what is needed; try again
  Kernel,            ///< a system call was refused; the message has the errno's text
  Timeout,           ///< no answer in time; try again
  Verification,      ///< the second look found something left to do; try again
  Internal,          ///< a broken promise of our own
};

/// One wrong parameter, configuration key or field: where it stands and what would be right.
struct Fault {
  std::string where;
  std::string message;

  bool operator==(const Fault&) const = default;
};

/// An error is a value: it names the object and says what to do.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  /// Stable word for programs: EC2's error code where one exists (`InvalidGroup.NotFound`).
  std::string reason;
  /// For people: names the thing, the value and what would be right.
  std::string message;
  /// With InvalidArgument: every wrong parameter, not only the first.
  std::vector<Fault> faults = {};

  /// True where the same request may succeed later without any change to it.
  [[nodiscard]] bool retryable() const {
    return code == ErrorCode::Busy || code == ErrorCode::Kernel || code == ErrorCode::Timeout ||
           code == ErrorCode::Verification;
  }
};

/// A value or an Error. Asking a failed Result for its value, or a good one for its error, is a
/// broken invariant and throws. The compiler refuses a Result that nobody looks at.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() requires std::default_initializable<T>
  = default;
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}
  template <class U = T>
  requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : content_(std::in_place_index<0>, std::forward<U>(value)) {}

  [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const T& value() const& { return *checked(); }
  [[nodiscard]] T& value() & { return *const_cast<T*>(checked()); }
  [[nodiscard]] T&& value() && { return std::move(*const_cast<T*>(checked())); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return checked(); }
  T* operator->() { return const_cast<T*>(checked()); }

  [[nodiscard]] const Error& error() const {
    const auto* error = std::get_if<1>(&content_);
    if (error == nullptr) throw std::logic_error("error of a Result that has a value");
    return *error;
  }

 private:
  const T* checked() const {
    if (const auto* value = std::get_if<0>(&content_)) return value;
    throw std::logic_error("value of a failed Result: " + error().message);
  }

  std::variant<T, Error> content_;
};

/// Done, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const Error& error() const {
    if (!error_) throw std::logic_error("error of a Result that has none");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace netctl
