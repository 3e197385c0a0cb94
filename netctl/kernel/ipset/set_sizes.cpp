#include "netctl/kernel/ipset/set_sizes.h"

#include <utility>

namespace netctl::kernel {
namespace {

template <class Members>
std::uint32_t count(const Members& members) {
  return static_cast<std::uint32_t>(members.size());
}

}  // namespace

void SetSizes::note(const host::CreateSet& step) {
  expected_[step.name] = count(step.set.members);
}

void SetSizes::note(const host::DestroySet& step) {
  expected_.erase(step.name);
}

void SetSizes::note(const host::AddMembers& step) {
  expected_[step.set] += count(step.members);
}

void SetSizes::note(const host::RemoveMembers& step) {
  expected_[step.set] -= count(step.members);
}

bool SetSizes::differ(Sizes sizes) {
  const bool differ = sizes != expected_;
  expected_ = std::move(sizes);
  return differ;
}

}  // namespace netctl::kernel
