#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace netctl::ec2 {

/// Writes the elements of a document, one after the other. Text is escaped, and what XML 1.0 cannot
/// hold (control characters, bytes that are not UTF-8) becomes U+FFFD. An element's name stays
/// where it is until the element is closed: literals, as a rule.
class XmlWriter {
 public:
  XmlWriter& open(std::string_view name);
  XmlWriter& close();
  /// An element that holds a text and nothing else.
  XmlWriter& text(std::string_view name, std::string_view value);
  XmlWriter& flag(std::string_view name, bool value) {
    return text(name, value ? "true" : "false");
  }
  template <class Number>
  XmlWriter& number(std::string_view name, Number value) {
    return text(name, std::to_string(value));
  }
  /// An element for each of a range, in one that holds them: `<name><item>...</item></name>`.
  template <class Range, class Write>
  XmlWriter& list(std::string_view name, const Range& range, Write write) {
    open(name);
    for (const auto& value : range) {
      open("item");
      write(value);
      close();
    }
    return close();
  }
  /// Elements that another writer has written.
  XmlWriter& raw(std::string_view elements) {
    document_ += elements;
    return *this;
  }

  /// Precondition: all that was opened is closed.
  [[nodiscard]] std::string take() { return std::move(document_); }

 private:
  std::string document_;
  std::vector<std::string_view> open_;
};

/// The text as it stands between tags.
std::string escape(std::string_view text);

}  // namespace netctl::ec2
