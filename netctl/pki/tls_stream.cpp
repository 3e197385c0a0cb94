#include "netctl/pki/tls_stream.h"

#include <boost/asio/ssl/host_name_verification.hpp>

namespace netctl::pki {

namespace asio = boost::asio;

void expectHost(TlsConnection& connection, const std::string& host) {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(connection.native_handle(), host.c_str());
  connection.set_verify_callback(asio::ssl::host_name_verification(host));
}

}  // namespace netctl::pki
