#pragma once

#include "base/text.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::config {

enum class Severity {
  Error,    ///< the configuration cannot be used
  Warning,  ///< it can, but something is probably not as meant
  Notice,   ///< it can; something that was set has no effect, or a consequence is easily missed
};
std::string_view format(Severity severity);

/// One thing to say about a configuration, and where it stands.
struct Problem {
  Severity severity = Severity::Error;
  std::string file;
  int line = 0;                      ///< from 1; 0: about the file as a whole
  std::string key;                   ///< empty: not about a key
  std::optional<std::string> value;  ///< its beginning; absent: the key is not set
  std::string message;               ///< what is wrong, and what would be right

  bool operator==(const Problem&) const = default;
};

/// One line, `FILE:LINE: error: KEY="value": what would be right`, whatever bytes the file held.
std::string format(const Problem& problem);

/// A key and its value as they stand in a file.
struct Entry {
  std::string key;
  std::string value;
  std::string file;
  int line = 0;  ///< from 1

  bool operator==(const Entry&) const = default;
};

/// Collects the problems of a set of entries and knows where each key stands.
///
/// Of one key and severity it keeps the first problems and the number of the others, so that a list
/// of noise does not give a message for each of its items. `entries` must outlive it.
class Findings {
 public:
  /// `file` is where a key that is not set would belong.
  Findings(std::string file, const std::vector<Entry>& entries);

  /// Null where the key is not set.
  [[nodiscard]] const Entry* entry(std::string_view key) const;
  /// The key's value as it stands in the file, empty where it is not set.
  [[nodiscard]] std::string_view value(std::string_view key) const;

  void error(std::string_view key, std::string message);
  /// The same, spelt out however many there are: of a list that people keep by hand.
  void errorOfItem(std::string_view key, std::string message);
  void warning(std::string_view key, std::string message);
  void notice(std::string_view key, std::string message);
  /// A problem found elsewhere, as it is.
  void add(Problem problem);

  [[nodiscard]] bool hasErrors() const { return !faulty_.empty(); }
  /// True where an error names the key.
  [[nodiscard]] bool isFaulty(std::string_view key) const { return faulty_.contains(key); }
  /// All of them in the order of the lines, first those of `file`; those without a line come last.
  [[nodiscard]] std::vector<Problem> take();

 private:
  void add(Severity severity, std::string_view key, std::string message);
  void spellOut(Severity severity, std::string_view key, std::string message);

  std::string file_;
  std::map<std::string_view, const Entry*> entries_;
  std::vector<Problem> problems_;
  std::map<std::pair<std::string, Severity>, std::size_t> counts_;
  std::set<std::string, std::less<>> faulty_;  ///< keys with an error; "" for the file as a whole
};

}  // namespace netctl::config
