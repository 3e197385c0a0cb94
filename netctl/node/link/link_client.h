#pragma once

#include "modes/cloud/part.h"
#include "netctl/node/link/channel.h"
#include "netctl/node/link_messages.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace netctl::node {

/// A node's side of its link: gets the node's part of the cloud and what becomes of it, keeps the
/// last one on disk, and says how the node stands.
///
/// It connects again whenever the link ends, after ever longer pauses, and gets the whole part
/// again: nothing is missed. The file also remembers the cluster. The part of any other cluster is
/// refused until the file is removed: a wrong NETCTL_CLUSTER must not unplug what runs here.
///
/// All on the thread of `io`. Callbacks are made from there, and may call back.
class LinkClient {
 public:
  struct Options {
    std::string node;  ///< NETCTL_NODE_NAME, as in the certificate
    std::string host;  ///< NETCTL_CLUSTER
    std::uint16_t port = 0;
    pki::TlsFiles tls;           ///< read again for every connection
    std::filesystem::path file;  ///< STATE_DIR/node.json
    Timing timing = {};
    std::chrono::milliseconds first_pause{500};
    /// Where the cluster host does not answer: it may be back at any time, and is to be found soon.
    std::chrono::milliseconds longest_pause{5000};
    /// Where it turns this node away, which only an administrator can change.
    std::chrono::milliseconds longest_pause_refused{30000};
  };
  /// The part that counts from now on. It is on disk, or an event says why not.
  struct Update {
    /// The link's own copy, which never changes: the next update has another one.
    std::shared_ptr<const cloud::Part> part;
    Revision revision;  ///< for the reports
  };
  struct Callbacks {
    /// After each connection at least once, changed or not: a report is then due.
    std::function<void(const Update&)> update;
    std::function<void(bool connected)> connected;
    std::function<void(const std::string& message, bool error)> event;
  };

  LinkClient(boost::asio::io_context& io, Options options, Callbacks callbacks);
  /// As `stop`.
  ~LinkClient();
  LinkClient(const LinkClient&) = delete;
  LinkClient& operator=(const LinkClient&) = delete;

  /// Gives the part that is on disk as the first update, where there is one, before it returns. An
  /// error where there is something else: a node must not take its instances for gone because a
  /// file is unreadable.
  Result<void> load();
  /// Connects, and goes on until `stop`.
  void start();
  /// Says how the node stands; dropped while the cluster is away.
  void report(const Report& report);
  /// Ends the link; no callback comes any more.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace netctl::node
