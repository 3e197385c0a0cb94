#pragma once

#include "netctl/http/http_message.h"

#include <boost/system/error_code.hpp>

#include <optional>
#include <string>

namespace netctl::http {

class Stream;

/// The other end of a connection, and its rights. This one may do anything; a kind of server
/// derives its own. It lives as long as the connection's session.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  /// For `Request::peer`.
  [[nodiscard]] virtual std::string address() const { return {}; }
  /// For `Request::only_reads`.
  [[nodiscard]] virtual bool onlyReads() const { return false; }
  /// The stream is open, or with a fault it never will be, and the session ends.
  virtual void opened(const boost::system::error_code& /*fault*/) {}
  /// The answer to a request that this peer may not make; absent where it may. The head is the
  /// request without its body, which is not read then.
  virtual std::optional<Response> refusalOf(const Request& /*head*/) { return {}; }
  /// The bytes that answer a request for another protocol; absent where it asks for none.
  virtual std::optional<std::string> switchesProtocol(const Request& /*head*/) { return {}; }
  /// These bytes are out: the connection is somebody else's. `has_unread`: the session has read
  /// bytes that belong to the other protocol.
  virtual void takeOver(bool /*has_unread*/) {}
  /// The last moment before an answer goes out.
  virtual void beforeWriting(Stream& /*stream*/, const Response& /*response*/) {}
};

}  // namespace netctl::http
