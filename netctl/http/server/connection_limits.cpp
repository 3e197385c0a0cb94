#include "netctl/http/server/connection_limits.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::http {

ConnectionLimits::Decision ConnectionLimits::admit(const std::string& peer, Descriptors left) {
  if (const auto at = peers_.find(peer);
      at != peers_.end() && !peer.empty() && at->second.connections >= bounds_.of_peer) {
    return replace(peer, at->second.waiting,
                   fmt::format("its address has {} connections", bounds_.of_peer));
  }
  if (left == Descriptors::Few) {
    static constexpr const char* kFew = "this process has few descriptors left";
    if (waiting_.empty()) return {.verdict = Verdict::Close, .reason = kFew};
    return replace(peer, waiting_, kFew);
  }
  if (connections_.size() - refused_ < bounds_.of_all) return place(peer, {});
  return replace(peer, waiting_, fmt::format("there are {} connections", bounds_.of_all));
}

ConnectionLimits::Decision ConnectionLimits::refuse() {
  return refuseBecause({});
}

ConnectionLimits::Decision ConnectionLimits::refuseBecause(std::string reason) {
  if (refused_ >= bounds_.refused) return {.verdict = Verdict::Close, .reason = std::move(reason)};
  const auto id = next_++;
  connections_.emplace(id, Connection{.peer = {}, .is_refused = true});
  ++refused_;
  return {.verdict = Verdict::Refuse, .id = id, .reason = std::move(reason)};
}

ConnectionLimits::Decision ConnectionLimits::place(const std::string& peer, std::string reason) {
  const auto id = next_++;
  connections_.emplace(id, Connection{.peer = peer});
  ++peers_[peer].connections;
  waits(id);
  return {.verdict = Verdict::Admit, .id = id, .reason = std::move(reason)};
}

ConnectionLimits::Decision ConnectionLimits::replace(const std::string& peer,
                                                     const std::set<Turn>& waiting,
                                                     std::string reason) {
  if (waiting.empty()) return refuseBecause(std::move(reason));
  const auto ended = waiting.begin()->id;
  remove(ended);
  auto decision = place(peer, std::move(reason));
  decision.makes_room = ended;
  return decision;
}

void ConnectionLimits::waits(Id id) {
  const auto at = connections_.find(id);
  if (at == connections_.end() || at->second.is_refused || at->second.turn) return;
  auto& connection = at->second;
  connection.turn = Turn{connection.was_served, next_++, id};
  waiting_.insert(*connection.turn);
  peers_.at(connection.peer).waiting.insert(*connection.turn);
}

void ConnectionLimits::serves(Id id) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  at->second.was_served = true;
  stopWaiting(at->second);
}

void ConnectionLimits::stopWaiting(Connection& connection) {
  if (!connection.turn) return;
  waiting_.erase(*connection.turn);
  peers_.at(connection.peer).waiting.erase(*connection.turn);
  connection.turn.reset();
}

void ConnectionLimits::remove(Id id) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  stopWaiting(at->second);
  if (at->second.is_refused) {
    --refused_;
  } else if (const auto peer = peers_.find(at->second.peer); --peer->second.connections == 0) {
    peers_.erase(peer);
  }
  connections_.erase(at);
}

}  // namespace netctl::http
