#include "netctl/daemon/cluster_link.h"

#include "modes/cloud/part.h"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::daemon {
namespace {

controller::PortState toController(node::PortState state) {
  switch (state) {
    case node::PortState::Open:
      return controller::PortState::Open;
    case node::PortState::Failed:
      return controller::PortState::Failed;
    case node::PortState::Waiting:
      break;
  }
  return controller::PortState::Waiting;
}

controller::NodeReport toController(const node::Report& report) {
  controller::NodeReport result{report.revision, report.not_in_force, {}};
  for (const auto& [id, port] : report.ports) {
    result.ports.emplace(id, controller::PortStatus{toController(port.state), port.reason});
    result.addresses.emplace(id, port.address);
  }
  return result;
}

}  // namespace

ClusterLink::ClusterLink(boost::asio::io_context& io, controller::Controller& controller,
                         std::string cluster)
    : io_(io),
      controller_(controller),
      server_(io, {.cluster = std::move(cluster)},
              {.part_wanted = [this](const auto& node) { sendPart(node); },
               .changed =
                   [this](const auto& node, const node::NodeState& state) {
                     controller::NodeNews news{node, state.connected, {}};
                     if (state.report) news.report = toController(*state.report);
                     controller_.nodeChanged(std::move(news));
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

void ClusterLink::accept(std::shared_ptr<pki::LinkStream> connection, const std::string& node) {
  server_.accept(std::move(connection), node);
}

void ClusterLink::refused(const std::string& peer, const std::string& reason) {
  spdlog::warn("node refused peer={} reason=\"{}\"", peer, reason);
  controller_.note(controller::EventKind::Error, "connection from " + peer, reason);
}

void ClusterLink::sendPart(const std::string& node) {
  // What is committed after this look is posted behind its answer.
  controller_.read([this, node](const controller::View& view) {
    boost::asio::post(io_, [this, node, part = cloud::partOf(view.cloud, node),
                            revision = view.revision] { server_.sendPart(node, part, revision); });
  });
}

}  // namespace netctl::daemon
