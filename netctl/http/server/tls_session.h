#pragma once

#include "netctl/http/server/http_session.h"

#include <memory>

namespace netctl::http {

/// HTTP/1.1 by TLS: shakes hands before the first request, and says goodbye after the last.
/// `Stream` is an asio::ssl::stream. Slow to compile: for sources only.
template <class Stream>
class TlsSession : public HttpSession<Stream> {
 public:
  using HttpSession<Stream>::HttpSession;

 protected:
  using typename HttpSession<Stream>::ErrorCode;

  /// What comes of the handshake; where it failed nothing more does.
  virtual void shakenHands(ErrorCode fault) {
    if (!fault) this->waitForRequest();
  }

  void begin() override {
    this->lowest().expires_after(this->sessions().limits().request_timeout);
    this->stream().async_handshake(Stream::server, [this, self = this->shared_from_this()](
                                                       ErrorCode fault) { shakenHands(fault); });
  }
  void endWriting() override {
    this->stream().async_shutdown(
        [this, self = this->shared_from_this()](ErrorCode) { HttpSession<Stream>::endWriting(); });
  }
};

}  // namespace netctl::http
