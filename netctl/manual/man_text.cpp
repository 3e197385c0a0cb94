#include "netctl/manual/man_text.h"

namespace netctl::manual {
namespace {

void appendEscaped(std::string& text, char c) {
  switch (c) {
    case '\\':
      text += "\\e";
      return;
    case '-':
      text += "\\-";
      return;
    case '\'':
      text += "\\(aq";
      return;
    case '"':
      text += "\\(dq";
      return;
    case '`':
      text += "\\(ga";
      return;
    case '^':
      text += "\\(ha";
      return;
    case '~':
      text += "\\(ti";
      return;
    default:
      text += c;
  }
}

/// A dot at the beginning of a line is a request to troff.
std::string guarded(std::string text) {
  if (text.starts_with('.')) text.insert(0, "\\&");
  return text;
}

/// Where a link begins: its text, and how many characters it has in all; else nothing.
struct Link {
  std::string_view text;
  std::size_t size = 0;
};
Link linkAt(std::string_view text) {
  const auto close = text.find("](");
  if (!text.starts_with('[') || close == std::string_view::npos) return {};
  const auto end = text.find(')', close);
  // A bracket that opens once more is an optional word, as in [option...].
  if (end == std::string_view::npos || text.substr(1, close).find('[') != std::string_view::npos)
    return {};
  return {text.substr(1, close - 1), end + 1};
}

}  // namespace

std::string manCode(std::string_view line) {
  std::string text;
  for (const char c : line) appendEscaped(text, c);
  return guarded(std::move(text));
}

std::string manText(std::string_view paragraph) {
  std::string text;
  bool code = false;
  bool bold = false;
  for (std::size_t i = 0; i < paragraph.size(); ++i) {
    const auto rest = paragraph.substr(i);
    const auto link = code ? Link{} : linkAt(rest);
    if (link.size > 0) {
      text += manText(link.text);
      i += link.size - 1;
    } else if (rest.starts_with('`')) {
      code = !code;
      text += code || bold ? "\\fB" : "\\fR";
    } else if (!code && rest.starts_with("**")) {
      bold = !bold;
      text += bold ? "\\fB" : "\\fR";
      ++i;
    } else {
      appendEscaped(text, paragraph[i]);
    }
  }
  return guarded(std::move(text));
}

}  // namespace netctl::manual
