#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>

namespace netctl::http {

/// An open connection, whatever carries it. It is erased behind virtual functions, so that the code
/// of a session is compiled once and not for each kind of stream.
///
/// On the thread of its executor; at most one operation at a time. `done` is called once, and never
/// while the operation is being asked for, but for `open`. The stream outlives its operations:
/// the caller keeps it alive in `done`.
class Stream {
 public:
  using Fault = boost::system::error_code;
  using Done = std::function<void(Fault, std::size_t)>;

  virtual ~Stream() = default;

  virtual boost::asio::any_io_executor executor() = 0;
  /// Does what the first byte needs: a handshake, or nothing.
  virtual void open(std::function<void(Fault)> done) = 0;
  virtual void readSome(boost::asio::mutable_buffer room, Done done) = 0;
  /// All of the bytes, which have to stay where they are until then.
  virtual void write(boost::asio::const_buffer bytes, Done done) = 0;
  /// Tells the peer that no more comes. Reading goes on.
  virtual void endWriting(std::function<void(Fault)> done) = 0;
  /// Bytes that nobody wants to understand any more.
  virtual void discardSome(boost::asio::mutable_buffer room, Done done) = 0;
  /// Ends the operation that is under way; the connection stays.
  virtual void cancel() = 0;
  virtual void close() = 0;
  /// Of the socket, for options; -1 once it is closed.
  virtual int descriptor() = 0;
};

}  // namespace netctl::http
