#include "modes/host/area.h"

#include "modes/host/kinds.h"
#include "modes/host/plan.h"

#include <iterator>
#include <tuple>
#include <type_traits>
#include <utility>

namespace netctl::host {
namespace {

// A new kind needs a line here, and does not compile without.
constexpr Area areaOf(SysctlKind /*row*/) {
  return Area::Sysctls;
}
constexpr Area areaOf(PortKind /*row*/) {
  return Area::Links;
}
constexpr Area areaOf(SegmentKind /*row*/) {
  return Area::Links;
}
constexpr Area areaOf(RedirectKind /*row*/) {
  return Area::Links;
}
constexpr Area areaOf(GuardRulesKind /*row*/) {
  return Area::Guards;
}
constexpr Area areaOf(PortGuardKind /*row*/) {
  return Area::Guards;
}
constexpr Area areaOf(UnseenGuardKind /*row*/) {
  return Area::Guards;
}
constexpr Area areaOf(GuardMemberKind /*row*/) {
  return Area::Guards;
}
constexpr Area areaOf(AddressKind /*row*/) {
  return Area::Addresses;
}
constexpr Area areaOf(PublicRouterKind /*row*/) {
  return Area::Addresses;
}
constexpr Area areaOf(SetKind /*row*/) {
  return Area::Sets;
}
constexpr Area areaOf(NatRulesKind /*row*/) {
  return Area::Nat;
}
constexpr Area areaOf(ElasticKind /*row*/) {
  return Area::Nat;
}
constexpr Area areaOf(ForwardKind /*row*/) {
  return Area::Nat;
}
constexpr Area areaOf(SenderKind /*row*/) {
  return Area::Nat;
}
constexpr Area areaOf(DhcpChecksumsKind /*row*/) {
  return Area::DhcpChecksums;
}
constexpr Area areaOf(DhcpServerKind /*row*/) {
  return Area::Dhcp;
}
constexpr Area areaOf(DhcpNetworkKind /*row*/) {
  return Area::Dhcp;
}
constexpr Area areaOf(DhcpHostKind /*row*/) {
  return Area::Dhcp;
}
constexpr Area areaOf(MetadataDocumentKind /*row*/) {
  return Area::Metadata;
}
constexpr Area areaOf(MetadataServerKind /*row*/) {
  return Area::Metadata;
}

/// Chains and jumps are of an area by their table.
template <class Row>
constexpr bool kIsOfTable = std::is_same_v<Row, ChainKind> || std::is_same_v<Row, JumpKind>;

/// Moves those whose table is of the areas.
template <class Entries, class TableOf>
void moveOfTables(Entries& from, Entries& into, const Areas& areas, const TableOf& table_of) {
  for (auto it = from.begin(); it != from.end();) {
    const auto next = std::next(it);
    if (areas.contains(areaOf(table_of(*it)))) into.insert(from.extract(it));
    it = next;
  }
}

bool isAny(bool named) {
  return named;
}
template <class Names>
bool isAny(const Names& names) {
  return !names.empty();
}
template <class... Names>
bool isAny(const std::tuple<const Names&...>& names) {
  return std::apply([](const auto&... each) { return (isAny(each) || ...); }, names);
}

}  // namespace

Areas allAreas() {
  return {Area::Sysctls, Area::Links,         Area::Guards,   Area::Addresses,
          Area::Sets,    Area::FilterTable,   Area::NatTable, Area::MangleTable,
          Area::Nat,     Area::DhcpChecksums, Area::Dhcp,     Area::Metadata};
}

Area areaOf(Table table) {
  switch (table) {
    case Table::Filter:
      return Area::FilterTable;
    case Table::Nat:
      return Area::NatTable;
    case Table::Mangle:
      return Area::MangleTable;
  }
  return Area::FilterTable;
}

std::string_view format(Area area) {
  switch (area) {
    case Area::Sysctls:
      return "sysctls";
    case Area::Links:
      return "links";
    case Area::Guards:
      return "guards";
    case Area::Addresses:
      return "addresses";
    case Area::Sets:
      return "sets";
    case Area::FilterTable:
      return "table filter";
    case Area::NatTable:
      return "table nat";
    case Area::MangleTable:
      return "table mangle";
    case Area::Nat:
      return "nft nat";
    case Area::DhcpChecksums:
      return "dhcp checksums";
    case Area::Dhcp:
      return "dhcp";
    case Area::Metadata:
      return "metadata";
  }
  return "?";
}

HostState only(HostState state, const Areas& areas) {
  HostState part;
  Kinds::forEach([&]<class Row>(Row row) {
    if constexpr (kIsOfTable<Row>) {
      const auto by_entry = [](const auto& entry) { return entry.first.table; };
      const auto by_name = [](const ChainId& id) { return id.table; };
      moveOfTables(row.objects(state), row.objects(part), areas, by_entry);
      moveOfTables(ofObjects(row.names(state.foreign)), ofObjects(row.names(part.foreign)), areas,
                   by_name);
    } else if (areas.contains(areaOf(row))) {
      row.objects(part) = std::move(row.objects(state));
      row.names(part.foreign) = row.names(std::as_const(state.foreign));
    }
  });
  return part;
}

Areas areasOf(const Scope& scope) {
  Areas areas;
  Kinds::forEach([&]<class Row>(Row row) {
    if constexpr (!kIsOfTable<Row>) {
      if (isAny(row.names(scope))) areas.insert(areaOf(row));
    }
  });
  for (const auto table : kTables) {
    if (scope.touches(table)) areas.insert(areaOf(table));
  }
  return areas;
}

Scope namesOf(const HostState& state) {
  return scopeOf(diff(state, {}));
}

}  // namespace netctl::host
