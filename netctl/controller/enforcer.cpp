#include "netctl/controller/enforcer.h"

#include "modes/host/describe.h"
#include "netctl/controller/stopwatch.h"
#include "netctl/store/store.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::controller {
namespace {

/// More lines of drift than this are summed up.
constexpr std::size_t kDriftLines = 50;

host::Rendering restricted(const host::Rendering& rendering, host::Scope scope) {
  return {host::restrict(rendering.desired, scope), std::move(scope)};
}

}  // namespace

Enforcer::Enforcer(const cloud::Cloud& cloud, std::unique_ptr<Mode> mode, store::Store& store,
                   host::Host& host, Metrics& metrics, EventLog& events)
    : cloud_(cloud),
      mode_(std::move(mode)),
      store_(store),
      metrics_(metrics),
      events_(events),
      reconciler_(host, metrics),
      flows_(host, metrics) {
  ports_.reset(cloud_);
}

Result<void> Enforcer::start() {
  auto reviews = store_.pendingReviews();
  if (!reviews) return reviews.error();
  if (auto learned = flows_.learn(); !learned) return learned.error();
  flows_.add(*reviews);
  const auto rendering = renderAll();
  auto pass = reconciler_.bring(rendering, [this] { return renderAll(); });
  if (!pass) return pass.error();
  spdlog::info("controller started steps={} failed={}", pass->plan.steps.size(),
               pass->failed.size());
  settle(rendering, *pass);
  if (mustReviewFlows()) reviewFlows();
  return {};
}

void Enforcer::restart(std::unique_ptr<Mode> mode) {
  mode_ = std::move(mode);
  ports_.reset(cloud_);
  bring(renderAll());
}

host::Scope Enforcer::changed(const cloud::Changes& changes,
                              const std::set<net::Ipv4Address>& reviews) {
  ports_.update(cloud_.settings(), changes);
  flows_.add(reviews);
  host::Rendering rendering;
  {
    const Stopwatch stopwatch(metrics_.render);
    rendering = mode_->render(cloud_, changes);
  }
  auto scope = rendering.scope;
  bring(std::move(rendering));
  return scope;
}

void Enforcer::retry() {
  if (!outstanding_.toRetry().empty()) bring({});
  if (mustReviewFlows()) reviewFlows();
}

Result<Pass> Enforcer::audit() {
  auto pass = repair(renderAll());
  if (auto learned = flows_.learn(); !learned) {
    spdlog::warn("controller cannot read conntrack error=\"{}\"", learned.error().message);
  }
  return pass;
}

void Enforcer::lookAt(const std::set<std::string>& devices) {
  host::Scope scope;
  cloud::Changes instances;
  for (const auto& device : devices) {
    const auto id = ports_.instanceOf(device);
    if (!id) continue;
    // As if it had just come, so that its port is among what is rendered.
    instances.instances[*id] = {nullptr, cloud_.instance(*id)};
    scope.ports.insert(device);
  }
  (void)repair(restricted(mode_->render(cloud_, instances), std::move(scope)));
}

void Enforcer::lookAtDhcpServer() {
  host::Scope scope;
  scope.dhcp_server = true;
  (void)repair(restricted(renderAll(), std::move(scope)));
}

Result<host::Plan> Enforcer::plan(const std::optional<cloud::Changes>& changes) {
  return reconciler_.plan(changes ? mode_->render(cloud_, *changes) : renderAll());
}

host::Scope Enforcer::scopeOf(const cloud::Changes& changes) const {
  return mode_->render(cloud_, changes).scope;
}

std::vector<NotInForce> Enforcer::left(const host::Scope& scope) const {
  auto left = outstanding_.in(scope);
  if (flow_review_failed_) left.push_back({"flows", "could not be reviewed yet", true});
  return left;
}

std::vector<NotInForce> Enforcer::left() const {
  host::Scope everything;
  everything.everything = true;
  return left(everything);
}

bool Enforcer::mustRetry() const {
  return flow_review_failed_ || !outstanding_.toRetry().empty();
}

bool Enforcer::mustRetry(const host::Scope& scope) const {
  return flow_review_failed_ || outstanding_.toRetry().overlaps(scope);
}

host::Rendering Enforcer::renderAll() const {
  const Stopwatch stopwatch(metrics_.render);
  return mode_->render(cloud_);
}

/// Brings a part of the host to the cloud, together with what is still outstanding.
std::optional<Pass> Enforcer::bring(host::Rendering rendering) {
  if (auto scope = outstanding_.toRetry(); !scope.empty()) {
    scope.merge(rendering.scope);
    rendering = restricted(renderAll(), std::move(scope));
  }
  auto pass = reconciler_.bring(rendering, [this] { return renderAll(); });
  if (!pass) {
    spdlog::warn("controller cannot read the host error=\"{}\"", pass.error().message);
    outstanding_.replace(rendering.scope, pass.error());
    return {};
  }
  settle(rendering, *pass);
  return std::move(*pass);
}

void Enforcer::settle(const host::Rendering& rendering, const Pass& pass) {
  // What fails again and again is logged once.
  std::set<std::pair<std::string, std::string>> known;
  if (!pass.failed.empty()) {
    for (auto& left : left()) known.emplace(std::move(left.object), std::move(left.reason));
  }
  outstanding_.replace(rendering.scope, pass.failed);
  ports_.settle(rendering, pass.failed);
  for (const auto& failed : pass.failed) {
    const auto object = objectOf(failed.step);
    if (known.contains({object, failed.error.message})) continue;
    spdlog::warn("controller not in force object=\"{}\" reason=\"{}\"", object,
                 failed.error.message);
  }
  noteReview(flows_.forgetLegal(cloud_));
}

bool Enforcer::mustReviewFlows() const {
  return (hasFlowsToReview() || flow_review_failed_) && !outstanding_.missesRules();
}

void Enforcer::noteReview(const Result<void>& done) {
  flow_review_failed_ = !done;
  if (done) return;
  spdlog::warn("controller cannot review flows error=\"{}\"", done.error().message);
  events_.add(EventKind::Error, "flows", done.error().message);
}

void Enforcer::reviewFlows() {
  const auto pending = flows_.pending();
  auto done = flows_.cutIllegal(cloud_);
  // In this order: what was left and would be legal for the next instance begins anew.
  if (done) done = flows_.forgetLegal(cloud_);
  noteReview(done);
  if (!done || pending.empty()) return;
  if (auto finished = store_.finishReviews(pending); !finished) {
    // Harmless: the next start reviews them once more.
    spdlog::warn("controller cannot store a review error=\"{}\"", finished.error().message);
  }
}

Result<Pass> Enforcer::repair(host::Rendering rendering) {
  const auto known = outstanding_.toRetry();
  const auto awaited = ports_.waiting();
  auto pass = bring(std::move(rendering));
  if (!pass) {
    return Error{ErrorCode::Kernel, "", "the host could not be read; the status says why"};
  }
  if (const auto lines = reportDrift(*pass, known, awaited); lines > 0) {
    spdlog::warn("controller drift repaired lines={}", lines);
  }
  return std::move(*pass);
}

/// Reports what nobody asked for: not what was outstanding, nor devices that were awaited.
std::size_t Enforcer::reportDrift(const Pass& pass, const host::Scope& known,
                                  const std::set<std::string>& awaited) {
  std::size_t lines = 0;
  for (const auto& step : pass.plan.steps) {
    const auto* open = std::get_if<host::OpenPort>(&step.action);
    const bool expected = (open != nullptr && awaited.contains(open->device)) ||
                          host::scopeOf({{step}}).overlaps(known) ||
                          std::holds_alternative<host::Announce>(step.action);
    if (expected) continue;
    ++metrics_.drift_repaired;
    for (const auto& line : host::describe(step)) {
      if (++lines > kDriftLines) continue;
      events_.add(EventKind::Drift, line.object, fmt::format("{} {}", line.action, line.detail));
    }
  }
  if (lines > kDriftLines) {
    events_.add(EventKind::Drift, "host", fmt::format("{} more lines", lines - kDriftLines));
  }
  return lines;
}

}  // namespace netctl::controller
