#pragma once

#include "netctl/http/server/peer.h"
#include "netctl/rpc/server/rpc_server.h"

#include <memory>

namespace netctl::rpc {

/// Whoever connects by TLS, by the certificate: a client may do everything, a node may open the
/// node link and nothing else. On the thread of the connection.
std::unique_ptr<http::Peer> makeCertifiedPeer(std::shared_ptr<pki::LinkStream> connection,
                                              std::shared_ptr<const TlsOptions> options);

}  // namespace netctl::rpc
