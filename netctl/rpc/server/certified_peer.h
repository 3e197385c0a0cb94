#pragma once

#include "netctl/http/server/peer.h"
#include "netctl/rpc/server/certified_connections.h"
#include "netctl/rpc/server/rpc_server.h"

#include <memory>

namespace netctl::rpc {

/// The other end of a TLS connection. Its certificate says what it may do: a client everything, a
/// reader what only reads, a node the node link and nothing else. It adds itself to the
/// connections, and whom it turns away to the refusals. On the thread of the connection.
std::unique_ptr<http::Peer> makeCertifiedPeer(std::shared_ptr<pki::TlsSocket> connection,
                                              std::shared_ptr<const TlsOptions> options,
                                              CertifiedConnections& connections,
                                              std::shared_ptr<http::Refusals> refusals);

}  // namespace netctl::rpc
