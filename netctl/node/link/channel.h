#pragma once

#include "base/result.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace netctl::node {

/// How long a node link may be silent.
struct Timing {
  std::chrono::milliseconds heartbeat{5000};  ///< a sign of life, where nothing else was sent
  std::chrono::milliseconds silence{15000};   ///< the other side counts as gone
};

/// Messages over one TLS connection, both ways: four bytes of length, big endian, and as many of
/// text. A message of no length is a sign of life.
///
/// On the thread of `io`. It ends by `close` or with this object, or when the other side has
/// ended, was silent for too long, takes nothing any more, or sends a message over the limit.
class Channel {
 public:
  struct Callbacks {
    std::function<void(std::string_view)> message;
    /// Once, and nothing after it; never from inside `send` or `close`.
    std::function<void(const Error&)> ended;
  };

  Channel(boost::asio::io_context& io, std::shared_ptr<pki::TlsSocket> connection, Timing timing,
          std::size_t largest_message);
  ~Channel();

  void start(Callbacks callbacks);
  /// Queues a message; nothing happens where the channel has ended.
  void send(std::string_view text);
  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t backlog() const;
  /// Takes back what waits and is not on its way yet.
  void dropBacklog();
  /// Calls back as soon as nothing waits any more; at most one callback at a time.
  void whenDrained(std::function<void()> drained);
  /// Sends what waits, for as long as a heartbeat takes, then ends, even after this object's own
  /// end. No callback comes any more.
  void finish();
  /// Ends at once; no callback comes any more.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace netctl::node
