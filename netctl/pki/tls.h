#pragma once

#include <filesystem>

namespace netctl::pki {

/// The files of one side of a mutual TLS connection: NETCTL_TLS_CA, _CERT and _KEY.
struct TlsFiles {
  std::filesystem::path authority;
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A client's TLS connection, complete in tls_stream.h: few sources need to know what is in it.
struct TlsConnection;
/// One of a server or of a node link, complete in tls_socket.h.
class TlsSocket;

}  // namespace netctl::pki
