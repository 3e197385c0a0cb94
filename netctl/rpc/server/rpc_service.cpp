#include "netctl/rpc/server/rpc_service.h"

#include "netctl/api/method.h"
#include "netctl/rpc/json_rpc.h"
#include "netctl/rpc/server/process_metrics.h"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace netctl::rpc {
namespace {

/// The calls of one body, made in their order.
///
/// Changes that follow each other are all submitted at once, and the controller takes them in
/// order: a batch costs one commit and one plan. Whatever only reads waits for the changes before
/// it, and is waited for by what comes after, so that each call sees what the earlier ones did.
class Calls : public std::enable_shared_from_this<Calls> {
 public:
  Calls(boost::asio::io_context& io, api::Api& api, std::shared_ptr<CallCounts> counts,
        const http::Request& request, http::Reply reply)
      : io_(io),
        api_(api),
        counts_(std::move(counts)),
        exchange_(request.body),
        only_reads_(request.only_reads),
        reply_(std::move(reply)) {}

  void proceed() {
    while (next_ < exchange_.calls() && mayStart(next_)) start(next_++);
    if (exchange_.done()) reply_({exchange_.status(), "application/json", exchange_.body()});
  }

 private:
  [[nodiscard]] bool isChange(std::size_t call) const {
    const auto* const method = api::findMethod(exchange_.method(call));
    return method != nullptr && method->isChange();
  }
  [[nodiscard]] bool mayStart(std::size_t call) const {
    return running_ == 0 || (isChange(call) && isChange(call - 1));
  }
  /// Absent where the caller may make that call.
  [[nodiscard]] std::optional<Error> refusalOf(std::size_t call) const {
    const auto* const method = api::findMethod(exchange_.method(call));
    if (!only_reads_ || method == nullptr || method->onlyReads()) return {};
    return Error{
        ErrorCode::PermissionDenied, "UnauthorizedOperation",
        fmt::format("{} does more than read, and a reader's certificate (OU=reader) is for "
                    "methods that only read; system.methods marks them, and 'netctl pki "
                    "client NAME' makes certificates for all methods",
                    method->name)};
  }
  void start(std::size_t call) {
    if (const auto refusal = refusalOf(call)) return finish(call, *refusal);
    ++running_;
    api_.call(exchange_.method(call), exchange_.parameters(call),
              [self = shared_from_this(), call](Result<boost::json::value> result) {
                boost::asio::post(self->io_, [self, call, result = std::move(result)]() mutable {
                  self->finish(call, std::move(result));
                  --self->running_;
                  self->proceed();
                });
              });
  }

  void finish(std::size_t call, Result<boost::json::value> result) {
    counts_->add(result ? nullptr : &result.error());
    exchange_.finish(call, std::move(result));
  }

  boost::asio::io_context& io_;
  api::Api& api_;
  std::shared_ptr<CallCounts> counts_;
  JsonRpcExchange exchange_;
  bool only_reads_;
  http::Reply reply_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
};

}  // namespace

void RpcService::handle(const http::Request& request, http::Reply reply) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path == "/rpc") {
    if (request.method != "POST") return reply(http::notAllowed("POST"));
    return std::make_shared<Calls>(io_, api_, calls_, request, std::move(reply))->proceed();
  }
  const bool health = path == "/healthz";
  if (!health && path != "/metrics") {
    return reply(http::plainResponse(404, "there are /rpc, /healthz and /metrics\n"));
  }
  if (request.method != "GET") return reply(http::notAllowed("GET"));
  if (!health) return metrics(std::move(reply));
  // By the controller: an answer says that it lives, and not only the sockets.
  api_.health([&io = io_, reply = std::move(reply)](bool healthy, std::string text) {
    boost::asio::post(io, [reply, response = http::plainResponse(
                                      healthy ? 200 : 503, std::move(text))] { reply(response); });
  });
}

void RpcService::metrics(http::Reply reply) {
  api_.metrics([&io = io_, counters = counters_, calls = calls_,
                reply = std::move(reply)](std::string text) {
    boost::asio::post(io, [counters, calls, reply, text = std::move(text)]() mutable {
      for (const auto& [server, of_server] : counters)
        text += http::metricsText(server, *of_server);
      reply({200, "text/plain; version=0.0.4; charset=utf-8",
             text + calls->metricsText() + processMetrics()});
    });
  });
}

}  // namespace netctl::rpc
