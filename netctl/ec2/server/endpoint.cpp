#include "netctl/ec2/server/endpoint.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/ec2/action.h"
#include "netctl/ec2/meaningless.h"
#include "netctl/ec2/request/query.h"
#include "netctl/ec2/request/signature_time.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace netctl::ec2 {
namespace {

using crypto::SshKeyType;

/// Draws so often before it gives up: ids are so long that already a second time is rare.
constexpr int kAttempts = 8;

Error unknownKey() {
  return {ErrorCode::PermissionDenied, "AuthFailure",
          "AWS was not able to validate the provided access credentials"};
}

/// What an enabled key has signed.
Result<Query> authenticate(const AccessKeys& keys, const SignedCall& call,
                           std::chrono::sys_seconds now) {
  const auto key = keys.find(call.access_key);
  if (!key || !key->enabled) return unknownKey();
  return openCall(call, key->secret, now);
}

/// The account that a key acts for; null where it does so no more.
cloud::Ref<cloud::Account> accountOf(const cloud::Cloud& cloud, const std::string& key_id) {
  const auto key = cloud.key(key_id);
  return key && key->enabled ? cloud.account(key->owner) : nullptr;
}

std::string textOf(const Pairs& parameters, const std::string& name) {
  const auto at = parameters.find(name);
  return at == parameters.end() ? std::string() : at->second;
}

Result<const Action*> actionOf(const std::string& name) {
  if (name.empty()) {
    return Error{ErrorCode::InvalidArgument, "MissingAction",
                 "The request must contain the parameter Action"};
  }
  if (const auto* const action = findAction(name)) return action;
  return Error{ErrorCode::Unsupported, "InvalidAction",
               fmt::format("The action {} is not valid for this web service.", quote(name))};
}

void logRefusal(const std::string& action, const Error& error) {
  spdlog::debug("ec2 refused action={} code={}", quote(action), error.reason);
}

/// `YYYY-MM-DD`.
bool isVersion(const std::string& text) {
  return parseIsoTime(text + "T00:00:00Z").has_value() && text.size() == 10;
}

/// The cloud had the new id already.
bool isCollision(const Error& error) {
  return error.code == ErrorCode::Busy && error.reason == "Unavailable";
}

/// A request whose signature is right, on its way: through the controller and back.
class RunningAction : public std::enable_shared_from_this<RunningAction> {
 public:
  RunningAction(boost::asio::io_context& io, controller::Controller& controller, Query query,
                std::chrono::sys_seconds now, Endpoint::Answered answered)
      : io_(io),
        controller_(controller),
        query_(std::move(query)),
        answered_(std::move(answered)),
        name_(textOf(query_.parameters, "Action")),
        version_(textOf(query_.parameters, "Version")),
        now_(now) {}

  void start(const Action& action, KeyMaker& key_maker) {
    if (!action.needs_ssh_key) return start(action);
    const bool is_short = textOf(query_.parameters, "KeyType") == format(SshKeyType::Ed25519);
    key_maker.make(is_short ? SshKeyType::Ed25519 : SshKeyType::Rsa,
                   [self = shared_from_this(), &action](crypto::NewSshKey key) {
                     self->ssh_key_ = std::move(key);
                     self->start(action);
                   });
  }

 private:
  void start(const Action& action) {
    controller_.read([self = shared_from_this(), &action](const controller::View& view) {
      // The key may have been taken away since its signature was checked.
      const auto account = accountOf(view.cloud, self->query_.claim.access_key);
      if (!account) return self->fail(unknownKey());
      self->act(action, view, *account);
    });
  }

  void act(const Action& action, const controller::View& view, const cloud::Account& account) {
    if (const auto mode = view.cloud.settings().mode;
        action.needs_networks && !cloud::hasNetworks(mode)) {
      return fail(cloud::needsNetworks(mode, "security groups and elastic addresses"));
    }
    document_ = action.document;
    cloud::Faults faults;
    const Parameters parameters(std::move(query_.parameters), faults);
    if (parameters.required("Version"); !version_.empty() && !isVersion(version_)) {
      parameters.wrong("Version",
                       fmt::format("{} is not a version; write YYYY-MM-DD", quote(version_)));
    }
    dry_run_ = parameters.flag("DryRun");
    auto step = action.run(
        {view, account, version_, query_.host, now_, parameters, ssh_key_ ? &*ssh_key_ : nullptr});
    ssh_key_.reset();
    if (!faults.empty()) return fail(faults.error());
    if (!step) return fail(step.error());
    parameters.refuseUnasked([&](std::string_view name) {
      return name == "Action" || isOfSignature(name) || hasNoMeaning(name_, name);
    });
    if (!faults.empty()) return fail(faults.error());
    if (auto* const elements = std::get_if<Elements>(&*step)) {
      return succeed(std::move(*elements));
    }
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
    auto elements = change_.answer(view, applied->outcome);
    if (!elements) return fail(elements.error());
    succeed(*std::move(elements));
  }

  void succeed(Elements elements) {
    if (dry_run_) {
      return fail({ErrorCode::Conflict, "DryRunOperation",
                   "Request would have succeeded, but DryRun flag is set."});
    }
    send(Success{document_, std::move(elements)});
  }

  void fail(const Error& error) {
    logRefusal(name_, error);
    send(failureOf(error));
  }

  void send(Answer answer) {
    boost::asio::post(
        io_, [self = shared_from_this(), answer = std::move(answer)] { self->answered_(answer); });
  }

  boost::asio::io_context& io_;
  controller::Controller& controller_;
  Query query_;
  Endpoint::Answered answered_;
  std::string name_;
  std::string version_;
  std::chrono::sys_seconds now_;
  bool dry_run_ = false;
  Document document_ = Document::Compute;
  std::optional<crypto::NewSshKey> ssh_key_;
  Change change_;
};

}  // namespace

Endpoint::Endpoint(boost::asio::io_context& io, controller::Controller& controller, Clock clock)
    : io_(io),
      controller_(controller),
      clock_(std::move(clock)),
      key_maker_(std::make_shared<KeyMaker>(io)) {
  controller_.onKeysChanged([keys = keys_](const auto& changed) { keys->update(changed); });
}

void Endpoint::handle(const SignedCall& call, Answered answered) const {
  const auto now = clock_();
  auto query = authenticate(*keys_, call, now);
  const auto name = query ? textOf(query->parameters, "Action") : std::string();
  const auto refuse = [&](const Error& error) {
    logRefusal(name, error);
    answered(failureOf(error));
  };
  if (!query) return refuse(query.error());
  const auto action = actionOf(name);
  if (!action) return refuse(action.error());
  std::make_shared<RunningAction>(io_, controller_, *std::move(query), now, std::move(answered))
      ->start(**action, *key_maker_);
}

std::chrono::sys_seconds Endpoint::now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace netctl::ec2
