#pragma once

#include "modes/firewall/guards.h"
#include "netctl/kernel/mnl_socket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Reads nft's table `bridge netctl` by its netlink messages. libnftables reads all of a table for
/// a single element of it.
class GuardReader {
 public:
  /// An element as the kernel has it.
  struct Entry {
    std::string value;    ///< a map's, in its bytes
    std::string comment;  ///< nft keeps it with the element
  };
  /// By keyOf.
  using Entries = std::map<std::string, Entry>;

  static Result<GuardReader> open();

  /// The bytes that the kernel has for a key, or for a map's value.
  static std::string keyOf(const firewall::GuardElement& element);
  static std::string bytesOf(const firewall::GuardKey& part);

  Result<bool> hasTable();
  /// Those of the elements that are there; all of one set.
  Result<Entries> find(const std::vector<firewall::GuardElement>& elements);
  /// All elements of a set; absent where there is no such set.
  Result<std::optional<Entries>> all(std::string_view set);
  /// A number that changes whenever a rule or a chain of the table does, but not with what it
  /// counts or with the elements of its sets.
  Result<std::uint64_t> fingerprint();

 private:
  explicit GuardReader(MnlSocket socket) : socket_(std::move(socket)) {}
  /// What `take(message, whole)` makes of all parts of an answer; absent where there is no such
  /// object. Begins anew where the kernel's objects change meanwhile.
  template <class Whole, class Take>
  Result<std::optional<Whole>> dump(std::uint16_t type, std::string_view set, const Take& take);

  MnlSocket socket_;
};

}  // namespace netctl::kernel
