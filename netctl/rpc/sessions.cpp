#include "netctl/rpc/sessions.h"

namespace netctl::rpc {

bool Sessions::admit(std::optional<HttpResponse>& refusal) {
  if (sessions_.size() - refused_ >= limits_.max_connections) {
    ++service_.counters().connections_refused;
    if (!refusal) refusal = plainResponse(503, "too many connections; try again\n");
  }
  return !refusal || refused_ < limits_.max_connections;
}

void Sessions::add(const std::shared_ptr<Session>& session, bool refused) {
  sessions_.emplace(session.get(), session);
  refused_ += refused ? 1 : 0;
  count();
}

void Sessions::remove(const Session* session, bool refused) {
  sessions_.erase(session);
  refused_ -= refused ? 1 : 0;
  count();
}

void Sessions::closeAll() {
  for (const auto& [key, weak] : std::unordered_map(sessions_)) {
    if (const auto session = weak.lock()) session->close();
  }
}

}  // namespace netctl::rpc
