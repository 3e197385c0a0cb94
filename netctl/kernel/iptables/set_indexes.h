#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>

namespace netctl::kernel {

/// The kernel's numbers of ipsets, by which rules name them.
class SetIndexes {
 public:
  virtual ~SetIndexes() = default;
  /// NotFound where there is no such set.
  virtual Result<std::uint16_t> indexOf(const std::string& name) = 0;
  virtual Result<std::string> nameOf(std::uint16_t index) = 0;
};

/// Asks the kernel (getsockopt SO_IP_SET, ip_set.h) for the network namespace in which it was
/// opened, and remembers. Sets come and go: it is opened for one look or one edit.
class KernelSetIndexes final : public SetIndexes {
 public:
  static Result<KernelSetIndexes> open();
  ~KernelSetIndexes() override;
  KernelSetIndexes(KernelSetIndexes&& other) noexcept;
  KernelSetIndexes& operator=(KernelSetIndexes&&) = delete;

  Result<std::uint16_t> indexOf(const std::string& name) override;
  Result<std::string> nameOf(std::uint16_t index) override;

 private:
  explicit KernelSetIndexes(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::map<std::string, std::uint16_t, std::less<>> indexes_;
  std::map<std::uint16_t, std::string> names_;
};

}  // namespace netctl::kernel
