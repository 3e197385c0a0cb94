#include "netctl/ec2/server/endpoint.h"

#include "modes/cloud/text_rules.h"
#include "netctl/ec2/action.h"
#include "netctl/ec2/answer.h"
#include "netctl/ec2/request/query.h"
#include "netctl/ec2/request/signature_time.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::ec2 {
namespace {

/// Draws so often before it gives up: ids are so long that already a second time is rare.
constexpr int kAttempts = 8;

/// The account whose key has signed the claim.
Result<cloud::Ref<cloud::Account>> authenticate(const cloud::Cloud& cloud, const Claim& claim,
                                                std::chrono::sys_seconds now) {
  const auto key = cloud.key(claim.access_key);
  const auto account = key && key->enabled ? cloud.account(key->owner) : nullptr;
  if (!account) {
    return Error{ErrorCode::PermissionDenied, "AuthFailure",
                 "AWS was not able to validate the provided access credentials"};
  }
  if (auto right = verify(claim, key->secret, now); !right) return right.error();
  return account;
}

/// `YYYY-MM-DD`.
bool isVersion(const std::string& text) {
  return parseIsoTime(text + "T00:00:00Z").has_value() && text.size() == 10;
}

/// The cloud had the new id already.
bool isCollision(const Error& error) {
  return error.code == ErrorCode::Busy && error.reason == "Unavailable";
}

/// One request on its way: through the controller and back.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(boost::asio::io_context& io, controller::Controller& controller, Query query,
           http::Reply reply)
      : io_(io), controller_(controller), query_(std::move(query)), reply_(std::move(reply)) {}

  void start(std::chrono::sys_seconds now) {
    now_ = now;
    controller_.read([self = shared_from_this(), now](const controller::View& view) {
      const auto account = authenticate(view.cloud, self->query_.claim, now);
      if (!account) return self->fail(account.error());
      self->act(view, **account);
    });
  }

 private:
  void act(const controller::View& view, const cloud::Account& account) {
    cloud::Faults faults;
    const Parameters parameters(std::move(query_.parameters), faults);
    action_ = parameters.text("Action");
    version_ = parameters.text("Version");
    if (action_.empty()) {
      return fail({ErrorCode::InvalidArgument, "MissingAction",
                   "The request must contain the parameter Action"});
    }
    const auto* const action = findAction(action_);
    if (action == nullptr) {
      return fail({ErrorCode::Unsupported, "InvalidAction",
                   fmt::format("The action {} is not valid for this web service.",
                               cloud::quoted(action_))});
    }
    if (const auto mode = view.cloud.settings().mode;
        action->needs_networks && !cloud::hasNetworks(mode)) {
      return fail(cloud::needsNetworks(mode, "security groups and elastic addresses"));
    }
    if (parameters.required("Version"); !version_.empty() && !isVersion(version_)) {
      parameters.wrong(
          "Version", fmt::format("{} is not a version; write YYYY-MM-DD", cloud::quoted(version_)));
    }
    dry_run_ = parameters.flag("DryRun");
    auto step = action->run({view, account, version_, query_.host, now_, parameters});
    if (!faults.empty()) return fail(faults.error());
    if (!step) return fail(step.error());
    if (auto* const elements = std::get_if<Elements>(&*step)) return succeed(*elements);
    change_ = std::move(std::get<Change>(*step));
    submit(1);
  }

  void submit(int attempt) {
    controller_.submit(
        change_.command, {.dry_run = dry_run_},
        [self = shared_from_this(), attempt](const controller::View& view,
                                             const Result<controller::Applied>& applied) {
          self->take(view, applied, attempt);
        });
  }

  void take(const controller::View& view, const Result<controller::Applied>& applied, int attempt) {
    if (!applied) {
      if (!change_.again || !isCollision(applied.error()) || attempt >= kAttempts) {
        return fail(applied.error());
      }
      change_.command = change_.again();
      return submit(attempt + 1);
    }
    const auto elements = change_.answer(view, applied->outcome);
    if (!elements) return fail(elements.error());
    succeed(*elements);
  }

  void succeed(const Elements& elements) {
    if (dry_run_) {
      return fail({ErrorCode::Conflict, "DryRunOperation",
                   "Request would have succeeded, but DryRun flag is set."});
    }
    send(success(action_, version_, elements));
  }

  void fail(const Error& error) {
    spdlog::debug("ec2 refused action={} code={}", cloud::quoted(action_), error.reason);
    send(failure(error));
  }

  void send(http::Response response) {
    boost::asio::post(io_, [self = shared_from_this(), response = std::move(response)] {
      self->reply_(response);
    });
  }

  boost::asio::io_context& io_;
  controller::Controller& controller_;
  Query query_;
  http::Reply reply_;
  std::string action_;
  std::string version_;
  std::chrono::sys_seconds now_;
  bool dry_run_ = false;
  Change change_;
};

}  // namespace

void Endpoint::handle(const http::Request& request, http::Reply reply) const {
  auto query = readQuery(request);
  if (!query) {
    return boost::asio::post(
        io_, [response = failure(query.error()), reply = std::move(reply)] { reply(response); });
  }
  std::make_shared<Exchange>(io_, controller_, *std::move(query), std::move(reply))
      ->start(clock_());
}

std::chrono::sys_seconds Endpoint::now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace netctl::ec2
