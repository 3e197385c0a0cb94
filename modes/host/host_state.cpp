#include "modes/host/host_state.h"
#include "modes/host/kinds.h"

#include <algorithm>

namespace netctl::host {

// Here, and not in each file that holds one: they are long to compile.
Scope::Scope() = default;
Scope::Scope(const Scope&) = default;
Scope::Scope(Scope&&) noexcept = default;
Scope& Scope::operator=(const Scope&) = default;
Scope& Scope::operator=(Scope&&) noexcept = default;
Scope::~Scope() = default;
bool Scope::operator==(const Scope&) const = default;

HostState::HostState() = default;
HostState::HostState(const HostState&) = default;
HostState::HostState(HostState&&) noexcept = default;
HostState& HostState::operator=(const HostState&) = default;
HostState& HostState::operator=(HostState&&) noexcept = default;
HostState::~HostState() = default;
bool HostState::operator==(const HostState&) const = default;

bool Scope::touches(Table table) const {
  const auto in_table = [table](const ChainId& chain) { return chain.table == table; };
  return everything || std::any_of(chains.begin(), chains.end(), in_table) ||
         std::any_of(chain_families.begin(), chain_families.end(), in_table) ||
         std::any_of(jumps.begin(), jumps.end(), in_table);
}

void Scope::merge(const Scope& other) {
  host::merge<Kinds>(*this, other);
}

bool Scope::overlaps(const Scope& other) const {
  if (everything) return !other.empty();
  if (other.everything) return !empty();
  return overlap<Kinds>(*this, other);
}

bool Scope::covers(const Scope& other) const {
  return host::covers<Kinds>(*this, other);
}

bool Scope::empty() const {
  return *this == Scope{};
}

}  // namespace netctl::host
