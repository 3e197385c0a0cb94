#include "netctl/daemon/certificate_watch.h"

namespace netctl::daemon {

CertificateWatch::CertificateWatch(boost::asio::io_context& io, std::function<void()> changed)
    : changed_(std::move(changed)), watch_(io, {}, [this](const auto& news) {
        // Somebody may have put another directory in its place.
        if (news.directory) watch_.watch(directories_);
        changed_();
      }) {}

void CertificateWatch::watch(const pki::TlsFiles& files) {
  directories_ = {files.authority.parent_path().string(), files.certificate.parent_path().string()};
  watch_.watch(directories_);
}

}  // namespace netctl::daemon
