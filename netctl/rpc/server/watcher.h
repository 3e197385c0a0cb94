#pragma once

#include "netctl/http/server/peer.h"

#include <optional>

namespace netctl::rpc {

/// Who watches over this host, and need not say who it is: it may read /metrics and /healthz, and
/// nothing else.
class Watcher : public http::Peer {
 public:
  std::optional<http::Response> refusalOf(const http::Request& head) override;
};

}  // namespace netctl::rpc
