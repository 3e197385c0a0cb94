#include "netctl/ec2/server/access_keys.h"

namespace netctl::ec2 {

void AccessKeys::update(const std::map<std::string, cloud::Ref<cloud::AccessKey>>& keys) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, key] : keys) {
    if (key) {
      keys_.insert_or_assign(id, key);
    } else {
      keys_.erase(id);
    }
  }
}

cloud::Ref<cloud::AccessKey> AccessKeys::find(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto at = keys_.find(id);
  return at == keys_.end() ? nullptr : at->second;
}

}  // namespace netctl::ec2
