#pragma once

#include "netctl/etcd/client.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace netctl::store {

/// Looks on a thread of its own whether etcd answers, so that nobody waits for one that does not:
/// each second while it is away, and now and then for alarms. Its functions may be called from any
/// thread and do not wait.
class Contact {
 public:
  /// `key` is one that may be read.
  Contact(etcd::Access access, std::string key);
  ~Contact();
  Contact(const Contact&) = delete;
  Contact& operator=(const Contact&) = delete;

  /// It did not answer: from here on it is asked each second.
  void lost();
  /// It has answered since `lost`.
  [[nodiscard]] bool isThere() const;
  /// As etcd tells them.
  [[nodiscard]] std::vector<std::string> alarms() const;

 private:
  void run();

  etcd::Client client_;
  const std::string key_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  bool ends_ = false;
  bool is_there_ = true;
  std::vector<std::string> alarms_;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace netctl::store
