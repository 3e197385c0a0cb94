#pragma once

#include "modes/host/host.h"
#include "netctl/controller/problem.h"
#include "netctl/controller/usage.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace netctl::controller {

/// The usage of this host's cloud: what the kernel counts, and the file that keeps it over restarts
/// of netctld, of the rules and of the machine. Without NETCTL_USAGE the kernel counts nothing and
/// is not asked. Used on the controller's thread.
class UsageKeeper {
 public:
  /// Without a `file` it lives as long as this.
  UsageKeeper(host::Host& host, std::filesystem::path file) : host_(host), file_(std::move(file)) {}

  /// Goes on with what the file has. One that cannot be read is a problem, and is not written.
  void start(const cloud::Cloud& cloud);
  /// The cloud is another one.
  void hold(const cloud::Cloud& cloud) { usage_.hold(cloud); }
  /// The cloud is as after these changes: what the addresses exchanged before is their former
  /// holders'. Costs a look at the addresses that change hands.
  void changed(const cloud::Cloud& cloud, const cloud::Changes& changes);
  /// Takes what the kernel has counted by now, of all addresses.
  void take();
  /// Writes the file, where there is something new.
  void save(const cloud::Cloud& cloud);

  [[nodiscard]] const Usage& usage() const { return usage_; }
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  void takeOf(const std::optional<std::set<net::Ipv4Address>>& addresses);
  void name(std::string what, const Error& error, std::string remedy);

  host::Host& host_;
  std::filesystem::path file_;
  Usage usage_;
  std::vector<Problem> problems_;
  bool counts_ = false;  ///< NETCTL_USAGE, which a restart alone changes
  bool is_readable_ = true;
  bool is_new_ = false;      ///< something that the file does not have
  bool has_failed_ = false;  ///< the last look at the kernel
};

}  // namespace netctl::controller
