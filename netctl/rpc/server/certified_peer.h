#pragma once

#include "netctl/http/server/peer.h"
#include "netctl/rpc/server/rpc_server.h"

#include <memory>

namespace netctl::rpc {

/// The other end of a TLS connection. Its certificate says what it may do: a client everything, a
/// node the node link and nothing else. Whom it turns away it adds to the refusals. On the thread
/// of the connection.
std::unique_ptr<http::Peer> makeCertifiedPeer(std::shared_ptr<pki::TlsSocket> connection,
                                              std::shared_ptr<const TlsOptions> options,
                                              std::shared_ptr<http::Refusals> refusals);

}  // namespace netctl::rpc
