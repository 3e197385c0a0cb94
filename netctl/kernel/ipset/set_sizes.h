#pragma once

#include "modes/host/plan.h"

#include <cstdint>
#include <map>
#include <string>

namespace netctl::kernel {

/// How many members our sets are to have, by what was done to them. A set of another size was
/// changed by somebody else: the kernel tells nobody of that, but keeps the size of each set.
class SetSizes {
 public:
  using Sizes = std::map<std::string, std::uint32_t>;

  /// What was carried out.
  void note(const host::CreateSet& step);
  void note(const host::DestroySet& step);
  void note(const host::AddMembers& step);
  void note(const host::RemoveMembers& step);
  /// All other steps change no set.
  template <class Step>
  void note(const Step& /*step*/) {}

  /// True where the sizes are not as expected. What is there is expected from then on.
  bool differ(Sizes sizes);

 private:
  Sizes expected_;
};

}  // namespace netctl::kernel
