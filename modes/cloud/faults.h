#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace netctl::cloud {

/// Gathers what is wrong with a request, so that its answer names all of it.
class Faults {
 public:
  /// `where` is the parameter as the RPC calls it: `owner`, `permissions[0].cidrs`.
  void add(std::string where, const Error& error);
  /// Adds the error of a failed result. True where it succeeded.
  template <class T>
  bool check(const std::string& where, const Result<T>& result) {
    if (!result) add(where, result.error());
    return result.has_value();
  }

  [[nodiscard]] bool empty() const { return faults_.empty(); }
  /// One error for all. What is always wrong gives its code and reason before what only the state
  /// of the cloud forbids. Precondition: not empty.
  [[nodiscard]] Error error() const;

 private:
  std::vector<Error> errors_;
  std::vector<Fault> faults_;
};

}  // namespace netctl::cloud
