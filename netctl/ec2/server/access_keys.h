#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace netctl::ec2 {

/// The access keys of all accounts as the controller has committed them, so that a signature is
/// checked without it: badly signed requests then take none of the controller's time.
/// Any thread.
class AccessKeys {
 public:
  /// Takes changed keys; null stands for one that is gone.
  void update(const std::map<std::string, cloud::Ref<cloud::AccessKey>>& keys);
  /// Null where there is none.
  [[nodiscard]] cloud::Ref<cloud::AccessKey> find(const std::string& id) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, cloud::Ref<cloud::AccessKey>> keys_;
};

}  // namespace netctl::ec2
