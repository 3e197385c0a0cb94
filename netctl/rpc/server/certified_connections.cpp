#include "netctl/rpc/server/certified_connections.h"

#include "netctl/pki/tls_context.h"
#include "netctl/pki/tls_socket.h"

#include <algorithm>
#include <utility>

namespace netctl::rpc {

void CertifiedConnections::add(const std::shared_ptr<pki::TlsSocket>& connection,
                               std::string address, std::shared_ptr<http::Refusals> refusals) {
  if (connections_.size() >= room_) {
    forgetEnded();
    room_ = std::max(room_, 2 * connections_.size());
  }
  connections_.push_back({connection, std::move(address), std::move(refusals)});
}

void CertifiedConnections::endRefused() {
  for (const auto& connection : connections_) {
    const auto socket = connection.socket.lock();
    if (!socket) continue;
    auto reason = pki::refusedNow(socket->nativeHandle());
    if (!reason) continue;
    // Whoever has it finds it closed: the session or the node link ends.
    boost::system::error_code ignored;
    socket->socket().close(ignored);
    connection.refusals->add(connection.address, *std::move(reason));
  }
  forgetEnded();
}

void CertifiedConnections::forgetEnded() {
  std::erase_if(connections_,
                [](const Connection& connection) { return connection.socket.expired(); });
}

}  // namespace netctl::rpc
