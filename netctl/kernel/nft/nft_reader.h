#pragma once

#include "modes/host/counted.h"
#include "netctl/kernel/netlink/mnl_socket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::kernel {

/// Reads one of nft's tables by its netlink messages. libnftables reads all of a table for a single
/// element of it.
class NftReader {
 public:
  /// An element as the kernel has it.
  struct Entry {
    std::string_view key;        ///< in its bytes
    std::string_view value;      ///< a map's, in its bytes
    std::string_view comment;    ///< nft keeps it with the element
    host::Traffic counted = {};  ///< by the element's own counter
  };
  /// Elements in no order, and the messages that they stand in.
  class Entries {
   public:
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

   private:
    friend class NftReader;
    void take(const nlmsghdr& message);

    // A message stays where it is when the vector around it is moved.
    std::vector<std::vector<char>> messages_;
    std::vector<Entry> entries_;
  };
  struct Rule {
    std::uint64_t handle = 0;  ///< in network order, as the kernel gives it
    std::string comment;       ///< nft keeps it with the rule
  };
  /// The table `name` of a family (NFPROTO_...).
  static Result<NftReader> open(std::uint8_t family, std::string_view name,
                                Result<MnlSocket> socket = MnlSocket::open(NETLINK_NETFILTER));

  /// The name in the bytes of a key.
  static std::string nameIn(std::string_view bytes);
  /// The bytes of a number in the host's order, as a key or a value.
  static std::string numberBytes(std::uint32_t number);

  Result<bool> hasTable();
  /// A number that no other table of this namespace has had since the machine came up; absent where
  /// there is no such table.
  Result<std::optional<std::uint64_t>> handle();
  /// What the table's named counters have counted; none where there is no such table.
  Result<std::map<std::string, host::Traffic>> counters();
  /// Those of the keys that are there.
  Result<Entries> find(std::string_view set, const std::vector<std::string>& keys);
  /// All elements of a set; absent where there is no such set.
  Result<std::optional<Entries>> all(std::string_view set);
  /// Those of a chain, in their order; none where there is no such chain.
  Result<std::vector<Rule>> rules(std::string_view chain);
  /// A number that changes whenever a rule or a chain of the table does, but not with what it
  /// counts or with the elements of its sets.
  Result<std::uint64_t> fingerprint();

 private:
  NftReader(MnlSocket socket, std::uint8_t family, std::string_view name)
      : socket_(std::move(socket)), family_(family), name_(name) {}
  nlmsghdr* begin(MnlBatch& batch, std::uint16_t type, std::uint16_t flags = 0) const;
  [[nodiscard]] Error readError(std::string_view what, const MnlRefusal& refusal) const;
  /// What `take(message, whole)` makes of all parts of an answer; absent where there is no such
  /// object. Begins anew where the kernel's objects change meanwhile.
  template <class Whole, class Take>
  Result<std::optional<Whole>> dump(std::uint16_t type, std::string_view set, const Take& take);

  MnlSocket socket_;
  std::uint8_t family_;
  std::string name_;
};

}  // namespace netctl::kernel
