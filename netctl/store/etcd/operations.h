#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/etcd/messages.h"
#include "netctl/store/store.h"

#include <string>
#include <vector>

/// What a change of the cloud makes of its keys. Pure.
namespace netctl::store {

/// What etcd takes in one transaction by default is 128 operations and 1.5 MiB.
inline constexpr std::size_t kMostOperations = 100;        ///< of one command
inline constexpr std::size_t kMostOfBatch = 120;           ///< of a batch of several
inline constexpr std::size_t kLargestValue = 1024 * 1024;  ///< bytes
inline constexpr std::size_t kLargestBatch = 1280 * 1024;  ///< bytes, keys and values

struct Operations {
  std::vector<etcd::Put> puts;
  std::vector<std::string> deletes;  ///< keys
};

/// Below `prefix`.
Operations operationsOf(const cloud::Changes& changes, const std::string& prefix);

Weight weightOf(const Operations& operations);

/// An error that names what is too large, where these are those of one command.
Result<void> checkCommand(const Operations& operations);

}  // namespace netctl::store
