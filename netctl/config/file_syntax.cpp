#include "netctl/config/file_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace netctl::config {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
constexpr std::string_view kBlanksOfLines = " \t\r\v\f";

std::string_view skipBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanksOfLines), text.size()));
  return text;
}

std::string_view trimmed(std::string_view text) {
  text = skipBlanks(text);
  return text.substr(0, text.find_last_not_of(kBlanksOfLines) + 1);
}

/// A line that sets something, in its parts.
struct Line {
  std::string_view key;
  std::string_view value;
  std::string_view rest;  ///< what follows the value
  bool blanks = false;    ///< around the `=`
  bool quoted = false;
  bool closed = true;  ///< a closing quote follows
};

/// Absent for a comment, an empty line and anything without a `=` after its first word.
std::optional<Line> splitLine(std::string_view text) {
  const auto start = skipBlanks(text);
  if (start.empty() || start.front() == '#') return {};
  Line line;
  line.key = start.substr(0, start.find_first_of(" \t\r\v\f="));
  const auto gap = start.substr(line.key.size());
  auto after = skipBlanks(gap);
  if (after.empty() || after.front() != '=') return {};
  const auto value = skipBlanks(after.substr(1));
  line.blanks = after.size() != gap.size() || (!value.empty() && value.size() + 1 != after.size());
  line.quoted = !value.empty() && value.front() == '"';
  const auto body = line.quoted ? value.substr(1) : value;
  const auto end = line.quoted ? body.find('"') : body.find_first_of(" \t\r\v\f#");
  line.closed = !line.quoted || end != std::string_view::npos;
  line.value = trimmed(body.substr(0, end));
  if (end != std::string_view::npos) line.rest = body.substr(end + (line.quoted ? 1 : 0));
  return line;
}

/// What a shell would make of the line other than we do; absent where both read the same.
std::optional<std::string> shellDiffers(const Line& line) {
  const auto after = skipBlanks(line.rest);
  if (!after.empty() && after.front() != '#') {
    return fmt::format("what follows the value is ignored: '{}'; put all of the value in quotes",
                       printable(trimmed(after), 40));
  }
  if (!line.rest.empty() && line.rest.front() == '#') {
    return "the value ends at the '#', but a shell would read on; put a blank before the comment";
  }
  if (!line.quoted && line.value.find('\'') != std::string_view::npos) {
    return "single quotes are part of the value here, but not for a shell; use double quotes";
  }
  if (line.value.find_first_of(line.quoted ? "$`\\" : "$`\\;&|<>()*?~") != std::string_view::npos) {
    return "the value is taken as it stands, but a shell would expand it; write the value itself";
  }
  if (line.blanks) return "a shell takes no blanks around '='; remove them";
  return {};
}

/// `export KEY=...` and its like set nothing here.
bool isShellCommand(std::string_view text) {
  constexpr std::array<std::string_view, 5> kCommands{"export", "declare", "local", "readonly",
                                                      "typeset"};
  const auto start = skipBlanks(text);
  const auto word = start.substr(0, start.find_first_of(kBlanksOfLines));
  return std::find(kCommands.begin(), kCommands.end(), word) != kCommands.end() &&
         isOurs(skipBlanks(start.substr(word.size())));
}

/// The first byte that no value may hold.
std::optional<unsigned char> foreignByte(std::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(),
                                  [](char c) { return c != '\t' && (c < 0x20 || c >= 0x7f); });
  if (found == text.end()) return {};
  return static_cast<unsigned char>(*found);
}

class Parser {
 public:
  explicit Parser(const SourceText& source) : source_(source) {}

  ParsedFile run() {
    std::string_view rest = source_.text;
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
    const auto nul = rest.find('\0');
    while (!rest.empty()) {
      ++number_;
      const auto end = std::min(rest.find('\n'), rest.size());
      takeLine(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (nul != std::string_view::npos) {
      // A file of two-byte characters, or of zeros after a power loss, would else seem empty.
      problem(Severity::Error, {}, {},
              "holds NUL bytes; it must be a text file, of ASCII or UTF-8");
      result_.problems.back().line = 0;
    }
    return std::move(result_);
  }

 private:
  void takeLine(std::string_view text) {
    const auto line = splitLine(text);
    if (!line) return withoutAssignment(text);
    if (!isOurs(line->key)) {
      if (lines_.emplace(line->key, number_).second) store(*line);
      return;
    }
    if (const auto [first, fresh] = lines_.emplace(line->key, number_); !fresh) {
      return problem(Severity::Warning, line->key, line->value,
                     fmt::format("is set in line {} already, and the first line counts (a shell "
                                 "would take the last); remove one of the two",
                                 first->second));
    }
    if (!line->closed) {
      return problem(Severity::Error, line->key, line->value,
                     "the closing quote is missing; a value stands on one line, as KEY=\"value\"");
    }
    if (const auto byte = foreignByte(line->value)) {
      return problem(Severity::Error, line->key, line->value,
                     fmt::format("holds the byte 0x{:02x}; write printable ASCII", *byte));
    }
    if (const auto why = shellDiffers(*line)) {
      problem(Severity::Warning, line->key, line->value, *why);
    }
    store(*line);
  }

  void withoutAssignment(std::string_view text) {
    const auto start = skipBlanks(text);
    const auto word = start.substr(0, start.find_first_of(kBlanksOfLines));
    if (isShellCommand(text)) {
      problem(Severity::Warning, {}, {},
              fmt::format("'{}' has no meaning here, so this line sets nothing; remove the word",
                          printable(word)));
    } else if (isOurs(word)) {
      problem(Severity::Error, word, {}, "there is no '='; write KEY=\"value\"");
    }
  }

  void store(const Line& line) {
    result_.entries.push_back(
        {std::string(line.key), std::string(line.value), source_.file, number_});
  }

  void problem(Severity severity, std::string_view key, std::optional<std::string_view> value,
               std::string message) {
    Problem problem{severity, source_.file, number_, std::string(key), {}, std::move(message)};
    if (value) problem.value = std::string(*value);
    result_.problems.push_back(std::move(problem));
  }

  const SourceText& source_;
  int number_ = 0;
  std::map<std::string_view, int> lines_;  ///< where each key stood first
  ParsedFile result_;
};

Error unreadable(int code) {
  return {code == ENOENT ? ErrorCode::NotFound : ErrorCode::Kernel, "ConfigurationFile",
          fmt::format("cannot be read: {}", std::generic_category().message(code))};
}

}  // namespace

ParsedFile parseFile(const SourceText& source) {
  return Parser(source).run();
}

bool isOurs(std::string_view key) {
  return key.starts_with("VNET_") || key.starts_with("NETCTL_");
}

Result<std::string> readText(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (!file) return unreadable(errno);
  std::string text;
  std::array<char, 65536> buffer;
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), count);
    if (text.size() > kMostBytes) return unreadable(EFBIG);
  }
  if (std::ferror(file.get()) != 0) return unreadable(errno);
  return text;
}

}  // namespace netctl::config
