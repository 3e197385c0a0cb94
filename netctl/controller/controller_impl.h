#pragma once

#include "netctl/controller/batch.h"
#include "netctl/controller/claim_events.h"
#include "netctl/controller/clock_steps.h"
#include "netctl/controller/controller.h"
#include "netctl/controller/enforcer.h"
#include "netctl/controller/in_force_events.h"
#include "netctl/controller/problem_list.h"
#include "netctl/controller/settling.h"
#include "netctl/controller/unanswered_commands.h"
#include "netctl/controller/usage_keeper.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <optional>
#include <utility>

namespace netctl::controller {

/// The controller on its own thread: everything about the cloud happens here, in order.
class Controller::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, cloud::Cloud cloud, store::Store& store, host::Host& host,
       std::unique_ptr<Mode> mode, Options options);

  Result<void> start(const DeviceNews& there);
  void submit(const cloud::Command& command, SubmitOptions options, Reply reply);
  void edit(Edit edit, Reply reply);
  [[nodiscard]] View view();
  /// Takes what the kernel has counted by now; or (the first) a second ago at most.
  void countIfOld();
  void count();
  void saveUsage();
  void plan(const PlanReply& reply);
  void reconcile(const PlanReply& reply);
  void pause(std::chrono::seconds duration);
  void resume();
  void backup(const BackupReply& reply);
  void devicesChanged(const DeviceNews& news);
  void suspected(const host::Scope& scope);
  void suspected(const host::Areas& areas);
  void dhcpChanged(const dhcp::ServerStatus& status);
  void metadataChanged(const metadata::ServerStatus& status);
  void onCommitted(Listener listener) { listener_ = std::move(listener); }
  void onKeysChanged(KeyListener listener);
  void onSettled(Reader reader) { on_settled_ = std::move(reader); }
  void onLost(std::function<void(const Error&)> lost) { on_lost_ = std::move(lost); }
  /// Nothing may be answered any more.
  [[nodiscard]] bool isLost() const { return is_lost_; }
  void onLearningPorts(LearningListener listener) { on_learning_ports_ = std::move(listener); }
  void note(EventKind kind, std::string object, std::string message);
  void setProblems(const std::string& finder, std::vector<Problem> problems);
  void nodeChanged(const NodeNews& news);
  void addressHeard(const HeardAddress& heard);
  Result<void> reconfigure(const MakeSetup& make);

 private:
  /// A handler that does nothing once this object has gone: a timer that has expired, or what was
  /// posted, can not be called back.
  template <class Handler>
  auto whileAlive(Handler handler) {
    return
        [weak = this->weak_from_this(), handler = std::move(handler)](auto&&... results) mutable {
          if (const auto self = weak.lock()) handler(std::forward<decltype(results)>(results)...);
        };
  }

  static constexpr std::chrono::milliseconds kFirstRetry{100};

  struct Request {
    std::function<Result<cloud::Outcome>(cloud::Cloud&)> run;
    SubmitOptions options;
    Reply reply;
    /// Null for what no caller asked for.
    std::shared_ptr<const cloud::Command> command = nullptr;
  };

  void takeOptions();
  void enqueue(Request request);
  /// What nobody waits for: a refusal is not worth a word, since it means that it is no news.
  void record(std::vector<cloud::Command> commands);

  /// SYSTEM: what a node has learned becomes the cloud's, but for what another node has.
  void takeLearned(const std::string& node, const cloud::LearnedAddresses& learned);
  void takeLearnedPart(const std::string& node, cloud::LearnedAddresses learned);

  /// An address that was given up may be what another node has reported.
  void takeFreed(const cloud::Changes& changes);
  void refuseClaim(const cloud::InstanceId& instance, const std::string& message);
  void serveQueue();
  void dryRun(const Request& request);
  /// Runs what waits, as far as one transaction of the store holds it.
  Batch takeBatch();
  /// A command that has been run, and what it alone has changed.
  void add(Batch& batch, Request request, cloud::Outcome outcome, cloud::Changes own,
           bool is_alone);
  void serve(Batch batch);
  void refuse(const Batch& batch, const Error& error);
  /// What follows from changes that are stored.
  void finish(Batch batch);

  /// A walk of conntrack takes as long as many changes: commands that came meanwhile go first,
  /// once, so that one walk does for them as well.
  void reviewFlowsSoon();
  void reviewFlows();
  void tellKeys(const cloud::Changes& changes);
  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                      const std::set<net::Ipv4Address>& kept);
  /// Says what keeps the store from taking changes, if anything does.
  void nameStoreTroubles();
  /// A store that was away may be back, with what it has stored after all.
  void lookAtStore();
  /// Nobody waits longer than was promised for what is not known.
  void answerDoubtful();
  /// What is stored is not known any more.
  void lose(const Error& error);
  void settle();

  /// Nodes may stay silent: nobody waits longer than was promised.
  void armDeadline();
  void armRetry();
  void armAudit(std::chrono::nanoseconds cost);
  void lookAtServer(std::string_view server, std::string_view end, host::Scope scope);
  /// Of repairs that are paused, and of the servers.
  void tellServiceProblems();
  Result<Pass> audit();
  void noteAudit();

  /// What the kernel tells of often comes in several pieces: one look then serves them all.
  void lookSoon();
  void look();
  /// While repairs are paused: what devices did that came or went is news all the same, and the
  /// rest is told of only.
  void holdNews();
  void hold(const Findings& findings);
  /// Looks at what is suspected, beside all else; one look at a time.
  void lookAsideSoon();
  void lookAside();
  void found(const Findings& findings, bool is_audit);
  /// Once a second: what the kernel does not tell of.
  void armPoll();
  void armCount();
  void askForSuspects();
  void lookAgainWhenStill();

  boost::asio::io_context& io_;
  cloud::Cloud cloud_;
  store::Store& store_;
  host::Host& host_;
  Options options_;

  Metrics metrics_;
  EventLog events_;
  Status status_;
  Enforcer enforcer_;
  SeenDevices seen_devices_;
  Nodes nodes_;
  std::uint64_t revision_ = 0;
  Listener listener_;
  KeyListener on_keys_changed_;
  Reader on_settled_;
  LearningListener on_learning_ports_;
  std::function<void(const Error&)> on_lost_;
  bool is_lost_ = false;
  ClaimEvents claim_events_;
  ClockSteps clock_steps_{std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
  InForceEvents in_force_events_;
  ProblemList problems_;
  UsageKeeper usage_;
  boost::asio::steady_timer count_timer_;
  std::chrono::steady_clock::time_point counted_ = {};
  int counts_since_saved_ = 0;

  std::deque<Request> queue_;
  bool batch_is_due_ = false;
  std::optional<Batch> doubtful_;  ///< not known whether it is stored; the cloud is as before it
  bool review_is_due_ = false;
  UnansweredCommands unanswered_;

  boost::asio::steady_timer retry_timer_;
  bool retry_is_due_ = false;
  std::chrono::milliseconds retry_after_ = kFirstRetry;
  boost::asio::steady_timer audit_timer_;
  boost::asio::steady_timer pause_timer_;
  boost::asio::steady_timer deadline_timer_;
  boost::asio::steady_timer poll_timer_;
  boost::asio::steady_timer still_timer_;
  Settling settling_;
  boost::asio::steady_timer look_timer_;
  bool look_is_due_ = false;
  std::set<std::string> changed_devices_;
  std::set<std::string> gone_devices_;  ///< of these; they may be back by now
  std::set<std::string> changed_carriers_;
  host::Scope suspects_;
  boost::asio::steady_timer aside_timer_;
  bool aside_is_due_ = false;
  bool looks_aside_ = false;
  bool audit_is_due_ = false;
  host::Areas suspected_areas_;
};

}  // namespace netctl::controller
