#pragma once

#include "netctl/http/server/refusals.h"
#include "netctl/pki/tls.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace netctl::rpc {

/// The connections to a listener that asks for certificates, those of nodes too, whoever has them
/// by now. On one thread.
class CertifiedConnections {
 public:
  /// `address` is of the host at the other end.
  void add(const std::shared_ptr<pki::TlsSocket>& connection, std::string address,
           std::shared_ptr<http::Refusals> refusals);
  /// Ends those whose certificate would be refused by now, and adds them to the refusals. One that
  /// has not shown its certificate yet stays: that is judged when it comes.
  void endRefused();

 private:
  struct Connection {
    std::weak_ptr<pki::TlsSocket> socket;
    std::string address;
    std::shared_ptr<http::Refusals> refusals;
  };

  void forgetEnded();

  std::vector<Connection> connections_;
  std::size_t room_ = 64;  ///< so many are kept before the ended ones are looked for
};

}  // namespace netctl::rpc
