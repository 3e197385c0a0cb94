#pragma once

#include "base/result.h"
#include "netctl/http/server/certificate.h"
#include "netctl/http/server/peer.h"
#include "netctl/http/server/sessions.h"
#include "netctl/http/server/socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::pki {
class TlsSocket;
}

namespace netctl::http {

class Listener;

/// Where a server listens by TCP.
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string_view key;  ///< of the configuration, which errors name
};

/// The shell of all servers: listeners of any kind, their sessions and the limits. A server itself
/// says only who may come, and how a request is answered.
///
/// Runs on the one thread that runs `io`, which outlives it; nothing of it blocks.
class HttpServer {
 public:
  /// Decides about a connection. Without a peer it is closed at once; with a `refusal` its first
  /// request gets that answer, and then it ends.
  using Welcome =
      std::function<std::unique_ptr<Peer>(Socket& socket, std::optional<Response>& refusal)>;
  /// The same by TLS, before the handshake.
  /// Whom the peer itself turns away it adds to the `refusals`.
  using SecureWelcome =
      std::function<std::unique_ptr<Peer>(const std::shared_ptr<pki::TlsSocket>& connection,
                                          const std::shared_ptr<Refusals>& refusals)>;

  /// Each listener has the `limits` for itself: see ConnectionLimits. Where no connection can make
  /// room, the first request of one more gets 503, and where many of those wait, it is closed at
  /// once. So it is by TCP, too, where it would leave too few descriptors. `counters` are kept up
  /// to date.
  HttpServer(boost::asio::io_context& io, Handler handler, Limits limits,
             std::shared_ptr<Counters> counters, Sessions::Refuse refuse = plainResponse);
  /// As `stop`.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Hears that the address of a key cannot be listened at, and why; then, without an error, that
  /// it is.
  using Blocked = std::function<void(std::string_view key, const std::optional<Error>& error)>;
  /// From now on an address that cannot be bound is no error of `listen`: once started, it is tried
  /// again every two seconds. On the thread of `io`, or before that runs.
  void waitForAddresses(Blocked blocked);

  /// Hears of connections that were turned away, folded to one in a minute for each reason. Before
  /// the first `listen`.
  void onRefused(Refusals::Told told) { on_refused_ = std::move(told); }

  /// Each of these binds one more address; nobody is accepted before `start`.
  Result<void> listen(const TcpAddress& address, Welcome welcome);
  Result<void> listen(const TcpAddress& address, TlsContext context, SecureWelcome welcome);
  /// At a socket that listens already; takes the descriptor over. `name` is what refusals say.
  void listen(int descriptor, std::string name, Welcome welcome);
  void listen(int descriptor, std::string name, TlsContext context, SecureWelcome welcome);
  /// In place of the socket that was given before: for who has lost that one's file. Sessions go
  /// on.
  void listenAnew(int descriptor);

  void start();
  /// Listens no more and closes all connections. On the thread of `io`, or when that has ended.
  void stop();
  /// The port of the first TCP address, for those who asked for port 0; 0 where there is none.
  [[nodiscard]] std::uint16_t port() const;

  /// Anybody may come.
  static std::unique_ptr<Peer> welcomeAll(Socket& socket, std::optional<Response>& refusal);

 private:
  using Accept = std::function<void(Socket)>;

  struct Place {
    std::shared_ptr<Listener> listener;
    Accept accept;
    bool is_given = false;                 ///< as a socket that listened already
    std::optional<TcpAddress> waits = {};  ///< present: it is not bound yet
  };

  /// What is done with a connection that has come in at one more listener.
  Accept plain(std::string name, Welcome welcome);
  Accept secure(std::string name, TlsContext context, SecureWelcome welcome);
  Result<void> bind(const TcpAddress& address, Accept accept);
  void take(int descriptor, Accept accept);
  void tryAgain();

  /// Of one more listener.
  std::shared_ptr<Sessions> makeSessions(std::string name);

  boost::asio::io_context& io_;
  Handler handler_;
  Limits limits_;
  std::shared_ptr<Counters> counters_;
  Sessions::Refuse refuse_;
  Refusals::Told on_refused_;
  std::vector<std::shared_ptr<Sessions>> sessions_;
  std::vector<Place> places_;
  Blocked blocked_;
  std::shared_ptr<boost::asio::steady_timer> retry_;  ///< its handlers find out whether it lives
};

}  // namespace netctl::http
