#include "netctl/cli/event_choice.h"

#include "base/number.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kKinds{"change", "drift", "error", "notice"};

bool isChosen(const json::value& event, const EventChoice& choice) {
  const auto& object = event.as_object();
  const auto is_kind = choice.kind.empty() || object.at("kind").as_string() == choice.kind;
  // Times in UTC and of one length, which sort as texts do.
  return is_kind &&
         std::string_view(object.at("time").as_string()) >= std::string_view(choice.not_before);
}

}  // namespace

Result<std::string> parseKind(const std::string& text) {
  if (std::ranges::find(kKinds, text) != kKinds.end()) return text;
  return usageError(
      fmt::format("--kind: '{}' is not one of change, drift, error and notice", text));
}

std::optional<std::chrono::seconds> parseAgo(std::string_view text) {
  constexpr std::int64_t kMost = 36500;  // of any unit: a hundred years of days
  if (text.size() < 2) return {};
  const auto number = parseWhole<std::int64_t>(text.substr(0, text.size() - 1));
  if (!number || *number < 0 || *number > kMost) return {};
  switch (text.back()) {
    case 's':
      return std::chrono::seconds(*number);
    case 'm':
      return std::chrono::minutes(*number);
    case 'h':
      return std::chrono::hours(*number);
    case 'd':
      return std::chrono::days(*number);
    default:
      return {};
  }
}

void choose(json::array& events, const EventChoice& choice) {
  json::array chosen;
  for (auto& event : events) {
    if (isChosen(event, choice)) chosen.push_back(std::move(event));
  }
  if (choice.newest && *choice.newest < chosen.size()) {
    chosen.erase(chosen.begin(), chosen.end() - static_cast<std::ptrdiff_t>(*choice.newest));
  }
  events = std::move(chosen);
}

std::string eventLine(const json::object& event) {
  const auto* count = event.if_contains("count");
  const auto times = count != nullptr ? cell(*count) : "1";
  return fmt::format("{}  {:<6}  {}: {}{}", cell(event.at("time")), cell(event.at("kind")),
                     cell(event.at("object")), cell(event.at("message")),
                     times == "1" ? "" : fmt::format(" ({} times)", times));
}

}  // namespace netctl::cli
