#include "netctl/web/server/web_session.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <limits>
#include <utility>

namespace netctl::web {
namespace {

constexpr std::chrono::seconds kBetweenCounts{1};
/// netctld is trusted with its answers.
constexpr auto kMaxMessage = std::numeric_limits<std::uint32_t>::max();

}  // namespace

WebSession::WebSession(boost::asio::io_context& io, Descriptor link, Descriptor listening)
    : link_(std::make_shared<Link>(io, std::move(link), kMaxMessage)),
      counters_(std::make_shared<http::Counters>()),
      until_told_(io),
      listening_(std::move(listening)),
      server_(io, [this](const auto& call, auto answer) { ask(call, std::move(answer)); },
              {.counters = counters_,
               .on_refused = [this](std::string_view, const http::Refusal& refusal) {
                 link_->send(format(ToNetctld(TurnedAway{refusal})));
               }}) {}

void WebSession::start(Ended ended) {
  ended_ = std::move(ended);
  link_->start(
      [this](std::string_view bytes) {
        if (const auto message = parseToWeb(bytes)) return take(*message);
        ended_("netctld says what is not understood");
      },
      [this](const std::string& why) { ended_(why); });
  tellCounts();
}

void WebSession::tellCounts() {
  const Counted all{counters_->connections, counters_->connections_refused, counters_->answers()};
  if (all != told_) {
    auto since = all;
    since.refused -= told_.refused;
    for (const auto& [status, count] : told_.answers) since.answers[status] -= count;
    link_->send(format(ToNetctld(since)));
    told_ = all;
  }
  until_told_.expires_after(kBetweenCounts);
  until_told_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) tellCounts();
  });
}

void WebSession::ask(const ec2::SignedCall& call, Answer answer) {
  waiting_.emplace(++last_call_, std::move(answer));
  link_->send(format(ToNetctld(Called{last_call_, call})));
}

void WebSession::take(const ToWeb& message) {
  if (const auto* const certificate = std::get_if<ShowCertificate>(&message)) {
    return show(*certificate);
  }
  const auto& answered = std::get<Answered>(message);
  const auto node = waiting_.extract(answered.call);
  if (!node.empty()) node.mapped()(answered.answer);
}

void WebSession::show(const ShowCertificate& certificate) {
  if (!std::exchange(serves_, true)) {
    const auto served = server_.serve(std::move(listening_), certificate.texts);
    if (!served) return ended_(served.error().message);
    link_->send(format(ToNetctld(Serves{})));
  } else if (certificate.texts) {
    const auto renewed = server_.renew(*certificate.texts);
    if (renewed) return;
    spdlog::error("web goes on with the former certificate: {}", renewed.error().message);
  }
}

}  // namespace netctl::web
