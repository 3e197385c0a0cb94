#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
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

/// A value or an Error. Asking a failed Result for its value is a broken invariant and throws.
template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& /*where*/) {
  throw std::logic_error("value of a failed Result: " + error.message);
}

}  // namespace netctl
