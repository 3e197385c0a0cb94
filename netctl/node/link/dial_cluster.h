#pragma once

#include "base/result.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace netctl::node {

/// Connects to a cluster host and asks for the node link: TCP, mutual TLS, HTTP upgrade. Calls
/// `done` once, on the thread of `io`, never before it returns. An Error tells how far it came;
/// its code is Timeout where nobody answered.
void dialCluster(boost::asio::io_context& io, const std::string& host, std::uint16_t port,
                 const pki::TlsFiles& files, std::chrono::milliseconds limit,
                 std::function<void(Result<std::shared_ptr<pki::TlsSocket>>)> done);

}  // namespace netctl::node
