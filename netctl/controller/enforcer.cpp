#include "netctl/controller/enforcer.h"

#include "modes/firewall/flows.h"
#include "modes/host/describe.h"
#include "netctl/controller/stopwatch.h"
#include "netctl/store/store.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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
      store_(store),
      metrics_(metrics),
      events_(events),
      host_(host),
      reconciler_(host, metrics),
      flows_(host, metrics),
      shares_(host) {
  // What was asked for is done in any case.
  reconciler_.setHold([this](const host::Step& step) {
    return repairing_ && fights_.isHeld(step, Fights::Clock::now());
  });
  useMode(std::move(mode));
}

void Enforcer::useMode(std::unique_ptr<Mode> mode) {
  mode_ = std::move(mode);
  fixed_ = mode_->render(cloud::Cloud(cloud_.settings())).desired;
  ports_.reset(cloud_);
}

Result<void> Enforcer::start(const DeviceNews& there) {
  (void)renamed_.update(there, cloud_);
  ports_.rename(renamed_.names());
  // A commit that a crash cut off from its review has left it in the store.
  auto reviews = store_.pendingReviews();
  if (!reviews) return reviews.error();
  const auto kept = store_.pendingKept();
  if (!kept) return kept.error();
  if (auto learned = flows_.learn(cloud_); !learned) return learned.error();
  flows_.add(*reviews);
  flows_.addKept(*kept);
  const auto pass = reconciler_.bring(renderAll(), [this] { return renderAll(); });
  if (!pass) return pass.error();
  spdlog::info("controller started steps={} failed={}", pass->plan.steps.size(),
               pass->failed.size());
  settle(*pass);
  lets_in_ = outstanding_.missesRules();
  // Rules that were changed are a former version's, and what came in by them was judged. Where
  // there were none, nothing was.
  const auto written = host::scopeOf(pass->plan);
  if (holdsRules(written)) {
    flows_.addAll(written.jumps.empty() ? FlowReview::Reach::Ours : FlowReview::Reach::Everything);
  }
  // Only where the rules stand: a flow that is cut before would begin anew.
  if (mustReviewFlows()) reviewFlows();
  if (isGateway()) {
    // From now on it is asked whether they are lost.
    if (const auto lost = host_.hasLostFlows(); !lost) return lost.error();
    // As after the host's own start: the instances know of flows that it does not.
    if (flows_.foundNone()) letFlowsHeal();
  }
  return {};
}

void Enforcer::restart(std::unique_ptr<Mode> mode) {
  useMode(std::move(mode));
  bring(renderAll());
  lets_in_ = outstanding_.missesRules();
}

Concern Enforcer::changed(const cloud::Changes& changes,
                          const std::set<net::Ipv4Address>& reviews) {
  // Before the pass, which settles the ports that it opens.
  ports_.update(cloud_.settings(), changes);
  flows_.add(reviews);
  host::Rendering rendering;
  {
    const Stopwatch stopwatch(metrics_.render);
    rendering = render(changes);
  }
  carriers_.merge(carriersOf(rendering.desired));
  auto concern = concernOf(rendering);
  if (isApart(changes, rendering.desired, concern)) {
    bringApart(std::move(rendering));
  } else {
    bring(std::move(rendering));
  }
  return concern;
}

void Enforcer::noteAtStake(const Concern& concern, const std::set<net::Ipv4Address>& addresses) {
  if (addresses.empty() || !outstanding_.missesRules()) return;
  if (!outstanding_.mustRetry({concern.change, {}})) return;
  lets_in_at_.insert(addresses.begin(), addresses.end());
}

/// True where nothing that is outstanding concerns these changes: then they need not wait for it.
/// What opens a way to an instance does so only where all that is outstanding is rules that are to
/// let in more than they do.
bool Enforcer::isApart(const cloud::Changes& changes, const host::HostState& desired,
                       Concern concern) const {
  if (!outstanding_.mustRetry()) return false;
  const bool opens = !desired.ports.empty() || !desired.addresses.empty() ||
                     !desired.nat.elastic.empty() || !desired.nat.forwards.empty();
  if (opens) {
    if (lets_in_ || !lets_in_at_.empty() || !outstanding_.isOfTablesOnly()) return false;
    concern.needs.merge(networksOf(changes));
  }
  return !outstanding_.mustRetry(concern);
}

void Enforcer::retry() {
  // An empty rendering: `bring` adds what is outstanding.
  if (outstanding_.mustRetry()) bring({});
  if (mustReviewFlows()) reviewFlows();
}

void Enforcer::learnCutFlows() {
  if (!flows_.hasKnown()) return;
  if (auto learned = flows_.learn(cloud_); !learned) {
    spdlog::warn("controller cannot read conntrack error=\"{}\"", learned.error().message);
  }
}

void Enforcer::seeLostFlows() {
  if (!isGateway()) return;
  const auto lost = host_.hasLostFlows();
  if (!lost) {
    spdlog::warn("controller cannot ask conntrack error=\"{}\"", lost.error().message);
    return;
  }
  if (!*lost || !letFlowsHeal()) return;
  events_.add(EventKind::Drift, "flows",
              "somebody emptied conntrack's table; TCP flows that instances have with the outside "
              "are taken up again for two minutes");
}

void Enforcer::shareFlows() {
  if (isGateway()) shares_.see(cloud_, !hasFlowsToReview(), FlowShares::Clock::now());
}

/// True where the instances' flows to the outside go by this host's rules.
bool Enforcer::isGateway() const {
  const auto& settings = cloud_.settings();
  return cloud::hasNetworks(settings.mode) && settings.host.role != cloud::Role::Node;
}

/// What is known to be cut stays so.
bool Enforcer::letFlowsHeal() {
  const auto healing = host_.letFlowsHeal(flows_.cutFlows(cloud_));
  if (!healing) {
    spdlog::warn("controller cannot let flows heal error=\"{}\"", healing.error().message);
  }
  return static_cast<bool>(healing);
}

Result<Pass> Enforcer::audit() {
  // First: what is kept by now is known before flows are reviewed.
  learnCutFlows();
  // Who asks for it does not wait.
  return repairBy([this] { return bring(renderAll()); }, false);
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
  (void)repair(restricted(render(instances), std::move(scope)));
}

host::Scope Enforcer::seeNames(const DeviceNews& news) {
  host::Scope scope;
  const auto devices = renamed_.update(news, cloud_);
  if (devices.empty()) return scope;
  ports_.rename(renamed_.names());
  scope.ports = devices;
  scope.guards = devices;
  return scope;
}

bool Enforcer::carries(const std::string& device, bool disturbed) const {
  return carriers_.shared.contains(device) || (disturbed && carriers_.own.contains(device));
}

void Enforcer::lookAt(const std::set<std::string>& carriers, host::Scope suspects) {
  // Most news is of one port's device: that is no reason to render the whole cloud.
  if (carriers.empty() && suspects.empty()) return;
  const auto all = renderAll();
  auto standing = standingOn(all.desired, carriers);
  // Of these the kernel tells when they come.
  for (const auto& device : ports_.waiting()) standing.ports.erase(device);
  suspects.merge(standing);
  if (suspects.empty()) return;
  (void)repair(restricted(all, std::move(suspects)));
}

Result<Pass> Enforcer::lookAtAll(const host::Areas& areas) {
  return repairBy([&]() -> std::optional<Pass> {
    auto pass = reconciler_.bring(host::only(renderAll().desired, areas), areas, ports_.waiting());
    if (!pass) {
      spdlog::warn("controller cannot read the host error=\"{}\"", pass.error().message);
      return {};
    }
    settleWithin(*pass);
    return std::move(*pass);
  });
}

void Enforcer::lookAside(const host::Areas& areas, std::function<void(Findings)> done) {
  const SideLook look{.cloud = std::make_shared<const cloud::Cloud>(cloud_),
                      .mode = mode_,
                      .renamed = renamed_.names(),
                      .areas = areas,
                      .known = outstanding_.toRetry(),
                      .awaited = ports_.waiting()};
  host_.beside(
      [look, done = std::move(done)](host::AreaReader& reader) { done(look.carryOut(reader)); });
}

Result<host::Areas> Enforcer::suspects() {
  return host_.suspects();
}

Result<host::Plan> Enforcer::plan(const std::optional<cloud::Changes>& changes) {
  return reconciler_.plan(changes ? render(*changes) : renderAll());
}

Concern Enforcer::concernOf(const host::Rendering& rendering) const {
  return {rendering.scope, needsOf(rendering.desired, fixed_)};
}

Concern Enforcer::concernOf(const cloud::Changes& changes) const {
  return concernOf(render(changes));
}

Concern Enforcer::concernOf(const Subject& subject) const {
  // A group may have thousands of permissions, and to repeat a command is to cost next to nothing.
  if (outstanding_.entries().empty()) return {};
  const auto objects = asIfNew(cloud_, subject);
  auto concern = concernOf(objects);
  concern.needs.merge(networksOf(objects));
  concern.change.merge(unsettled_.about(subject));
  return concern;
}

/// What stands on the host for the networks of instances: segment, gateway, options. The first
/// instance of a network brings it, and the later ones do not touch it.
host::Scope Enforcer::networksOf(const cloud::Changes& changes) const {
  cloud::Changes networks;
  for (const auto& [id, change] : changes.instances) {
    if (!change.after || !change.after->tag) continue;
    const auto group = cloud_.groupByTag(*change.after->tag);
    if (!group || networks.groups.contains(group->id)) continue;
    // As if it had had no network.
    auto before = *group;
    before.tag.reset();
    networks.groups[group->id] = {std::make_shared<const cloud::Group>(std::move(before)), group};
  }
  if (networks.empty()) return {};
  return render(networks).scope;
}

void Enforcer::noteLeft(const cloud::Changes& changes, Concern& concern) {
  // Renders more than was changed, so only where it can matter.
  if (!outstanding_.mustRetry()) return;
  concern.needs.merge(networksOf(changes));
  if (outstanding_.mustRetry({concern.change, {}})) unsettled_.add(changes, concern.change);
}

std::vector<NotInForce> Enforcer::left(const Concern& concern) const {
  return withReview(outstanding_.in(concern));
}

std::vector<NotInForce> Enforcer::failed() const {
  return withReview(outstanding_.failed());
}

std::vector<NotInForce> Enforcer::withReview(std::vector<NotInForce> left) const {
  if (flow_review_failed_) left.push_back({"flows", "could not be reviewed yet", true});
  return left;
}

std::vector<NotInForce> Enforcer::left() const {
  return left(Concern{host::everything().scope, {}});
}

bool Enforcer::mustRetry() const {
  return flow_review_failed_ || outstanding_.mustRetry();
}

bool Enforcer::mustRetry(const Concern& concern) const {
  return flow_review_failed_ || outstanding_.mustRetry(concern);
}

host::Rendering Enforcer::renderAll() {
  const Stopwatch stopwatch(metrics_.render);
  auto rendering = mode_->render(cloud_);
  rename(renamed_.names(), rendering);
  carriers_ = carriersOf(rendering.desired);
  return rendering;
}

host::Rendering Enforcer::render(const cloud::Changes& changes) const {
  auto rendering = mode_->render(cloud_, changes);
  rename(renamed_.names(), rendering);
  return rendering;
}

/// Brings a part of the host to the cloud, together with what is still outstanding. That is
/// rendered from the cloud of now, and not kept from the failed pass: the cloud has gone on, and
/// to bring an old rendering would undo a later change.
std::optional<Pass> Enforcer::bring(host::Rendering rendering) {
  if (auto scope = outstanding_.toRetry(); !scope.empty()) {
    scope.merge(rendering.scope);
    rendering = restricted(renderAll(), std::move(scope));
  }
  const auto scope = rendering.scope;
  auto pass = reconciler_.bring(std::move(rendering), [this] { return renderAll(); });
  if (!pass) {
    spdlog::warn("controller cannot read the host error=\"{}\"", pass.error().message);
    outstanding_.replace(scope, pass.error());
    return {};
  }
  settle(*pass);
  // The host had lost more than what was to be brought.
  if (pass->rendering.scope.everything && !scope.everything) {
    flows_.addAll(FlowReview::Reach::Everything);
  }
  return std::move(*pass);
}

/// Brings what is apart from all that is outstanding, which stays so.
void Enforcer::bringApart(host::Rendering rendering) {
  auto scope = rendering.scope;
  const auto pass = reconciler_.bring(std::move(rendering), [this] { return renderAll(); });
  if (!pass) {
    spdlog::warn("controller cannot read the host error=\"{}\"", pass.error().message);
    scope.merge(outstanding_.toRetry());
    return outstanding_.replace(scope, pass.error());
  }
  settleWithin(*pass);
  if (pass->rendering.scope.everything) flows_.addAll(FlowReview::Reach::Everything);
}

void Enforcer::settle(const Pass& pass) {
  noteLeftOf(pass);
  outstanding_.replace(pass.rendering.scope, pass.failed);
  settlePass(pass);
}

void Enforcer::settleWithin(const Pass& pass) {
  noteLeftOf(pass);
  outstanding_.replaceWithin(pass.rendering.scope, pass.failed);
  settlePass(pass);
}

/// Before it is outstanding.
void Enforcer::noteLeftOf(const Pass& pass) {
  // What fails again and again is logged once.
  std::set<std::pair<std::string, std::string>> known;
  if (!pass.failed.empty()) {
    for (auto& left : left()) known.emplace(std::move(left.object), std::move(left.reason));
  }
  for (const auto& failed : pass.failed) {
    const auto object = objectOf(failed.step);
    if (known.contains({object, failed.error.message})) continue;
    spdlog::warn("controller not in force object=\"{}\" reason=\"{}\"", object,
                 failed.error.message);
  }
}

void Enforcer::settlePass(const Pass& pass) {
  if (!outstanding_.mustRetry()) unsettled_.clear();
  if (!outstanding_.missesRules()) {
    lets_in_ = false;
    lets_in_at_.clear();
  }
  ports_.settle(pass.rendering, pass.failed);
  // What was cut and is legal again may begin anew, now that the rules let it.
  noteReview(flows_.settleKnown(cloud_));
}

bool Enforcer::mustReviewFlows() const {
  // While rules let it in, the flow would begin anew as soon as it was cut.
  return (flows_.isDueBeside(lets_in_at_) || flow_review_failed_) && !lets_in_;
}

void Enforcer::noteReview(const Result<void>& done) {
  flow_review_failed_ = !done;
  if (done) return;
  spdlog::warn("controller cannot review flows error=\"{}\"", done.error().message);
  events_.add(EventKind::Error, "flows", done.error().message);
}

void Enforcer::reviewFlows() {
  const auto through = flows_.review(cloud_, lets_in_at_);
  const auto done = through ? flows_.settleKnown(cloud_) : Result<void>(through.error());
  noteReview(done);
  if (!done || through->empty()) return;
  if (auto finished = store_.finishReviews(*through); !finished) {
    // Harmless: the next start reviews them once more.
    spdlog::warn("controller cannot store a review error=\"{}\"", finished.error().message);
  }
}

Result<Pass> Enforcer::repair(host::Rendering rendering) {
  return repairBy([&] { return bring(std::move(rendering)); });
}

template <class Bring>
Result<Pass> Enforcer::repairBy(const Bring& bring, bool waits_in_fights) {
  // As before the pass, which changes both: neither is drift.
  const auto known = outstanding_.toRetry();
  const auto awaited = ports_.waiting();
  repairing_ = waits_in_fights;
  auto pass = bring();
  repairing_ = false;
  if (!pass) {
    lets_in_ = outstanding_.missesRules();
    return Error{ErrorCode::Kernel, "", "the host could not be read; the status says why"};
  }
  // Whatever somebody has done to them. What was outstanding before is known.
  lets_in_ = lets_in_ || std::ranges::any_of(pass->failed, [&](const auto& failed) {
               const auto scope = host::scopeOf({{failed.step}});
               return failed.error.code != ErrorCode::Conflict && holdsRules(scope) &&
                      !known.covers(scope);
             });
  if (const auto lines = reportDrift(*pass, known, awaited); lines > 0) {
    spdlog::warn("controller drift repaired lines={}", lines);
  }
  // What came in while rules were missing, or by what somebody added to them.
  if (holdsRules(host::scopeOf(pass->plan))) {
    flows_.addAll(FlowReview::Reach::Everything);
    const auto before = metrics_.flows_cut;
    if (mustReviewFlows()) reviewFlows();
    if (const auto cut = metrics_.flows_cut - before; cut > 0) {
      events_.add(EventKind::Drift, "flows",
                  fmt::format("cut {} that came in while rules were missing", cut));
    }
  }
  return std::move(*pass);
}

void Enforcer::noteFight(const host::Step& step) {
  for (const auto& object : fights_.repaired(step, Fights::Clock::now())) {
    events_.add(EventKind::Error, object,
                fmt::format("another program changes it as often as it is repaired; from now on it "
                            "is repaired once in {} s, until that program leaves it alone",
                            Fights::kSlowed.count()));
  }
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
    noteFight(step);
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
