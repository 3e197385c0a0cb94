#pragma once

#include "netctl/http/server/peer.h"
#include "netctl/http/server/request_reader.h"
#include "netctl/http/server/sessions.h"
#include "netctl/http/server/stream.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::http {

/// HTTP/1.1 on a stream: reads a request, has it handled, writes the answer, and again.
/// On the thread of the stream; its operations keep it alive, and it ends with the last one.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  /// `id` is its place among the sessions. With a `refusal` every first request gets that answer,
  /// and then the connection ends.
  HttpSession(std::shared_ptr<Sessions> sessions, Sessions::Id id, std::unique_ptr<Stream> stream,
              std::unique_ptr<Peer> peer, std::optional<Response> refusal);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession();

  /// Serves until one side ends it.
  void start();
  /// Ends it from this side; its peer is not told of a fault.
  void close();

 private:
  using Fault = Stream::Fault;
  enum class AtDeadline { Close, Refuse };

  void waitForRequest();
  void read();
  void take(Fault fault, std::size_t size);
  void proceed();
  void takeHead();
  void letItSend();
  void handOver(std::string answer);
  void handle();
  void refuse(const Response& response);
  void write(const Response& response);
  void written();
  void drain();

  void limit(std::chrono::milliseconds time, AtDeadline then);
  void noLimit();

  std::shared_ptr<Sessions> sessions_;
  Sessions::Id id_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Peer> peer_;
  std::optional<Response> refusal_;
  boost::asio::steady_timer timer_;
  bool timed_out_ = false;
  bool is_closed_ = false;
  bool was_served_ = false;
  RequestReader reader_;
  std::vector<char> room_;
  std::string out_;
  bool keep_alive_ = false;
  unsigned version_ = 11;
  bool asks_head_ = false;  ///< the request that is being answered is a HEAD
};

}  // namespace netctl::http
