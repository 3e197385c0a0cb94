#pragma once

#include "modes/cloud/commands.h"
#include "modes/host/describe.h"
#include "modes/mode.h"
#include "netctl/controller/events.h"
#include "netctl/controller/host.h"
#include "netctl/controller/metrics.h"
#include "netctl/controller/sightings.h"
#include "netctl/controller/status.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace netctl::store {
class Store;
}

namespace netctl::controller {

/// What readers see: the cloud and the host between two batches. Valid during the call only.
struct View {
  const cloud::Cloud& cloud;
  const std::map<cloud::InstanceId, PortStatus>& ports;
  const Status& status;
  const EventLog& events;
  const Metrics& metrics;
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
    std::chrono::milliseconds audit_period{30000};
    std::vector<std::string> notices;
  };
  using Reply = std::function<void(const View&, Result<Applied>)>;
  using Reader = std::function<void(const View&)>;
  using PlanReply = std::function<void(Result<std::vector<host::StepDescription>>)>;

  /// `cloud` is as loaded from `store`. Nothing is written to the host before `start`.
  Controller(boost::asio::io_context& io, cloud::Cloud cloud, store::Store& store, Host& host,
             std::unique_ptr<Mode> mode, Options options);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Reads the whole host, brings it to the stored cloud and begins to serve.
  /// An error where the host could not even be read; what could not be applied is retried and shows
  /// in the status.
  Result<void> start();

  /// Replies when the change is in force, or after `Options::wait` with what is not; on an error
  /// nothing has changed.
  void submit(cloud::Command command, SubmitOptions options, Reply reply);
  void read(Reader reader);
  /// What a repair would do now: a full look and diff, nothing written.
  void plan(PlanReply reply);
  /// As `plan`, and does it; replies with the steps that were done.
  void reconcile(PlanReply reply);
  /// The kernel told of a change at these devices; first of all that there are.
  void devicesChanged(DeviceNews news);
  /// The DHCP server's process has ended or came back.
  void dhcpChanged(DhcpStatus status);
  /// From now on this mode renders, for a cloud with these settings; brings the host to it.
  /// Refused, with nothing changed, where the stored cloud does not fit the settings.
  void reconfigure(cloud::Settings settings, std::unique_ptr<Mode> mode, Options options,
                   std::function<void(Result<void>)> reply);

 private:
  class Impl;
  boost::asio::io_context& io_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::controller
