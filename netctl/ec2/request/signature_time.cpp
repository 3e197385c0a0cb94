#include "netctl/ec2/request/signature_time.h"

#include <algorithm>
#include <array>
#include <string>

namespace netctl::ec2 {
namespace {

using std::chrono::sys_seconds;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Where the pattern has one of these letters, the text has a digit of that number; everything else
/// must be the same.
constexpr std::string_view kFields = "YmdHMS";

struct Numbers {
  std::array<int, kFields.size()> values{};
};

std::optional<Numbers> match(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return {};
  Numbers numbers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto field = kFields.find(pattern[i]);
    if (field == std::string_view::npos) {
      if (text[i] != pattern[i]) return {};
      continue;
    }
    if (!isDigit(text[i])) return {};
    numbers.values.at(field) = numbers.values.at(field) * 10 + (text[i] - '0');
  }
  return numbers;
}

std::optional<sys_seconds> timeOf(const Numbers& numbers) {
  using namespace std::chrono;
  const auto [year_number, month_number, day_number, hour, minute, second] = numbers.values;
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

std::optional<sys_seconds> parse(std::string_view text, std::string_view pattern) {
  const auto numbers = match(text, pattern);
  return numbers ? timeOf(*numbers) : std::nullopt;
}

}  // namespace

std::optional<sys_seconds> parseBasicTime(std::string_view text) {
  return parse(text, "YYYYmmddTHHMMSSZ");
}

std::optional<sys_seconds> parseIsoTime(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  constexpr std::string_view kPattern = "YYYY-mm-ddTHH:MM:SS";
  auto fraction = text.substr(std::min(text.size(), kPattern.size()));
  if (!fraction.empty()) {
    if (fraction.front() != '.' || fraction.size() == 1 || fraction.size() > 10) return {};
    fraction.remove_prefix(1);
    if (!std::all_of(fraction.begin(), fraction.end(), isDigit)) return {};
  }
  return parse(text.substr(0, kPattern.size()), kPattern);
}

std::optional<sys_seconds> parseHttpTime(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29) return {};
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end() || text.substr(3, 2) != ", ") return {};
  // The day of the week says nothing that the date does not say.
  const auto numbers = match(text.substr(5, 3), "dd ");
  auto rest = match(text.substr(11, 14), " YYYY HH:MM:SS");
  if (!numbers || !rest || text.substr(25) != " GMT") return {};
  rest->values[1] = static_cast<int>(month - kMonths.begin()) + 1;
  rest->values[2] = numbers->values[2];
  return timeOf(*rest);
}

}  // namespace netctl::ec2
