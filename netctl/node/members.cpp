#include "netctl/node/members.h"

#include "base/text.h"
#include "netctl/config/problem.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::node {

namespace json = boost::json;

void Verdict::refuse(const std::string& path, std::string_view why) {
  if (error_) return;
  error_ = Error{ErrorCode::InvalidArgument, "InvalidMessage",
                 fmt::format("a message of the node link is wrong: {} {}",
                             path.empty() ? "it" : printable(path), why)};
}

Members::Members(const json::value& value, std::string path,
                 std::initializer_list<std::string_view> names, Verdict& verdict)
    : path_(std::move(path)), verdict_(verdict) {
  object_ = value.if_object();
  if (object_ == nullptr) verdict.refuse(path_, "is no object");
  for (const auto name : names) {
    if (object_ != nullptr && !object_->contains(name)) {
      verdict.refuse(pathOf(name), "is missing");
      object_ = nullptr;
    }
  }
  if (object_ == nullptr) return;
  for (const auto& member : *object_) {
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
      verdict.refuse(pathOf(member.key()), "is not known");
    }
  }
}

const json::value& Members::at(std::string_view name) const {
  static const json::value kNull;
  return object_ == nullptr ? kNull : object_->at(name);
}

std::string Members::pathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

std::string Members::text(std::string_view name) const {
  const auto* const string = at(name).if_string();
  if (string != nullptr) return {string->data(), string->size()};
  verdict_.refuse(pathOf(name), "is no text");
  return {};
}

std::uint64_t Members::number(std::string_view name, std::uint64_t least,
                              std::uint64_t most) const {
  boost::system::error_code inexact;
  const auto number = at(name).to_number<std::uint64_t>(inexact);
  if (!inexact && number >= least && number <= most) return number;
  verdict_.refuse(pathOf(name), fmt::format("is no number of {} to {}", least, most));
  return least;
}

const json::object& Members::object(std::string_view name) const {
  static const json::object kEmpty;
  const auto* const object = at(name).if_object();
  if (object != nullptr) return *object;
  verdict_.refuse(pathOf(name), "is no object");
  return kEmpty;
}

}  // namespace netctl::node
