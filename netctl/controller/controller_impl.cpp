#include "netctl/controller/controller_impl.h"

#include "netctl/store/store.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace netctl::controller {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLastRetry{2000};
/// A transaction of the store may not hold all that a node has learned.
constexpr std::size_t kLearnedAtOnce = 50;

/// A command of a caller.
Result<cloud::Outcome> runFor(cloud::Cloud& cloud, const cloud::Command& command) {
  if (cloud.settings().host.role == cloud::Role::Node) {
    return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                 "this is a node host, which changes nothing itself; ask its cluster host"};
  }
  return cloud::run(cloud, command);
}

}  // namespace

Controller::Impl::Impl(boost::asio::io_context& io, cloud::Cloud cloud, store::Store& store,
                       host::Host& host, std::unique_ptr<Mode> mode, Options options)
    : io_(io),
      cloud_(std::move(cloud)),
      store_(store),
      host_(host),
      options_(std::move(options)),
      enforcer_(cloud_, std::move(mode), store, host, metrics_, events_),
      usage_(host, options_.usage_file),
      count_timer_(io),
      retry_timer_(io),
      audit_timer_(io),
      pause_timer_(io),
      deadline_timer_(io),
      poll_timer_(io),
      still_timer_(io),
      look_timer_(io),
      aside_timer_(io) {
  status_.started = std::chrono::system_clock::now();
  takeOptions();
  (void)cloud_.takeChanges();  // those of loading it
}

Result<void> Controller::Impl::start(const DeviceNews& there) {
  if (on_learning_ports_) on_learning_ports_(learningPorts(cloud_));
  if (auto started = enforcer_.start(there); !started) return started;
  status_.last_audit = std::chrono::system_clock::now();
  nameStoreTroubles();
  record(seen_devices_.reset(cloud_));
  in_force_events_.update(enforcer_.failed(), events_);
  usage_.start(cloud_);
  setProblems("usage", usage_.problems());
  armRetry();
  armAudit({});
  armPoll();
  armCount();
  return {};
}

void Controller::Impl::submit(const cloud::Command& command, SubmitOptions options, Reply reply) {
  const auto kept = std::make_shared<const cloud::Command>(command);
  enqueue({[kept](cloud::Cloud& cloud) { return runFor(cloud, *kept); }, options, std::move(reply),
           kept});
}

void Controller::Impl::edit(Edit edit, Reply reply) {
  enqueue({[edit = std::move(edit)](cloud::Cloud& cloud) -> Result<cloud::Outcome> {
             edit(cloud);
             return cloud::Outcome{.changed = cloud.hasChanges()};
           },
           {},
           std::move(reply)});
}

void Controller::Impl::enqueue(Request request) {
  queue_.push_back(std::move(request));
  if (std::exchange(batch_is_due_, true)) return;
  // Behind what other threads have posted meanwhile: all that waits makes one batch.
  boost::asio::post(io_, whileAlive([this] {
                      batch_is_due_ = false;
                      serveQueue();
                    }));
}

View Controller::Impl::view() {
  status_.not_in_force = enforcer_.left();
  return {cloud_,
          enforcer_.ports().all(),
          status_,
          nodes_.all(),
          events_,
          metrics_,
          revision_,
          usage_.usage(),
          enforcer_.ports().arriving()};
}

void Controller::Impl::plan(const PlanReply& reply) {
  const auto plan = enforcer_.plan({});
  if (!plan) return reply(plan.error());
  reply(host::describe(*plan));
}

void Controller::Impl::reconcile(const PlanReply& reply) {
  auto pass = audit();
  if (!pass) return reply(pass.error());
  reply(host::describe(pass->plan));
}

void Controller::Impl::note(EventKind kind, std::string object, std::string message) {
  events_.add(kind, std::move(object), std::move(message));
}

void Controller::Impl::takeOptions() {
  status_.notices = options_.notices;
  enforcer_.limitFlows(options_.flow_limit);
  setProblems("setup", options_.problems);
}

void Controller::Impl::setProblems(const std::string& finder, std::vector<Problem> problems) {
  problems_.replace(finder, std::move(problems), events_);
  status_.problems = problems_.all();
}

void Controller::Impl::nodeChanged(const NodeNews& news) {
  const auto before = nodes_.all().find(news.node);
  if (before == nodes_.all().end() || before->second.connected != news.connected) {
    events_.add(EventKind::Change, "node " + news.node, news.connected ? "connected" : "away");
  }
  nodes_.update(news);
  if (news.report) {
    for (const auto& [id, status] : news.report->ports) {
      const auto instance = cloud_.instance(id);
      if (instance) enforcer_.settlePort(*instance, news.node, status);
    }
    takeLearned(news.node, news.report->addresses);
  }
  settle();
}

void Controller::Impl::addressHeard(const HeardAddress& heard) {
  const auto id = enforcer_.ports().instanceOf(heard.device);
  if (!id) return;
  if (!heard.holder.empty()) {
    return refuseClaim(*id, fmt::format("claims the address {}, which is that of {}",
                                        net::format(heard.address), heard.holder));
  }
  const cloud::LearnAddress command{*id, heard.address, heard.leased};
  enqueue({[command](cloud::Cloud& cloud) { return cloud::run(cloud, command); },
           {},
           [this, id = *id](const View&, const Result<Applied>& applied) {
             if (applied && applied->outcome.changed) ++metrics_.addresses_learned;
             if (!applied) refuseClaim(id, applied.error().message);
           }});
}

Result<void> Controller::Impl::reconfigure(const MakeSetup& make) {
  auto made = make(view());
  if (!made) return made.error();
  if (!*made) return {};
  auto& setup = **made;
  auto cloud = store_.load(std::move(setup.settings));
  if (!cloud) return cloud.error();
  // From the store, so that what the new settings refuse is found before anything is replaced.
  cloud_ = std::move(*cloud);
  (void)cloud_.takeChanges();
  options_ = std::move(setup.options);
  takeOptions();
  usage_.hold(cloud_);
  enforcer_.restart(std::move(setup.mode));
  record(seen_devices_.reset(cloud_));
  if (on_learning_ports_) on_learning_ports_(learningPorts(cloud_));
  settle();
  return {};
}

void Controller::Impl::record(std::vector<cloud::Command> commands) {
  for (auto& command : commands) {
    enqueue(
        {[command = std::move(command)](cloud::Cloud& cloud) { return cloud::run(cloud, command); },
         {},
         [](const View&, const Result<Applied>&) {}});
  }
}

void Controller::Impl::takeLearned(const std::string& node,
                                   const cloud::LearnedAddresses& learned) {
  if (cloud_.settings().mode != cloud::NetworkMode::System) return;
  cloud::LearnedAddresses part;
  for (const auto& one : learned) {
    part.insert(one);
    if (part.size() == kLearnedAtOnce) takeLearnedPart(node, std::exchange(part, {}));
  }
  if (!part.empty()) takeLearnedPart(node, std::move(part));
}

void Controller::Impl::takeLearnedPart(const std::string& node, cloud::LearnedAddresses learned) {
  const auto doubles = std::make_shared<std::vector<cloud::DoubleAddress>>();
  enqueue({[doubles, node,
            learned = std::move(learned)](cloud::Cloud& cloud) -> Result<cloud::Outcome> {
             *doubles = cloud::takeLearned(cloud, node, learned);
             return cloud::Outcome{.changed = cloud.hasChanges()};
           },
           {},
           [this, doubles](const View&, const Result<Applied>&) {
             for (const auto& [instance, holder, address] : *doubles) {
               refuseClaim(instance, fmt::format("has the address {} by its node, but that is "
                                                 "the one of instance {}",
                                                 net::format(address), holder.text()));
             }
           }});
}

void Controller::Impl::takeFreed(const cloud::Changes& changes) {
  if (cloud_.settings().mode != cloud::NetworkMode::System) return;
  const bool freed = std::ranges::any_of(changes.instances, [](const auto& entry) {
    const auto& [before, after] = entry.second;
    return before && before->private_address &&
           (!after || after->private_address != before->private_address);
  });
  if (!freed) return;
  for (const auto& [name, node] : nodes_.all()) takeLearned(name, node.report.addresses);
}

void Controller::Impl::refuseClaim(const cloud::InstanceId& instance, const std::string& message) {
  ++metrics_.address_claims_refused;
  if (!claim_events_.isDue(instance, Clock::now())) return;
  events_.add(EventKind::Error, "instance " + instance.text(), message);
}

void Controller::Impl::onKeysChanged(KeyListener listener) {
  on_keys_changed_ = std::move(listener);
  on_keys_changed_(cloud_.keys());
}

void Controller::Impl::tellKeys(const cloud::Changes& changes) {
  if (!on_keys_changed_ || changes.keys.empty()) return;
  std::map<std::string, cloud::Ref<cloud::AccessKey>> keys;
  for (const auto& [id, change] : changes.keys) keys.emplace(id, change.after);
  on_keys_changed_(keys);
}

void Controller::Impl::reviewFlowsSoon() {
  if (!enforcer_.mustReviewFlows() || std::exchange(review_is_due_, true)) return;
  boost::asio::post(io_, whileAlive([this] {
                      // Behind a batch that waits: one walk of conntrack then serves the flows of
                      // both.
                      if (!batch_is_due_) return reviewFlows();
                      boost::asio::post(io_, whileAlive([this] { reviewFlows(); }));
                    }));
}

void Controller::Impl::reviewFlows() {
  review_is_due_ = false;
  if (!enforcer_.mustReviewFlows()) return;
  enforcer_.reviewFlows();
  settle();
}

void Controller::Impl::backup(const BackupReply& reply) {
  reply(store_.image());
}

void Controller::Impl::settle() {
  if (is_lost_) return;
  in_force_events_.update(enforcer_.failed(), events_);
  for (auto& command : unanswered_.takeAnswered(enforcer_, nodes_, Clock::now(), review_is_due_)) {
    command.reply(view(), std::move(command.applied));
  }
  armRetry();
  armDeadline();
  if (on_settled_) on_settled_(view());
}

void Controller::Impl::armDeadline() {
  const auto deadline = unanswered_.firstDeadline();
  if (!deadline) {
    deadline_timer_.cancel();
    return;
  }
  deadline_timer_.expires_at(*deadline);
  deadline_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    if (!error) settle();
  }));
}

void Controller::Impl::armRetry() {
  if (!enforcer_.mustRetry()) {
    retry_after_ = kFirstRetry;
    return;
  }
  if (std::exchange(retry_is_due_, true)) return;
  retry_timer_.expires_after(retry_after_);
  retry_after_ = std::min(retry_after_ * 2, kLastRetry);
  retry_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    retry_is_due_ = false;
    if (error) return;
    enforcer_.retry();
    settle();
  }));
}

}  // namespace netctl::controller
