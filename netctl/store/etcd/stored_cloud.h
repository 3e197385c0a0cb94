#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/etcd/client.h"
#include "netctl/store/etcd/meta.h"

#include <cstdint>
#include <optional>
#include <string>

/// A cloud as it is in etcd.
namespace netctl::store {

/// The key that guards every transaction.
struct Guard {
  CloudMeta meta;
  std::int64_t revision = 0;  ///< that wrote it; 0: it is not there
};

struct StoredCloud {
  Guard guard;
  cloud::Cloud cloud;
  PendingReviews reviews;
  std::string reviews_text;  ///< as they are there; empty: they are not
};

/// Absent where the prefix has no cloud.
Result<std::optional<Guard>> readGuard(etcd::Client& client, const std::string& prefix);

/// NotFound where the prefix has no cloud. Objects that contradict each other, refer to nothing or
/// are wrong are errors that name them; what is lost is `checkStored`'s matter.
Result<StoredCloud> readStored(etcd::Client& client, const std::string& prefix,
                               cloud::Settings settings);

/// Internal where there is not what was stored.
Result<void> checkStored(const StoredCloud& stored, const std::string& prefix);

/// What of the settings the addresses of instances follow from, into the meta. Conflict where it
/// was another, and instances are attached.
Result<void> remember(const cloud::Cloud& cloud, CloudMeta& meta);

/// Random, 16 hexadecimal digits.
std::string newId();

}  // namespace netctl::store
