#include "netctl/rpc/server/process_metrics.h"

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace netctl::rpc {
namespace {

/// The fields of /proc/self/stat from the third on: the second is the program's name, which may
/// hold blanks (proc(5)).
std::vector<std::string> statFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream words(line.substr(name_end + 1));
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

/// The field with that number of proc(5).
double field(const std::vector<std::string>& fields, std::size_t number) {
  return std::stod(fields.at(number - 3));
}

/// Seconds since the epoch at which the machine came up.
std::optional<double> bootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return {};
}

void add(std::string& text, std::string_view name, std::string_view type, std::string_view help,
         double value) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help,
                 type, value);
}

}  // namespace

std::string processMetrics() {
  constexpr std::size_t kUserTime = 14;
  constexpr std::size_t kSystemTime = 15;
  constexpr std::size_t kThreads = 20;
  constexpr std::size_t kStartTime = 22;
  constexpr std::size_t kResidentPages = 24;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string text;
  if (const auto fields = statFields(); fields.size() > kResidentPages) {
    add(text, "process_cpu_seconds_total", "counter", "User and system CPU time.",
        (field(fields, kUserTime) + field(fields, kSystemTime)) / ticks);
    add(text, "process_resident_memory_bytes", "gauge", "Memory in RAM.",
        field(fields, kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    add(text, "process_threads", "gauge", "Threads.", field(fields, kThreads));
    if (const auto boot = bootTime()) {
      add(text, "process_start_time_seconds", "gauge", "Start, in seconds since the epoch.",
          *boot + field(fields, kStartTime) / ticks);
    }
  }
  std::error_code fault;
  const std::filesystem::directory_iterator files("/proc/self/fd", fault);
  if (!fault) {
    add(text, "process_open_fds", "gauge", "Open file descriptors.",
        static_cast<double>(std::distance(begin(files), end(files))));
  }
  return text;
}

}  // namespace netctl::rpc
