#pragma once

#include "netctl/http/http_message.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::http {

/// The requests of one connection: bytes in as they come, requests out. No sockets.
class RequestReader {
 public:
  enum class Step {
    NeedsMore,  ///< bytes: `add` them
    Head,       ///< is complete: `head`; the body comes next
    Complete,   ///< `take` it
    Failed      ///< `fault`; nothing more can be read
  };
  /// What is wrong, as an answer can say it.
  struct Fault {
    int status = 400;
    std::string text;
  };

  explicit RequestReader(std::size_t max_body);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  void add(std::string_view bytes);
  /// Each request gives Head once, and then Complete.
  Step next();

  /// The request without its body. From Head on.
  [[nodiscard]] const Request& head() const;
  /// The version of HTTP: 11 or 10. From Head on.
  [[nodiscard]] unsigned version() const;
  /// The client wants to go on with this connection. From Head on.
  [[nodiscard]] bool keepsAlive() const;
  /// The client waits for `100 Continue` before it sends the body.
  [[nodiscard]] bool waitsToSend() const;
  /// When Complete; the next request may begin then.
  Request take();
  [[nodiscard]] const Fault& fault() const;
  /// Whether Head was given for the request that is being read.
  [[nodiscard]] bool hasHead() const;
  /// Bytes that have come and are not a part of any request yet.
  [[nodiscard]] bool hasUnread() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::http
