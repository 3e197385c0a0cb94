#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace netctl::http {

/// How many connections a listener has at most.
struct ConnectionBounds {
  std::size_t of_all = 1024;
  std::size_t of_peer = 512;  ///< of one address, so that one host does not fill the listener
  std::size_t refused = 128;  ///< that are told to come back; they count for neither of the others
};

/// How many descriptors this process has left.
enum class Descriptors { Enough, Few };

/// Who gets a place at one listener. Over a bound the connection that has waited longest for its
/// client makes room: of the same peer, where that has too many. So connections that say nothing
/// keep nobody out, however many they are. Those that were never served go before those that were.
///
/// Bookkeeping only: the caller ends what is to make room. On one thread.
class ConnectionLimits {
 public:
  using Id = std::uint64_t;  ///< of a connection that has a place

  enum class Verdict {
    Admit,
    Refuse,  ///< it is told why, and ends
    Close,   ///< it ends at once
  };
  struct Decision {
    Verdict verdict = Verdict::Admit;
    Id id = 0;                          ///< its own, unless it is closed
    std::optional<Id> makes_room = {};  ///< to be ended; it has no place any more
    std::string reason = {};            ///< what bound it met; empty where it met none
  };

  explicit ConnectionLimits(ConnectionBounds bounds) : bounds_(bounds) {}

  /// A connection has come. An empty peer counts for no bound of a peer. While descriptors are few
  /// it finds a place only where another makes room.
  Decision admit(const std::string& peer, Descriptors left = Descriptors::Enough);
  /// One has come that is refused whatever the bounds say.
  Decision refuse();

  /// From now on it waits for what its client sends. One that is admitted does so to begin with.
  void waits(Id id);
  /// It does not wait any more: its request is complete.
  void serves(Id id);
  void remove(Id id);

 private:
  /// Of those that wait: whether they were served, and since when.
  struct Turn {
    bool was_served = false;
    std::uint64_t since = 0;
    Id id = 0;
    auto operator<=>(const Turn&) const = default;
  };
  struct Connection {
    std::string peer;
    bool is_refused = false;
    bool was_served = false;
    std::optional<Turn> turn = {};  ///< present while it waits
  };
  struct Peer {
    std::size_t connections = 0;
    std::set<Turn> waiting;
  };

  Decision place(const std::string& peer, std::string reason);
  Decision replace(const std::string& peer, const std::set<Turn>& waiting, std::string reason);
  Decision refuseBecause(std::string reason);
  void stopWaiting(Connection& connection);

  ConnectionBounds bounds_;
  std::uint64_t next_ = 1;  ///< id or turn
  std::map<Id, Connection> connections_;
  std::map<std::string, Peer> peers_;
  std::set<Turn> waiting_;
  std::size_t refused_ = 0;
};

}  // namespace netctl::http
