#include "netctl/http/server/sessions.h"

#include "netctl/http/server/http_session.h"

namespace netctl::http {

void Sessions::handle(Id id, Request request, Reply reply) {
  places_.serves(id);
  handler_(std::move(request), std::move(reply));
}

std::optional<Sessions::Id> Sessions::admit(const std::string& peer, Descriptors left,
                                            std::optional<Response>& refusal) {
  const auto decision = refusal ? places_.refuse() : places_.admit(peer, left);
  if (!decision.reason.empty()) {
    ++counters_->connections_refused;
    refusals_->add(peer, decision.makes_room
                             ? decision.reason + "; the one that waited longest was ended"
                             : decision.reason);
  }
  if (decision.makes_room) {
    const auto at = sessions_.find(*decision.makes_room);
    if (const auto session = at == sessions_.end() ? nullptr : at->second.lock()) session->close();
  }
  if (decision.verdict == ConnectionLimits::Verdict::Close) return {};
  if (decision.verdict == ConnectionLimits::Verdict::Refuse && !refusal) {
    refusal = refuse_(503, "too many connections; try again\n");
  }
  return decision.id;
}

void Sessions::add(Id id, const std::shared_ptr<HttpSession>& session) {
  sessions_.emplace(id, session);
  ++counters_->connections;
}

void Sessions::remove(Id id) {
  places_.remove(id);
  if (sessions_.erase(id) > 0) --counters_->connections;
}

void Sessions::closeAll() {
  refusals_->stop();
  for (const auto& [key, weak] : std::unordered_map(sessions_)) {
    if (const auto session = weak.lock()) session->close();
  }
}

}  // namespace netctl::http
