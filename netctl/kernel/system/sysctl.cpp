#include "netctl/kernel/system/sysctl.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

namespace netctl::kernel {
namespace {

/// The sysctls that belong to a look at everything: those that a mode may want.
constexpr std::array kOurs{"net.ipv4.ip_forward"};
constexpr const char* kConntrackMaxName = "net.netfilter.nf_conntrack_max";

/// An open file, closed at the end.
class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool isOpen() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// errno, or 0.
  [[nodiscard]] int write(std::string_view text) const {
    while (!text.empty()) {
      const auto written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }
  [[nodiscard]] int read(std::string& into) const {
    char buffer[4096];
    for (;;) {
      const auto size = ::read(descriptor_, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno;
      if (size == 0) return 0;
      into.append(buffer, static_cast<std::size_t>(size));
    }
  }

 private:
  int descriptor_;
};

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
  const File file(*path, O_RDONLY);
  if (!file.isOpen()) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return failed("read the sysctl", name, errno);
  }
  std::string text;
  if (const int number = file.read(text); number != 0) {
    return failed("read the sysctl", name, number);
  }
  return std::optional(normalized(text));
}

/// errno, or 0.
Result<int> write(const std::string& name, const std::string& value) {
  const auto path = pathOf(name);
  if (!path) return path.error();
  const File file(*path, O_WRONLY);
  if (!file.isOpen()) return errno;
  return file.write(value + "\n");
}

}  // namespace

Result<std::map<std::string, Sysctls::Memory>> Sysctls::remembered() const {
  std::map<std::string, Memory> memory;
  const File file(memory_, O_RDONLY);
  if (!file.isOpen()) {
    if (errno == ENOENT) return memory;
    return failed("read", memory_.string(), errno);
  }
  std::string text;
  if (const int number = file.read(text); number != 0) {
    return failed("read", memory_.string(), number);
  }
  std::string_view rest = text;
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
  // Whole or not at all, whenever the power goes.
  const auto fresh = memory_.string() + ".new";
  const File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.isOpen()) return failed("write", fresh, errno);
  if (const int number = file.write(text); number != 0) return failed("write", fresh, number);
  if (fsync(file.descriptor()) < 0) return failed("sync", fresh, errno);
  if (rename(fresh.c_str(), memory_.c_str()) < 0) return failed("rename", fresh, errno);
  const File folder(memory_.parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder.isOpen() || fsync(folder.descriptor()) < 0) {
    return failed("sync", memory_.parent_path().string(), errno);
  }
  return {};
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
  const auto current = read(kConntrackMaxName);
  if (!current) return current.error();
  if (!*current) return {};
  unsigned value = 0;
  const auto& text = **current;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is '{}', which is no number", kConntrackMaxName, text)};
  }
  // 0 is "no limit".
  if (value == 0 || value >= kConntrackMax) return {};
  const auto path = pathOf(kConntrackMaxName);
  // The superuser too is refused where the file has no write permission (proc_sys_permission).
  if (access(path->c_str(), W_OK) < 0) return {};
  return sysctls.set({kConntrackMaxName, std::to_string(kConntrackMax)});
}

}  // namespace netctl::kernel
