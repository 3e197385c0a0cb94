#include "netctl/cli/terminal.h"

#include "base/text.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace netctl::cli {
namespace {

// SGR codes of ECMA-48.
constexpr std::string_view kBold = "1";
constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";

std::string painted(const std::string& text, std::string_view code) {
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

/// Bytes of a text that take at most `width` columns, and no less than one code point.
std::size_t bytesWithin(std::string_view text, std::size_t width) {
  auto rest = text;
  std::size_t columns = 0;
  while (!rest.empty() && columns < width) {
    takeCodePoint(rest);
    ++columns;
  }
  return text.size() - rest.size();
}

}  // namespace

Look lookOfOutput(bool no_color) {
  if (isatty(STDOUT_FILENO) == 0) return {};
  winsize size{};
  const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  // https://no-color.org
  const bool plain = no_color || !environment("NO_COLOR").empty() || environment("TERM") == "dumb";
  return {.width = is_known ? size.ws_col : std::size_t{0}, .colors = !plain};
}

std::size_t columnsOf(std::string_view text) {
  std::size_t columns = 0;
  for (; !text.empty(); ++columns) takeCodePoint(text);
  return columns;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (columnsOf(text) > width) {
    auto end = bytesWithin(text, std::max<std::size_t>(width, 1));
    if (const auto gap = text.substr(0, end).find_last_of(" ,"); gap != std::string_view::npos) {
      end = gap + 1;
    }
    auto line = text.substr(0, end);
    while (line.ends_with(' ')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end);
  }
  lines.emplace_back(text);
  return lines;
}

std::string heading(std::string text, const Look& look) {
  return look.colors ? painted(text, kBold) : text;
}

std::string colored(std::string text, std::string_view word, const Look& look) {
  static const std::map<std::string_view, std::string_view> kColors{
      {"open", kGreen},     {"connected", kGreen}, {"failed", kRed},
      {"error", kRed},      {"away", kRed},        {"remove", kRed},
      {"waiting", kYellow}, {"warning", kYellow},  {"disabled", kYellow}};
  const auto color = kColors.find(word);
  return look.colors && color != kColors.end() ? painted(text, color->second) : text;
}

}  // namespace netctl::cli
