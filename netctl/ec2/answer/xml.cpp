#include "netctl/ec2/answer/xml.h"

#include <boost/locale/utf.hpp>

#include <algorithm>
#include <iterator>

namespace netctl::ec2 {
namespace {

namespace utf = boost::locale::utf;
using Traits = utf::utf_traits<char>;

constexpr utf::code_point kReplacement = 0xfffd;

/// XML 1.0, production Char.
bool isCharacter(utf::code_point point) {
  return point == '\t' || point == '\n' || point == '\r' || (point >= 0x20 && point <= 0xd7ff) ||
         (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}

/// ASCII that stands between tags as it is: nearly all that a document holds.
bool isPlain(char character) {
  return character >= ' ' && character < '\x7f' && character != '&' && character != '<' &&
         character != '>' && character != '"' && character != '\'';
}

}  // namespace

std::string escape(std::string_view text) {
  if (std::ranges::all_of(text, isPlain)) return std::string(text);
  std::string result;
  result.reserve(text.size());
  for (const auto* at = text.begin(); at != text.end();) {
    const auto point = Traits::decode(at, text.end());
    switch (point) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&apos;";
        break;
      case '\r':  // as itself it would be read as a line feed
        result += "&#13;";
        break;
      default:
        Traits::encode(isCharacter(point) ? point : kReplacement, std::back_inserter(result));
    }
  }
  return result;
}

XmlWriter& XmlWriter::open(std::string_view name) {
  document_ += '<';
  document_ += name;
  document_ += '>';
  open_.push_back(name);
  return *this;
}

XmlWriter& XmlWriter::close() {
  document_ += "</";
  document_ += open_.back();
  document_ += '>';
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view name, std::string_view value) {
  open(name);
  document_ += escape(value);
  return close();
}

}  // namespace netctl::ec2
