#pragma once

#include "modes/cloud/node_report.h"
#include "modes/cloud/part.h"
#include "netctl/node/link/channel.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace netctl::node {

/// How one node stands, as far as the cluster host has heard of it since its own start.
struct NodeState {
  bool connected = false;
  std::chrono::system_clock::time_point since;  ///< of being connected, or away
  std::uint64_t sent = 0;                       ///< the revision that it was sent last
  /// Its last report over this connection about a part that came since the cluster host's start;
  /// `report->revision >= sent` where it is up to date.
  std::optional<cloud::NodeReport> report;
};

/// The cluster host's side of the node links: sends every node its part of the cloud, and what
/// becomes of it, at once; hears how the nodes stand.
///
/// A node that says hello gets its whole part, whatever it had before, and then differences. One
/// that takes them more slowly than they come loses those that wait and gets its whole part again,
/// so that what is kept for it is bounded. One connection per name: a second one is refused while
/// the first lives, and so are another version, a node of another cluster, and a name other than
/// that of the certificate.
///
/// Revisions begin anew with each LinkServer, which gives them an epoch of its own: a node that
/// still reports about a part from before a restart of the cluster host has not reported yet.
///
/// All on the thread of `io`. Callbacks are made from there, and may call back.
class LinkServer {
 public:
  struct Options {
    std::string cluster;  ///< this cluster's id, which nodes remember
    Timing timing = {};
    std::size_t max_backlog = 1U << 20U;  ///< bytes that wait for one node
  };
  struct Callbacks {
    /// The node needs its whole part: `sendPart`, any time later. Differences are not sent until
    /// then, so the part must be as after those.
    std::function<void(const std::string& node)> part_wanted;
    /// It came, went, or said how it stands.
    std::function<void(const std::string& node, const NodeState& state)> changed;
    /// For the administrator: it came, went, or was refused (`error`), and why.
    std::function<void(const std::string& node, const std::string& message, bool error)> event;
  };

  LinkServer(boost::asio::io_context& io, Options options, Callbacks callbacks);
  /// As `stop`.
  ~LinkServer();
  LinkServer(const LinkServer&) = delete;
  LinkServer& operator=(const LinkServer&) = delete;

  /// A connection whose certificate bears that node's name, and that speaks HTTP no more.
  void accept(std::shared_ptr<pki::TlsSocket> connection, const std::string& node);

  /// Nothing is sent to a node that is away. Revisions grow; a part or a difference of revision r
  /// holds all that came before it.
  void sendPart(const std::string& node, const cloud::Part& part, std::uint64_t revision);
  void sendDifference(const std::string& node, const cloud::PartDifference& difference,
                      std::uint64_t revision);

  /// All parts are other ones from now on, and the differences so far say nothing of it: each node
  /// that is connected needs its whole part.
  void partsChanged();

  /// All nodes that were ever connected.
  [[nodiscard]] const std::map<std::string, NodeState>& nodes() const;
  /// Bytes that wait for a node.
  [[nodiscard]] std::size_t backlog(const std::string& node) const;

  /// Ends all links; no callback comes any more.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace netctl::node
