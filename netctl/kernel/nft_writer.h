#pragma once

#include "modes/result.h"

#include <memory>
#include <string>

struct nft_ctx;

namespace netctl::kernel {

/// Has nft's commands carried out by libnftables. In the network namespace of the calling thread.
class NftWriter {
 public:
  static NftWriter open();

  /// All commands, as one transaction; an error says what nft said.
  Result<void> write(const std::string& commands);
  /// True where the kernel would take them.
  bool wouldTake(const std::string& commands);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  using Context = std::unique_ptr<nft_ctx, Free>;

  explicit NftWriter(Context nft) : nft_(std::move(nft)) {}

  Context nft_;
};

}  // namespace netctl::kernel
