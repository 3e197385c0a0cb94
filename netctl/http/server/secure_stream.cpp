#include "netctl/http/server/secure_stream.h"

#include "netctl/pki/tls_socket.h"

#include <boost/asio/write.hpp>

#include <utility>

namespace netctl::http {
namespace {

class SecureStream : public Stream {
 public:
  explicit SecureStream(std::shared_ptr<pki::TlsSocket> connection)
      : connection_(std::move(connection)) {}

  boost::asio::any_io_executor executor() override { return connection_->get_executor(); }
  void open(std::function<void(Fault)> done) override { connection_->shakeHands(std::move(done)); }
  void readSome(boost::asio::mutable_buffer room, Done done) override {
    connection_->async_read_some(room, std::move(done));
  }
  void write(boost::asio::const_buffer bytes, Done done) override {
    boost::asio::async_write(*connection_, bytes, std::move(done));
  }
  void endWriting(std::function<void(Fault)> done) override {
    connection_->endWriting(std::move(done));
  }
  /// Beneath TLS: nobody has to understand these bytes.
  void discardSome(boost::asio::mutable_buffer room, Done done) override {
    connection_->socket().async_read_some(room, std::move(done));
  }
  void cancel() override {
    Fault ignored;
    connection_->socket().cancel(ignored);
  }
  void close() override {
    Fault ignored;
    connection_->socket().close(ignored);
  }
  int descriptor() override { return connection_->socket().native_handle(); }

 private:
  std::shared_ptr<pki::TlsSocket> connection_;
};

}  // namespace

std::unique_ptr<Stream> makeSecureStream(std::shared_ptr<pki::TlsSocket> connection) {
  return std::make_unique<SecureStream>(std::move(connection));
}

}  // namespace netctl::http
