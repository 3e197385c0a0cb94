#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"
#include "netctl/kernel/ipset/ipset_messages.h"
#include "netctl/kernel/netlink/mnl_socket.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Our ipsets, `nc_...`. Works in the network namespace in which it was opened. One thread.
class Ipset {
 public:
  /// A set that is being built to take another's place; one that a crash left behind is one of ours
  /// like any other.
  static constexpr std::string_view kTemporary = "nc_new";

  static Result<Ipset> open(Result<MnlSocket> socket = MnlSocket::open(NETLINK_NETFILTER));

  /// Adds the sets that are in the scope: whole ones, and of others those members that it names.
  /// Sets of other types than ours, or with other options, are foreign.
  /// Options that ours do not have, like a timeout, show when the whole set is read.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// How many members each of our sets has, by one question; the kernel counts 10 ns for each.
  Result<std::map<std::string, std::uint32_t>> sizes();

  /// The packets that rules have counted at the members of a HashIp of ours. Empty where there is
  /// no such set, or nothing counts at it.
  Result<std::map<net::Ipv4Address, std::uint64_t>> packets(const std::string& name);

  /// The set is full before it has its name. One that has the name already is replaced at once
  /// where the types are of one kind, else only where no rule names it (Conflict).
  Result<void> apply(const host::CreateSet& step);
  /// One that is not there is gone; Conflict where a rule names it.
  Result<void> apply(const host::DestroySet& step);
  /// Members that are there already, or are gone already, are not an error. What comes after a
  /// member that is refused may not have been done.
  Result<void> apply(const host::AddMembers& step);
  Result<void> apply(const host::RemoveMembers& step);

 private:
  explicit Ipset(MnlSocket socket) : socket_(std::move(socket)) {}

  Result<std::vector<std::string>> names();
  /// Gives the parts of a set as they come. Its header; absent where there is no such set.
  Result<std::optional<SetPart::Header>> list(const std::string& name,
                                              const std::function<void(const SetPart&)>& take);
  struct Found {
    host::Set set;
    bool foreign = false;  ///< not as we make sets, and not read
  };
  /// Absent where there is no such set.
  Result<std::optional<Found>> read(const std::string& name);
  struct Kind {
    std::optional<host::SetType> type;  ///< absent: we make no such sets
  };
  /// By name and family only, which takes the same time for any set. Absent where there is no such
  /// set.
  Result<std::optional<Kind>> kindOf(const std::string& name);
  /// The kernel counts: 10 ns for each.
  Result<std::uint32_t> count(const std::string& name);
  Result<host::Set> readMembers(const std::string& name, host::SetType type,
                                const std::set<host::SetMember>& members);
  /// Whether one of these prefixes, none a single address, is in the set; true too where to find
  /// out takes longer than to list the set.
  Result<bool> isAnyThere(const std::string& name, host::SetType type,
                          const std::set<host::SetMember>& prefixes);
  /// Whether each is in the set, or (of a single address in a set of prefixes) matches a prefix in
  /// it.
  Result<std::vector<bool>> test(const std::string& name, host::SetType type,
                                 const std::vector<host::SetMember>& members);

  Result<std::uint8_t> revision(host::SetType type);
  Result<void> make(const std::string& name, const host::Set& set);
  Result<void> replace(const std::string& name, const host::Set& set);
  Result<void> change(bool add, const std::string& name, host::SetType type,
                      const std::vector<host::SetMember>& members);
  /// 0, or the kernel's number of the one message's refusal.
  Result<int> run(MnlBatch& batch);
  Result<int> destroy(const std::string& name);

  MnlSocket socket_;
  std::map<host::SetType, std::uint8_t> revisions_;
};

}  // namespace netctl::kernel
