#include "netctl/store/etcd/operations.h"

#include "netctl/store/etcd/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::store {
namespace {

template <class Key, class T>
void addTable(const std::map<Key, cloud::Change<T>>& changes, const std::string& prefix,
              Operations& operations) {
  for (const auto& [key, change] : changes) {
    if (change.after) {
      operations.puts.push_back(
          {prefix + etcd_values::keyOf(*change.after), etcd_values::valueOf(*change.after)});
    } else if (change.before) {
      operations.deletes.push_back(prefix + etcd_values::keyOf(*change.before));
    }
  }
}

Error tooLarge(std::string what) {
  return {ErrorCode::InvalidArgument, "RequestTooLarge",
          what + "; ask for it in smaller parts, nothing has changed"};
}

}  // namespace

Operations operationsOf(const cloud::Changes& changes, const std::string& prefix) {
  Operations operations;
  addTable(changes.accounts, prefix, operations);
  addTable(changes.keys, prefix, operations);
  addTable(changes.key_pairs, prefix, operations);
  addTable(changes.prefix_lists, prefix, operations);
  addTable(changes.groups, prefix, operations);
  addTable(changes.instances, prefix, operations);
  addTable(changes.ended, prefix, operations);
  addTable(changes.addresses, prefix, operations);
  addTable(changes.returned, prefix, operations);
  addTable(changes.forwards, prefix, operations);
  return operations;
}

Weight weightOf(const Operations& operations) {
  Weight weight{operations.puts.size() + operations.deletes.size()};
  for (const auto& put : operations.puts) weight.bytes += put.key.size() + put.value.size();
  for (const auto& key : operations.deletes) weight.bytes += key.size();
  return weight;
}

Result<void> checkCommand(const Operations& operations) {
  for (const auto& put : operations.puts) {
    if (put.value.size() <= kLargestValue) continue;
    return tooLarge(
        fmt::format("the value of {} would have {} bytes, and the store (etcd) takes {}", put.key,
                    put.value.size(), kLargestValue));
  }
  const auto weight = weightOf(operations);
  if (weight.operations > kMostOperations) {
    return tooLarge(
        fmt::format("the change is of {} objects, and the store (etcd) takes {} at once",
                    weight.operations, kMostOperations));
  }
  if (weight.bytes > kLargestBatch) {
    return tooLarge(fmt::format("the change has {} bytes, and the store (etcd) takes {} at once",
                                weight.bytes, kLargestBatch));
  }
  return {};
}

}  // namespace netctl::store
