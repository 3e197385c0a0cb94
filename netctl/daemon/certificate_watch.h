#pragma once

#include "netctl/kernel/host/directory_watch.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace netctl::daemon {

/// Hears that something has changed beside the files of the mutual TLS: a certificate, the
/// authority's or the list of what it has revoked may be another one. On the thread of `io`.
class CertificateWatch {
 public:
  CertificateWatch(boost::asio::io_context& io, std::function<void()> changed);

  void watch(const pki::TlsFiles& files);

 private:
  std::vector<std::string> directories_;
  std::function<void()> changed_;
  kernel::DirectoryWatch watch_;
};

}  // namespace netctl::daemon
