#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <utility>

struct nft_ctx;

namespace netctl::kernel {

/// Has nft's commands carried out by libnftables. In the network namespace of the calling thread.
class NftWriter {
 public:
  /// For a table, with its family, which errors name.
  static NftWriter open(std::string table);

  /// All commands, as one transaction; an error says what nft said.
  Result<void> write(const std::string& commands);
  /// True where the kernel would take them.
  bool wouldTake(const std::string& commands);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  using Context = std::unique_ptr<nft_ctx, Free>;

  NftWriter(Context nft, std::string table) : nft_(std::move(nft)), table_(std::move(table)) {}

  Context nft_;
  std::string table_;
};

}  // namespace netctl::kernel
