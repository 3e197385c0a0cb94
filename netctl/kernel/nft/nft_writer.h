#pragma once

#include "base/result.h"
#include "netctl/kernel/nft/nft_process.h"

#include <memory>
#include <string>
#include <utility>

namespace netctl::kernel {

/// Has nft's commands carried out by libnftables, in a process beside this one (nft_process.h),
/// which the first of them starts. In the network namespace of the calling thread.
class NftWriter {
 public:
  /// For a table, with its family, which errors name. Writers of one thread may share a process.
  explicit NftWriter(std::string table,
                     std::shared_ptr<NftProcess> nft = std::make_shared<NftProcess>())
      : nft_(std::move(nft)), table_(std::move(table)) {}

  /// All commands, as one transaction; an error says what nft said.
  Result<void> write(const std::string& commands);
  /// True where the kernel would take them.
  Result<bool> wouldTake(const std::string& commands);

 private:
  std::shared_ptr<NftProcess> nft_;
  std::string table_;
};

}  // namespace netctl::kernel
