#include "netctl/daemon/cluster_link.h"

#include "modes/cloud/part.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::daemon {
ClusterLink::ClusterLink(boost::asio::io_context& io, controller::Controller& controller,
                         std::string cluster)
    : io_(io),
      controller_(controller),
      server_(io, {.cluster = std::move(cluster)},
              {.part_wanted = [this](const auto& node) { sendPart(node); },
               .changed =
                   [this](const auto& node, const node::NodeState& state) {
                     controller_.nodeChanged({node, state.connected, state.report});
                     noteReady(node, state);
                   },
               .event =
                   [this](const auto& node, const auto& message, bool error) {
                     // That it came is noted with the news of it.
                     if (!error) return;
                     controller_.note(controller::EventKind::Error, "node " + node, message);
                   }}) {
  controller_.onCommitted([this](const auto& cloud, const auto& changes, auto revision) {
    auto differences = cloud::partDifferences(cloud, changes);
    if (differences.empty()) return;
    boost::asio::post(io_, [this, revision, differences = std::move(differences)] {
      for (const auto& [node, difference] : differences) {
        server_.sendDifference(node, difference, revision);
      }
    });
  });
}

void ClusterLink::noteReady(const std::string& node, const node::NodeState& state) {
  if (!state.connected) {
    ready_.erase(node);
  } else if (state.report && ready_.insert(node).second && node_ready_) {
    node_ready_();
  }
}

void ClusterLink::accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node) {
  server_.accept(std::move(connection), node);
}

void ClusterLink::partsChanged() {
  boost::asio::post(io_, [this] { server_.partsChanged(); });
}

void ClusterLink::sendPart(const std::string& node) {
  // What is committed after this look is posted behind its answer.
  controller_.read([this, node](const controller::View& view) {
    boost::asio::post(io_, [this, node, part = cloud::partOf(view.cloud, node),
                            revision = view.revision] { server_.sendPart(node, part, revision); });
  });
}

}  // namespace netctl::daemon
