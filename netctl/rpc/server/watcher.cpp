#include "netctl/rpc/server/watcher.h"

#include <string_view>

namespace netctl::rpc {

std::optional<http::Response> Watcher::refusalOf(const http::Request& head) {
  const auto path = std::string_view(head.target).substr(0, head.target.find('?'));
  if (path != "/metrics" && path != "/healthz") {
    return http::plainResponse(404, "here are /metrics and /healthz\n");
  }
  if (head.method != "GET") return http::notAllowed("GET");
  return {};
}

}  // namespace netctl::rpc
