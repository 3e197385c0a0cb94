#include "netctl/rpc/server/certified_peer.h"

#include "netctl/http/server/socket.h"
#include "netctl/pki/tls_context.h"
#include "netctl/pki/tls_socket.h"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace netctl::rpc {
namespace {

constexpr std::string_view kNodePath = "/node";
constexpr std::string_view kNodeProtocol = "netctl-node";

/// The host at the other end; empty where it has gone.
std::string addressOf(pki::TlsSocket& connection) {
  boost::system::error_code gone;
  const auto peer = connection.socket().remote_endpoint(gone);
  return gone ? std::string() : http::hostOf(peer);
}

class CertifiedPeer : public http::Peer {
 public:
  CertifiedPeer(std::shared_ptr<pki::TlsSocket> connection,
                std::shared_ptr<const TlsOptions> options, CertifiedConnections& connections,
                std::shared_ptr<http::Refusals> refusals)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        refusals_(std::move(refusals)),
        address_(addressOf(*connection_)) {
    // Before the handshake: what is revoked while that goes on is found, too.
    connections.add(connection_, address_, refusals_);
  }

  void opened(const boost::system::error_code& fault) override {
    if (fault) return turnAway(pki::handshakeFault(connection_->nativeHandle(), fault));
    holder_ = pki::peerOf(connection_->nativeHandle());
  }

  [[nodiscard]] bool onlyReads() const override {
    return holder_ && holder_->kind == pki::Kind::Reader;
  }

  std::optional<http::Response> refusalOf(const http::Request& head) override {
    if (!holder_ || holder_->kind == pki::Kind::Cluster) {
      return forbidden("this certificate is neither a client's nor a reader's nor a node's");
    }
    const bool for_nodes = head.target == kNodePath;
    if (holder_->kind != pki::Kind::Node) {
      if (!for_nodes) return {};
      return forbidden("only a node's certificate opens the node link");
    }
    if (!for_nodes) return forbidden("a node's certificate opens only the node link, at /node");
    if (!options_->on_node) return http::plainResponse(404, "no nodes are served here\n");
    const auto* const upgrade = http::findField(head.fields, "Upgrade");
    if (upgrade != nullptr && boost::algorithm::iequals(*upgrade, kNodeProtocol)) return {};
    return http::plainResponse(426, fmt::format("upgrade to {}\n", kNodeProtocol));
  }

  std::optional<std::string> switchesProtocol(const http::Request& head) override {
    if (head.target != kNodePath) return {};
    return fmt::format(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {}\r\n\r\n",
        kNodeProtocol);
  }

  void takeOver(bool has_unread) override {
    if (has_unread) return turnAway("it spoke before the node link was open");
    options_->on_node(connection_, holder_->name);
  }

 private:
  http::Response forbidden(const std::string& reason) {
    turnAway(reason);
    return http::plainResponse(403, reason + "\n");
  }

  void turnAway(std::string reason) { refusals_->add(address_, std::move(reason)); }

  std::shared_ptr<pki::TlsSocket> connection_;
  std::shared_ptr<const TlsOptions> options_;
  std::shared_ptr<http::Refusals> refusals_;
  std::string address_;
  std::optional<pki::Identity> holder_;
};

}  // namespace

std::unique_ptr<http::Peer> makeCertifiedPeer(std::shared_ptr<pki::TlsSocket> connection,
                                              std::shared_ptr<const TlsOptions> options,
                                              CertifiedConnections& connections,
                                              std::shared_ptr<http::Refusals> refusals) {
  return std::make_unique<CertifiedPeer>(std::move(connection), std::move(options), connections,
                                         std::move(refusals));
}

}  // namespace netctl::rpc
