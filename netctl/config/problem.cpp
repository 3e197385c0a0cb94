#include "netctl/config/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace netctl::config {
namespace {

/// Problems of one key that are spelt out.
constexpr std::size_t kSpeltOut = 8;
/// Of a value: a list may be long, and stands in every problem of its items.
constexpr std::size_t kValueKept = 100;

}  // namespace

std::string_view format(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Notice:
      return "notice";
  }
  return "error";
}

std::string format(const Problem& problem) {
  std::string text = printable(problem.file, 4096);
  if (problem.line > 0) text += fmt::format(":{}", problem.line);
  text += fmt::format(": {}: ", format(problem.severity));
  if (!problem.key.empty()) {
    text += printable(problem.key);
    if (problem.value) text += fmt::format("=\"{}\"", printable(*problem.value));
    text += ": ";
  }
  return text + problem.message;
}

Findings::Findings(std::string file, const std::vector<Entry>& entries) : file_(std::move(file)) {
  for (const auto& entry : entries) entries_.emplace(entry.key, &entry);
}

const Entry* Findings::entry(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

std::string_view Findings::value(std::string_view key) const {
  const auto* found = entry(key);
  return found == nullptr ? std::string_view{} : found->value;
}

void Findings::error(std::string_view key, std::string message) {
  add(Severity::Error, key, std::move(message));
}

void Findings::errorOfItem(std::string_view key, std::string message) {
  faulty_.emplace(key);
  spellOut(Severity::Error, key, std::move(message));
}

void Findings::warning(std::string_view key, std::string message) {
  add(Severity::Warning, key, std::move(message));
}

void Findings::notice(std::string_view key, std::string message) {
  add(Severity::Notice, key, std::move(message));
}

void Findings::add(Problem problem) {
  if (problem.severity == Severity::Error) faulty_.insert(problem.key);
  problems_.push_back(std::move(problem));
}

void Findings::add(Severity severity, std::string_view key, std::string message) {
  if (severity == Severity::Error) faulty_.emplace(key);
  if (++counts_[{std::string(key), severity}] > kSpeltOut) return;
  spellOut(severity, key, std::move(message));
}

void Findings::spellOut(Severity severity, std::string_view key, std::string message) {
  Problem problem{severity, file_, 0, std::string(key), {}, std::move(message)};
  if (const auto* where = entry(key)) {
    problem.file = where->file;
    problem.line = where->line;
    problem.value = where->value.substr(0, kValueKept);
  }
  problems_.push_back(std::move(problem));
}

std::vector<Problem> Findings::take() {
  for (const auto& [which, count] : std::exchange(counts_, {})) {
    if (count <= kSpeltOut) continue;
    add(which.second, which.first, fmt::format("and {} more like these", count - kSpeltOut));
  }
  counts_.clear();
  std::stable_sort(problems_.begin(), problems_.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(a.line == 0, a.file != file_, a.line) <
           std::tuple(b.line == 0, b.file != file_, b.line);
  });
  return std::exchange(problems_, {});
}

}  // namespace netctl::config
