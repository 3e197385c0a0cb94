#pragma once

#include "modes/cloud/commands.h"
#include "modes/host/area.h"
#include "modes/host/describe.h"
#include "modes/host/host.h"
#include "modes/learning_ports.h"
#include "modes/mode.h"
#include "netctl/controller/nodes.h"
#include "netctl/controller/seen_devices.h"
#include "netctl/controller/view.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netctl::store {
class Store;
}

namespace netctl::controller {

/// How often the whole host is looked at: as often as takes kAuditShare of a processor, within
/// these bounds.
struct AuditPeriod {
  std::chrono::milliseconds least{5000};
  std::chrono::milliseconds most{300000};
};

struct SubmitOptions {
  bool dry_run = false;
};

/// The loop: command -> commit -> plan -> apply -> second look -> reply.
///
/// Owns the cloud on one thread. All commands that wait when a batch begins make up the batch: each
/// succeeds or fails by itself, what succeeded is committed in one transaction and applied by one
/// plan. Public functions may be called from any thread; callbacks run on the controller's thread
/// and must not block.
class Controller {
 public:
  struct Options {
    std::chrono::milliseconds wait{10000};  ///< NETCTL_WAIT
    AuditPeriod audit = {};
    std::uint64_t flow_limit = 0;  ///< NETCTL_LIMIT_FLOWS; 0: none
    std::vector<std::string> notices;
    std::vector<Problem> problems = {};     ///< that keep it from running as it should
    std::filesystem::path usage_file = {};  ///< has the usage over restarts; empty: nothing has
  };
  /// What the controller runs by.
  struct Setup {
    cloud::Settings settings;
    std::unique_ptr<Mode> mode;  ///< of these settings
    Options options;
  };
  /// Absent where all is to stay as it is.
  using MakeSetup = std::function<Result<std::optional<Setup>>(const View&)>;
  using Reply = controller::Reply;
  using Reader = std::function<void(const View&)>;
  using Edit = std::function<void(cloud::Cloud&)>;
  /// The cloud after a committed batch, what the batch changed, and its number since the start.
  using Listener =
      std::function<void(const cloud::Cloud&, const cloud::Changes&, std::uint64_t revision)>;
  /// Access keys by their id; null for one that is gone.
  using KeyListener =
      std::function<void(const std::map<std::string, cloud::Ref<cloud::AccessKey>>&)>;
  using LearningListener = std::function<void(const LearningNews&)>;
  using PlanReply = std::function<void(Result<std::vector<host::StepDescription>>)>;

  using BackupReply = std::function<void(Result<std::string>)>;

  /// `cloud` is as loaded from `store`. Nothing is written to the host before `start`.
  Controller(boost::asio::io_context& io, cloud::Cloud cloud, store::Store& store, host::Host& host,
             std::unique_ptr<Mode> mode, Options options);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Reads the whole host, brings it to the stored cloud and begins to serve.
  /// An error where the host could not even be read; what could not be applied is retried and shows
  /// in the status. `there`: all devices of the host, where ports may be under other names.
  Result<void> start(const DeviceNews& there = {});

  /// Replies when the change is in force, or after `Options::wait` with what is not; on an error
  /// nothing has changed.
  void submit(cloud::Command command, SubmitOptions options, Reply reply);
  /// Changes the cloud as somebody else has decided: a node's part of it. Replies as `submit`.
  void edit(Edit edit, Reply reply);
  void read(Reader reader);
  /// As `read`, with what the kernel has counted until a second ago at most.
  void readCounts(Reader reader);
  /// Writes the usage file. When the thread of the controller has ended, or on it.
  void saveUsage();
  /// What a repair would do now: a full look and diff, nothing written.
  void plan(PlanReply reply);
  /// As `plan`, and does it; replies with the steps that were done.
  void reconcile(PlanReply reply);
  /// Holds back repairs of what others change on the host, for so long from now on. What they
  /// change is noticed and told. Commands go on, and so does what was committed and is not in
  /// force, and devices that come.
  void pause(std::chrono::seconds duration, Reader reply);
  /// Ends a pause; a look at everything follows.
  void resume(Reader reply);
  /// The stored cloud as of the last commit, as a file's bytes.
  void backup(BackupReply reply);
  /// The kernel told of a change at these devices; first of all that there are.
  void devicesChanged(DeviceNews news);
  /// Somebody else may have changed this part of the host, or something in these areas.
  void suspected(host::Scope scope);
  void suspected(host::Areas areas);
  /// The DHCP server's process has ended or came back.
  void dhcpChanged(dhcp::ServerStatus status);
  /// The same of the metadata server, or something else of its status has changed.
  void metadataChanged(metadata::ServerStatus status);
  /// Called on the controller's thread after each commit; set before `start`.
  void onCommitted(Listener listener);
  /// Called with all access keys at once, and then on the controller's thread with those that a
  /// commit changed, before anybody is told of the change. For who checks signatures elsewhere; on
  /// the controller's thread, or before that runs.
  void onKeysChanged(KeyListener listener);
  /// Called on the controller's thread whenever something may have come into force; set before
  /// `start`.
  void onSettled(Reader reader);
  /// Called on the controller's thread when a commit has failed and it cannot be known whether it
  /// is stored. From then on nothing is answered: the process must end, and the next one looks. Set
  /// before `start`.
  void onLost(std::function<void(const Error&)> lost);
  /// Called on the controller's thread with the ports to listen at: with all of them at start, then
  /// with what changes; set before `start`.
  void onLearningPorts(LearningListener listener);
  /// A port of this host gave an address away.
  void addressHeard(HeardAddress heard);
  /// Adds to the events.
  void note(EventKind kind, std::string object, std::string message);
  /// From now on `finder` knows of these problems, and of no others; status shows them, and events
  /// tell when each begins and ends.
  void setProblems(std::string finder, std::vector<Problem> problems);
  /// A node host came, went or has reported.
  void nodeChanged(NodeNews news);
  /// Makes a setup on the controller's thread and runs by it from there on; brings the host to it.
  /// Refused, with nothing changed, where `make` has an error or the stored cloud does not fit the
  /// settings. Nothing comes between the making, the change and the reply.
  void reconfigure(MakeSetup make, std::function<void(Result<void>)> reply);

 private:
  class Impl;
  template <class Work>
  void post(Work work);

  boost::asio::io_context& io_;
  std::shared_ptr<Impl> impl_;  ///< handlers that come later find out whether it still lives
};

}  // namespace netctl::controller
