#pragma once

#include "netctl/controller/controller.h"
#include "netctl/node/link/link_client.h"
#include "netctl/node/link_messages.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace netctl::daemon {

/// Brings the link of a node host and its controller together: the node's part of the cloud becomes
/// the controller's cloud, and what of it is in force goes back.
///
/// The link is on the thread of `io`, the controller on its own.
class NodeLink {
 public:
  /// What the controller needs where the cluster's settings are others than before.
  using MakeMode = std::function<std::unique_ptr<Mode>(const cloud::Settings&)>;

  NodeLink(boost::asio::io_context& io, node::LinkClient::Options options, cloud::Settings own,
           MakeMode make_mode, controller::Controller::Options controller_options);

  /// Before anything else: what is known of the cluster since the last run.
  Result<void> load();
  /// The node's own settings with what the cluster prescribes.
  [[nodiscard]] cloud::Settings settings() const;
  /// Before the controller starts.
  void bind(controller::Controller& controller);
  /// When the controller runs: brings what is known into force and connects.
  void start();
  void stop() { client_.stop(); }

 private:
  void take(const node::LinkClient::Update& update);
  void bringIntoForce();
  /// On the controller's thread.
  void report(const controller::View& view);

  boost::asio::io_context& io_;
  cloud::Settings own_;
  MakeMode make_mode_;
  controller::Controller::Options controller_options_;
  controller::Controller* controller_ = nullptr;
  std::shared_ptr<const cloud::Part> part_;  ///< the link's; null: none yet
  node::Revision revision_;
  node::LinkClient client_;

  // Of the controller's thread.
  node::Revision carried_out_;
  std::optional<node::Report> last_report_;
};

}  // namespace netctl::daemon
