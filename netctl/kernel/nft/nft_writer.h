#pragma once

#include "base/result.h"
#include "netctl/kernel/nft/nft_process.h"

#include <string>
#include <utility>

namespace netctl::kernel {

/// Has nft's commands carried out by libnftables, in a process of its own (nft_process.h), which
/// the first of them starts. In the network namespace of the calling thread.
class NftWriter {
 public:
  /// For a table, with its family, which errors name.
  explicit NftWriter(std::string table) : table_(std::move(table)) {}

  /// All commands, as one transaction; an error says what nft said.
  Result<void> write(const std::string& commands);
  /// True where the kernel would take them.
  Result<bool> wouldTake(const std::string& commands);

 private:
  NftProcess nft_;
  std::string table_;
};

}  // namespace netctl::kernel
