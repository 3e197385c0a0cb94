#include "modes/cloud/faults.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

/// A message is for people: the list of faults has the rest.
constexpr std::size_t kInMessage = 10;

}  // namespace

void Faults::add(std::string where, const Error& error) {
  faults_.push_back({std::move(where), error.message});
  errors_.push_back(error);
}

Error Faults::error() const {
  const auto leading = std::find_if(errors_.begin(), errors_.end(), [](const Error& error) {
    return error.code == ErrorCode::InvalidArgument;
  });
  auto result = leading == errors_.end() ? errors_.at(0) : *leading;
  result.message.clear();
  for (std::size_t i = 0; i < std::min(faults_.size(), kInMessage); ++i) {
    if (i > 0) result.message += "; ";
    result.message += faults_[i].message;
  }
  if (faults_.size() > kInMessage) {
    result.message += fmt::format("; and {} more", faults_.size() - kInMessage);
  }
  result.faults = faults_;
  return result;
}

}  // namespace netctl::cloud
