#include "netctl/controller/controller_impl.h"

#include "modes/firewall/flows.h"
#include "netctl/controller/stopwatch.h"
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
  nameStore(store_.unwritable());
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
  if (learned.empty() || cloud_.settings().mode != cloud::NetworkMode::System) return;
  const auto doubles = std::make_shared<std::vector<cloud::DoubleAddress>>();
  enqueue({[=](cloud::Cloud& cloud) -> Result<cloud::Outcome> {
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

void Controller::Impl::serveQueue() {
  while (!queue_.empty() && !is_lost_) {
    if (queue_.front().options.dry_run) {
      const auto request = std::move(queue_.front());
      queue_.pop_front();
      dryRun(request);
      continue;
    }
    std::vector<Request> batch;
    while (!queue_.empty() && !queue_.front().options.dry_run) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    serve(std::move(batch));
  }
}

void Controller::Impl::dryRun(const Request& request) {
  auto outcome = request.run(cloud_);
  if (!outcome) return request.reply(view(), outcome.error());
  const auto changes = cloud_.takeChanges();
  if (const auto plan = enforcer_.plan(changes); plan) {
    Applied applied{std::move(*outcome), {}, host::describe(*plan)};
    if (!applied.outcome.keep_flows) {
      for (const auto address : firewall::addressesAtStake(cloud_, changes)) {
        applied.plan.push_back({"flows", "change", "flows of " + net::format(address),
                                "those that are no longer allowed are cut"});
      }
    }
    request.reply(view(), std::move(applied));
  } else {
    request.reply(view(), plan.error());
  }
  // A dry run leaves no trace: the cloud is as before, and nothing was committed.
  cloud_.undo(changes);
}

void Controller::Impl::serve(std::vector<Request> batch) {
  // What an instance has left is to be nobody's before another may get it.
  if (enforcer_.mustReviewFlowsFirst()) reviewFlows();
  ++metrics_.batches;
  std::vector<UnansweredCommand> done;
  std::vector<cloud::Changes> owns;  // of each command that is done
  std::vector<Subject> subjects;     // of each that is done; empty where it changed something
  // What was refused on top of changes that are not stored yet: if they fail, it was refused for
  // nothing.
  std::vector<std::pair<Reply, Error>> refused;
  cloud::Changes changes;
  std::set<net::Ipv4Address> reviews;
  std::set<net::Ipv4Address> left;
  std::set<net::Ipv4Address> kept;
  for (auto& request : batch) {
    ++metrics_.commands;
    auto outcome = request.run(cloud_);
    if (!outcome) {
      ++metrics_.commands_refused;
      if (changes.empty()) {
        request.reply(view(), outcome.error());
      } else {
        refused.emplace_back(std::move(request.reply), outcome.error());
      }
      continue;
    }
    auto own = cloud_.takeChanges();
    changes.merge(own);
    auto at_stake = firewall::addressesAtStake(cloud_, own);
    // Who repeats a change is told that it is in force, so the review of the first one too.
    const bool awaits_review = !at_stake.empty() || (own.empty() && enforcer_.hasFlowsToReview());
    if (outcome->keep_flows) {
      kept.insert(at_stake.begin(), at_stake.end());
    } else {
      if (!at_stake.empty()) left.merge(firewall::addressesLeft(own));
      reviews.insert(at_stake.begin(), at_stake.end());
    }
    auto nodes = changeElsewhere(cloud_, own, revision_ + 1);
    // What a command alone touches is what its batch touches, and is rendered there.
    auto concern = batch.size() == 1 ? Concern() : enforcer_.concernOf(own);
    subjects.push_back(
        own.empty() && request.command ? subjectOf(cloud_, *request.command, *outcome) : Subject());
    owns.push_back(std::move(own));
    done.push_back({std::move(request.reply),
                    {std::move(*outcome), {}, {}},
                    std::move(concern),
                    std::move(nodes),
                    std::move(at_stake),
                    awaits_review,
                    Clock::now() + options_.wait});
  }
  if (!changes.empty()) {
    if (auto committed = commit(changes, reviews, kept); !committed) {
      cloud_.undo(changes);
      if (store_.isInDoubt()) return lose(committed.error());
      for (const auto& command : done) command.reply(view(), committed.error());
      for (const auto& [reply, error] : refused) reply(view(), committed.error());
      return;
    }
    ++revision_;
    usage_.changed(cloud_, changes);
    if (listener_) listener_(cloud_, changes, revision_);
    tellKeys(changes);
    events_.add(changes);
    for (const auto& command : done) {
      if (const auto& notice = command.applied.outcome.notice; !notice.empty()) {
        events_.add(EventKind::Notice, "networks", notice);
      }
    }
    // Before the ports open, so that nothing is missed.
    if (on_learning_ports_) on_learning_ports_(learningPorts(cloud_, changes));
    enforcer_.addressesLeft(left);
    enforcer_.keepFlows(kept);
    for (const auto& command : done) nodes_.committed(command.nodes);
    auto concern = enforcer_.changed(changes, reviews);
    if (batch.size() == 1) done.front().concern = std::move(concern);
    record(seen_devices_.update(cloud_.settings(), changes));
    takeFreed(changes);
  }
  for (const auto& [reply, error] : refused) reply(view(), error);
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (owns[i].empty()) {
      done[i].concern = enforcer_.concernOf(subjects[i]);
      done[i].nodes = nodes_.concernOf(cloud_, subjects[i].instances);
    } else {
      enforcer_.noteAtStake(done[i].concern, done[i].at_stake);
      enforcer_.noteLeft(owns[i], done[i].concern);
    }
  }
  unanswered_.add(std::move(done));
  reviewFlowsSoon();
  settle();
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

Result<void> Controller::Impl::commit(const cloud::Changes& changes,
                                      const std::set<net::Ipv4Address>& reviews,
                                      const std::set<net::Ipv4Address>& kept) {
  const Stopwatch stopwatch(metrics_.commit);
  auto committed = store_.commit(changes, reviews, kept);
  const bool refused = !committed && committed.error().code == ErrorCode::Kernel;
  nameStore(refused ? std::optional(committed.error()) : std::nullopt);
  return committed;
}

void Controller::Impl::nameStore(const std::optional<Error>& error) {
  std::vector<Problem> problems;
  if (error) {
    problems.push_back({"state file", "cannot be written", "changes are refused: " + error->message,
                        "make room on its disk, or make it writable; every change tries again",
                        Severity::error});
  }
  setProblems("store", std::move(problems));
}

void Controller::Impl::backup(const BackupReply& reply) {
  reply(store_.image());
}

void Controller::Impl::lose(const Error& error) {
  is_lost_ = true;
  spdlog::critical("controller cannot say what is stored, and ends without an answer error=\"{}\"",
                   error.message);
  if (on_lost_) on_lost_(error);
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
