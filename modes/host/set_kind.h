#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace netctl::host {

/// The ipset types that we use, named as ipset(8) names them. The members of a HashIp have
/// counters, which no rule counts at but those that say so.
enum class SetType { HashIp, HashNet, HashNetIface, HashIpPort, HashIpPortNet };
std::string_view format(SetType type);

/// A member of a set of any of these types; what a type does not have keeps its default.
struct SetMember {
  net::Ipv4Address address;           ///< first dimension
  std::uint8_t length = 32;           ///< of the first dimension, in HashNet and HashNetIface
  std::uint8_t protocol = 0;          ///< with a port: IP protocol number
  std::uint16_t port = 0;             ///< port; ICMP: type << 8 | code; other protocols: 0
  net::Ipv4Address address2;          ///< last dimension of HashIpPortNet
  std::uint8_t length2 = 32;          ///< of address2
  std::array<char, 16> interface {};  ///< in HashNetIface, NUL-padded

  auto operator<=>(const SetMember&) const = default;
};
std::string format(SetType type, const SetMember& member);

/// `members` is sorted and has no member twice. A set that bears our name and was not made by us
/// (another type, or options like a timeout) is foreign: it is replaced or goes, and its members
/// are not read.
struct Set {
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;

  bool operator==(const Set&) const = default;
};

/// A new set, filled before anything names it.
struct CreateSet {
  std::string name;
  Set set;
  bool operator==(const CreateSet&) const = default;
};
struct DestroySet {
  std::string name;
  bool operator==(const DestroySet&) const = default;
};
struct AddMembers {
  std::string set;
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;
  bool operator==(const AddMembers&) const = default;
};
struct RemoveMembers {
  std::string set;
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;
  bool operator==(const RemoveMembers&) const = default;
};

/// Single members of sets, by the set's name.
using MembersBySet = std::map<std::string, std::set<SetMember>>;

/// By name. A scope names whole sets, and of others that exist single members.
struct SetKind {
  using Made = StepTypes<CreateSet, DestroySet, AddMembers, RemoveMembers>;
  template <class Whole, class Members>
  using Names = std::tuple<Whole&, Members&>;
  using ConstNames = Names<const std::set<std::string>, const MembersBySet>;

  static auto& objects(auto& state) { return state.sets; }
  static auto names(auto& scope) { return std::tie(scope.sets, scope.members); }

  static void plan(auto& steps, const std::string& name, const Change<Set>& change) {
    const auto& [there, wanted, foreign] = change;
    if (wanted == nullptr) {
      steps.add({Phase::RemoveSets}, DestroySet{name});
    } else if (there == nullptr || foreign || there->type != wanted->type) {
      steps.add({Phase::AddSets}, CreateSet{name, *wanted});
    } else {
      if (auto more = difference(*wanted, *there); !more.empty()) {
        steps.add({Phase::AddSets}, AddMembers{name, wanted->type, std::move(more)});
      }
      if (auto less = difference(*there, *wanted); !less.empty()) {
        steps.add({Phase::RemoveMembers}, RemoveMembers{name, wanted->type, std::move(less)});
      }
    }
  }

  using TouchedNames = Names<std::set<std::string>, MembersBySet>;
  static void touched(const CreateSet& step, TouchedNames names) {
    std::get<0>(names).insert(step.name);
  }
  static void touched(const DestroySet& step, TouchedNames names) {
    std::get<0>(names).insert(step.name);
  }
  static void touched(const AddMembers& step, TouchedNames names) {
    std::get<1>(names)[step.set].insert(step.members.begin(), step.members.end());
  }
  static void touched(const RemoveMembers& step, TouchedNames names) {
    std::get<1>(names)[step.set].insert(step.members.begin(), step.members.end());
  }
  static void carryOut(const CreateSet& step, std::map<std::string, Set>& sets) {
    sets[step.name] = step.set;
  }
  static void carryOut(const DestroySet& step, std::map<std::string, Set>& sets) {
    sets.erase(step.name);
  }
  static void carryOut(const AddMembers& step, std::map<std::string, Set>& sets);
  static void carryOut(const RemoveMembers& step, std::map<std::string, Set>& sets);
  static Bearing bearing(const CreateSet&) { return {Bearing::Gate::Guards}; }
  static Bearing bearing(const DestroySet&) { return {}; }
  static Bearing bearing(const AddMembers&) { return {Bearing::Gate::Guards}; }
  static Bearing bearing(const RemoveMembers&) { return {Bearing::Gate::Guards}; }
  static void describe(const CreateSet& step, Lines& lines);
  static void describe(const DestroySet& step, Lines& lines);
  static void describe(const AddMembers& step, Lines& lines);
  static void describe(const RemoveMembers& step, Lines& lines);

  static std::map<std::string, Set> select(const std::map<std::string, Set>& sets,
                                           ConstNames names);
  static bool overlap(ConstNames some, ConstNames others);
  static bool covers(ConstNames all, ConstNames part);
  static bool isNamed(ConstNames names, const std::string& set);

 private:
  /// The members of one that another does not have.
  static std::vector<SetMember> difference(const Set& one, const Set& other);
};

}  // namespace netctl::host
