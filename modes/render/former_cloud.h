#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>

namespace netctl::render {

/// The cloud as it was before some changes. It answers as Cloud does, so that the same code can ask
/// what an object is made into and what it was made into. The cloud, as after the changes, and the
/// changes must outlive it.
class FormerCloud {
 public:
  FormerCloud(const cloud::Cloud& now, const cloud::Changes& changes);

  [[nodiscard]] const cloud::Cloud& now() const { return now_; }
  [[nodiscard]] const cloud::Changes& changes() const { return changes_; }
  /// No change changes them.
  [[nodiscard]] const cloud::Settings& settings() const { return now_.settings(); }

  /// Null where there was none.
  [[nodiscard]] cloud::Ref<cloud::Group> group(const cloud::GroupId& id) const;
  [[nodiscard]] cloud::Ref<cloud::Instance> instance(const cloud::InstanceId& id) const;
  /// The public address that an instance had.
  [[nodiscard]] std::optional<net::Ipv4Address> publicAddressOf(const cloud::InstanceId& id) const;
  [[nodiscard]] bool hasForwards(net::Ipv4Address address) const;

 private:
  const cloud::Cloud& now_;
  const cloud::Changes& changes_;
  std::map<cloud::InstanceId, net::Ipv4Address> public_addresses_;
};

}  // namespace netctl::render
