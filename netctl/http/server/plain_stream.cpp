#include "netctl/http/server/plain_stream.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace netctl::http {
namespace {

class PlainStream : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

  boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
  void open(std::function<void(Fault)> done) override { done({}); }
  void readSome(boost::asio::mutable_buffer room, Done done) override {
    socket_.async_read_some(room, std::move(done));
  }
  void write(boost::asio::const_buffer bytes, Done done) override {
    boost::asio::async_write(socket_, bytes, std::move(done));
  }
  void endWriting(std::function<void(Fault)> done) override {
    Fault fault;
    socket_.shutdown(Socket::shutdown_send, fault);
    boost::asio::post(socket_.get_executor(), [done = std::move(done), fault] { done(fault); });
  }
  void discardSome(boost::asio::mutable_buffer room, Done done) override {
    readSome(room, std::move(done));
  }
  void cancel() override {
    Fault ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    Fault ignored;
    socket_.close(ignored);
  }
  int descriptor() override { return socket_.native_handle(); }

 private:
  Socket socket_;
};

}  // namespace

std::unique_ptr<Stream> makePlainStream(Socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace netctl::http
