#pragma once

#include "netctl/http/server/stream.h"

#include <memory>

namespace netctl::pki {
class TlsSocket;
}

namespace netctl::http {

/// The bytes inside TLS. The connection is shared: a peer may take it over.
std::unique_ptr<Stream> makeSecureStream(std::shared_ptr<pki::TlsSocket> connection);

}  // namespace netctl::http
