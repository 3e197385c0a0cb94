#pragma once

#include "netctl/controller/controller.h"
#include "netctl/daemon/setup/configuration_in_force.h"
#include "netctl/node/link/link_client.h"
#include "netctl/node/link_messages.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace netctl::daemon {

/// Brings the link of a node host and its controller together: the node's part of the cloud becomes
/// the controller's cloud, and what of it is in force goes back.
///
/// The link is on the thread of `io`, the controller on its own.
class NodeLink {
 public:
  NodeLink(boost::asio::io_context& io, node::LinkClient::Options options);

  /// Before anything else: what the cluster has prescribed by the last run, absent where it never
  /// has. A part of another mode than this host's does not count; where instances are attached, the
  /// store then refuses to be loaded.
  Result<std::optional<cloud::PartSettings>> load(cloud::NetworkMode mode);
  /// Before the controller starts.
  void bind(controller::Controller& controller, ConfigurationInForce& in_force);
  /// When the controller runs: brings what is known into force and connects.
  void start();
  void stop() { client_.stop(); }

 private:
  void take(const node::LinkClient::Update& update);
  void bringIntoForce();
  /// What follows is on the controller's thread.
  void edit(std::shared_ptr<const cloud::Part> part, const node::Revision& revision);
  void report(const controller::View& view);

  boost::asio::io_context& io_;
  controller::Controller* controller_ = nullptr;
  ConfigurationInForce* in_force_ = nullptr;
  std::shared_ptr<const cloud::Part> part_;  ///< the link's; null: none yet
  node::Revision revision_;
  node::LinkClient client_;

  // Of the controller's thread.
  node::Revision carried_out_;
  std::optional<node::Report> last_report_;
};

}  // namespace netctl::daemon
