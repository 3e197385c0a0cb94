#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace netctl::metadata {

/// A JSON object, written member by member (RFC 8259). Nothing is looked up among the members that
/// are there, as boost::json::object does: each name may be given once. There is a document of some
/// thirty members for each instance.
class ObjectText {
 public:
  /// `size` is about how long the text gets.
  explicit ObjectText(std::size_t size);

  /// A text, in UTF-8.
  void add(std::string_view name, std::string_view text);
  /// JSON of any kind.
  void addJson(std::string_view name, std::string_view json);
  /// To be called once, and last.
  std::string take();

 private:
  void append(std::string_view text);
  void beginMember(std::string_view name);

  boost::json::serializer serializer_;
  std::string text_;
};

}  // namespace netctl::metadata
