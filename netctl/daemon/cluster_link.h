#pragma once

#include "netctl/controller/controller.h"
#include "netctl/node/link/link_server.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace netctl::daemon {

/// Brings the controller and the node links of a cluster host together: what a commit means for a
/// node goes to it at once, and what the node says of it comes back.
///
/// The links are on the thread of `io`, the controller on its own.
class ClusterLink {
 public:
  /// Before the controller starts. `cluster` is the store's identity.
  ClusterLink(boost::asio::io_context& io, controller::Controller& controller, std::string cluster);

  /// Called when a node that has come has brought its part into force. Before the controller
  /// starts.
  void onNodeReady(std::function<void()> ready) { node_ready_ = std::move(ready); }

  /// A node's connection, by the name in its certificate.
  void accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node);
  /// What all hosts have in common is another thing from now on. May be called from any thread.
  void partsChanged();
  void stop() { server_.stop(); }

 private:
  void sendPart(const std::string& node);
  void noteReady(const std::string& node, const node::NodeState& state);

  boost::asio::io_context& io_;
  controller::Controller& controller_;
  std::function<void()> node_ready_;
  std::set<std::string> ready_;  ///< nodes, since they came
  node::LinkServer server_;
};

}  // namespace netctl::daemon
