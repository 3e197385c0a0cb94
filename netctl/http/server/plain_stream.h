#pragma once

#include "netctl/http/server/socket.h"
#include "netctl/http/server/stream.h"

#include <memory>

namespace netctl::http {

/// The bytes as they are on the socket.
std::unique_ptr<Stream> makePlainStream(Socket socket);

}  // namespace netctl::http
