#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::web {

/// The connection between netctld and netctl-web: whole messages, each after its size.
/// On the thread of `io`, which outlives it.
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// A message is valid during the call only. May call `close`.
  using Take = std::function<void(std::string_view message)>;
  /// Once, with the reason; not after `close`.
  using Ended = std::function<void(const std::string& why)>;

  /// Takes over a connected Unix stream socket. The other end's messages have `max_message` bytes
  /// at most.
  Link(boost::asio::io_context& io, Descriptor socket, std::size_t max_message);

  void start(Take take, Ended ended);
  /// Ends the link where the other end leaves too much unread.
  void send(std::string_view message);
  void close();

 private:
  void read();
  void takeAll();
  void write();
  void end(const std::string& why);

  boost::asio::local::stream_protocol::socket socket_;
  const std::size_t max_message_;
  Take take_;
  Ended ended_;
  std::vector<char> read_;  ///< where a read puts what comes
  std::string in_;          ///< what has come of messages that are not whole yet
  std::string out_;         ///< to be written after `writing_`
  std::string writing_;     ///< empty while nothing is being written
};

/// One byte, and a descriptor with it: what a link begins with. Both block, for no longer than the
/// other end does.
Result<void> sendDescriptor(int socket, int descriptor);
Result<Descriptor> receiveDescriptor(int socket);

}  // namespace netctl::web
