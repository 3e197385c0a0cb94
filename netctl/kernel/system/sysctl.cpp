#include "netctl/kernel/system/sysctl.h"

#include "base/durable_file.h"
#include "base/file.h"
#include "base/number.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

/// The sysctls that belong to a look at everything: those that a mode may want.
constexpr std::array kOurs{"net.ipv4.ip_forward"};
constexpr mode_t kOwnersAlone = 0600;
constexpr std::uint64_t kOthersNeighbours = 1024;
constexpr const char* kConntrackMaxName = "net.netfilter.nf_conntrack_max";

Error failed(std::string_view what, std::string_view name, int number) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} {}: {}", what, name, std::strerror(number))};
}

/// Blanks at the ends go, all others are one space.
std::string normalized(std::string_view value) {
  std::string result;
  bool blank = false;
  for (const char character : value) {
    if (character == ' ' || character == '\t' || character == '\n') {
      blank = !result.empty();
      continue;
    }
    if (blank) result += ' ';
    blank = false;
    result += character;
  }
  return result;
}

Result<std::filesystem::path> pathOf(const std::string& name) {
  std::string path = name;
  for (auto& character : path) {
    if (character == '.') {
      character = '/';
    } else if (character == '/') {
      character = '.';
    }
  }
  // No level is empty or leads upwards.
  const auto wrapped = "/" + path + "/";
  for (const std::string_view wrong : {"//", "/./", "/../"}) {
    if (wrapped.find(wrong) != std::string::npos) {
      return Error{ErrorCode::InvalidArgument, "",
                   fmt::format("'{}' is not the name of a sysctl", name)};
    }
  }
  return std::filesystem::path("/proc/sys") / path;
}

/// Absent: this kernel, or this namespace, has no such sysctl.
Result<std::optional<std::string>> read(const std::string& name) {
  const auto path = pathOf(name);
  if (!path) return path.error();
  auto text = files::read(*path);
  if (!text) return text.error();
  if (!*text) return std::optional<std::string>{};
  return std::optional(normalized(**text));
}

/// errno, or 0.
Result<int> write(const std::string& name, const std::string& value) {
  const auto path = pathOf(name);
  if (!path) return path.error();
  const int file = ::open(path->c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  // In one call: the kernel takes each write for a whole value.
  const auto line = value + "\n";
  const int number = ::write(file, line.data(), line.size()) < 0 ? errno : 0;
  close(file);
  return number;
}

/// Where it is lower, and ours to set.
Result<void> raise(const Sysctls& sysctls, const std::string& name, std::uint64_t least) {
  const auto current = read(name);
  if (!current) return current.error();
  if (!*current) return {};
  const auto value = parseWhole<std::uint64_t>(**current);
  if (!value) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is '{}', which is not a number", name, **current)};
  }
  // 0 is "no limit".
  if (*value == 0 || *value >= least) return {};
  const auto path = pathOf(name);
  // The superuser too is refused where the file has no write permission (proc_sys_permission).
  if (access(path->c_str(), W_OK) < 0) return {};
  return sysctls.set({name, std::to_string(least)});
}

}  // namespace

Result<std::map<std::string, Sysctls::Memory>> Sysctls::remembered() const {
  std::map<std::string, Memory> memory;
  const auto text = files::read(memory_);
  if (!text) return text.error();
  if (!*text) return memory;
  std::string_view rest = **text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto first = line.find('\t');
    const auto second = first == line.npos ? line.npos : line.find('\t', first + 1);
    if (second == line.npos) {
      return Error{ErrorCode::Internal, "",
                   fmt::format("{} has a line without two tabs: '{}'", memory_.string(), line)};
    }
    memory[std::string(line.substr(0, first))] = {
        std::string(line.substr(first + 1, second - first - 1)),
        std::string(line.substr(second + 1))};
  }
  return memory;
}

Result<void> Sysctls::remember(const std::map<std::string, Memory>& memory) const {
  if (memory.empty()) {
    if (unlink(memory_.c_str()) < 0 && errno != ENOENT) {
      return failed("remove", memory_.string(), errno);
    }
    return {};
  }
  std::string text;
  for (const auto& [name, values] : memory) {
    text += fmt::format("{}\t{}\t{}\n", name, values.former, values.ours);
  }
  return files::write(memory_, text, kOwnersAlone);
}

Result<void> Sysctls::look(const host::Scope& scope, host::HostState& into) const {
  std::set<std::string> names = scope.sysctls;
  if (scope.everything) names.insert(kOurs.begin(), kOurs.end());
  for (const auto& name : names) {
    auto value = read(name);
    if (!value) return value.error();
    if (*value) into.sysctls[name] = **value;
  }
  return {};
}

Result<void> Sysctls::set(const host::SetSysctl& step) const {
  const auto current = read(step.name);
  if (!current) return current.error();
  if (!*current) return failed("set the sysctl", step.name, ENOENT);
  const auto value = normalized(step.value);
  if (**current == value) return {};
  auto memory = remembered();
  if (!memory) return memory.error();
  // Drift that we repair is nobody's former value.
  const auto former = memory->contains(step.name) ? memory->at(step.name).former : **current;
  (*memory)[step.name] = {former, value};
  if (auto kept = remember(*memory); !kept) return kept;
  const auto number = write(step.name, value);
  if (!number) return number.error();
  if (*number != 0) return failed("set the sysctl", step.name, *number);
  return {};
}

Result<void> Sysctls::restore() const {
  auto memory = remembered();
  if (!memory) return memory.error();
  for (const auto& [name, values] : *memory) {
    const auto current = read(name);
    if (!current) return current.error();
    if (!*current || **current != values.ours) continue;
    const auto number = write(name, values.former);
    if (!number) return number.error();
    if (*number != 0) return failed("restore the sysctl", name, *number);
  }
  return remember({});
}

Result<void> raiseConntrackMax(const Sysctls& sysctls) {
  return raise(sysctls, kConntrackMaxName, kConntrackMax);
}

Result<void> raiseNeighbourLimits(const Sysctls& sysctls, std::uint64_t neighbours) {
  if (neighbours == 0) return {};
  // Others of the host have theirs, too: as many as the kernel's default lets them have.
  const auto all = std::min(neighbours, kMostNeighbours) + kOthersNeighbours;
  // The most first: the kernel looks at them in this order.
  for (const auto& [name, value] :
       {std::pair("gc_thresh3", 2 * all), std::pair("gc_thresh2", all + all / 2),
        std::pair("gc_thresh1", all)}) {
    const auto raised = raise(sysctls, fmt::format("net.ipv4.neigh.default.{}", name), value);
    if (!raised) return raised;
  }
  return {};
}

}  // namespace netctl::kernel
