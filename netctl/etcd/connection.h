#pragma once

#include "netctl/etcd/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// One connection to one member. Slow to compile: for sources only.
namespace netctl::etcd {

using TimePoint = std::chrono::steady_clock::time_point;

struct Answer {
  unsigned status = 0;
  std::string body;
};

/// Calls wait for their answer, until a deadline.
class Connection {
 public:
  /// Busy where the member is not reached, or is not the one that its certificate says.
  static Result<std::unique_ptr<Connection>> open(const Member& member,
                                                  const std::filesystem::path& ca,
                                                  TimePoint deadline);

  /// The other side has not closed it while nothing was said.
  [[nodiscard]] bool isAlive();
  /// Busy: nothing was sent. Timeout: it was sent, in part at least. In both cases the connection
  /// is of no more use.
  Result<Answer> ask(std::string_view path, const std::string& body, const std::string& token,
                     TimePoint deadline);

 private:
  using Plain = boost::beast::tcp_stream;
  using Tls = boost::asio::ssl::stream<Plain>;

  explicit Connection(const Member& member) : name_(format(member)), host_(member.host) {}

  Result<void> connect(const Member& member, const std::filesystem::path& ca, TimePoint deadline);
  Plain& lowest() { return tls_ ? tls_->next_layer() : *plain_; }
  /// Runs what `start` began, to its end.
  template <class Start>
  boost::system::error_code wait(TimePoint deadline, Start start);
  template <class Stream>
  Result<Answer> exchange(Stream& stream, std::string_view path, const std::string& body,
                          const std::string& token, TimePoint deadline);

  std::string name_;
  std::string host_;
  boost::asio::io_context io_{1};
  std::optional<boost::asio::ssl::context> context_;
  std::optional<Plain> plain_;
  std::optional<Tls> tls_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace netctl::etcd
