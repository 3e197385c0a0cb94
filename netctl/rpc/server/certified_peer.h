#pragma once

#include "netctl/http/server/peer.h"
#include "netctl/rpc/server/rpc_server.h"

#include <memory>

namespace netctl::rpc {

/// The other end of a TLS connection. Its certificate says what it may do: a client everything, a
/// node the node link and nothing else. On the thread of the connection.
std::unique_ptr<http::Peer> makeCertifiedPeer(std::shared_ptr<pki::TlsSocket> connection,
                                              std::shared_ptr<const TlsOptions> options);

}  // namespace netctl::rpc
