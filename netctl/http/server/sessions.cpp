#include "netctl/http/server/sessions.h"

#include "netctl/http/server/http_session.h"

namespace netctl::http {

void Sessions::handle(Request request, Reply reply) {
  ++counters_->requests;
  handler_(std::move(request), std::move(reply));
}

bool Sessions::admit(std::optional<Response>& refusal) {
  if (sessions_.size() - refused_ >= limits_.max_connections) {
    ++counters_->connections_refused;
    if (!refusal) refusal = refuse_(503, "too many connections; try again\n");
  }
  return !refusal || refused_ < limits_.max_connections;
}

void Sessions::add(const std::shared_ptr<HttpSession>& session, bool refused) {
  sessions_.emplace(session.get(), session);
  refused_ += refused ? 1 : 0;
  count();
}

void Sessions::remove(const HttpSession* session, bool refused) {
  sessions_.erase(session);
  refused_ -= refused ? 1 : 0;
  count();
}

void Sessions::closeAll() {
  for (const auto& [key, weak] : std::unordered_map(sessions_)) {
    if (const auto session = weak.lock()) session->close();
  }
}

}  // namespace netctl::http
