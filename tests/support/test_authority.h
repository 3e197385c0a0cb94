#pragma once

#include "netctl/pki/authority.h"
#include "netctl/pki/tls.h"
#include "tests/support/temporary_directory.h"

#include <stdexcept>
#include <string>

namespace netctl::testing {

/// An authority of a test's own, with a cluster host that is reached as localhost and 127.0.0.1.
class TestAuthority {
 public:
  TestAuthority() {
    const auto made = pki::makeAuthority(root_, {"localhost", "127.0.0.1"});
    if (!made) throw std::runtime_error(made.error().message);
  }

  [[nodiscard]] pki::TlsFiles cluster() const { return filesIn(root_, "host"); }
  /// New ones at the first call, the same after that.
  pki::TlsFiles node(const std::string& name) { return filesOf({pki::Kind::Node, name}, "host"); }
  pki::TlsFiles client(const std::string& name) {
    return filesOf({pki::Kind::Client, name}, "client");
  }
  pki::TlsFiles reader(const std::string& name) {
    return filesOf({pki::Kind::Reader, name}, "client");
  }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  static pki::TlsFiles filesIn(const std::filesystem::path& directory, const std::string& stem) {
    return {directory / "ca.crt", directory / (stem + ".crt"), directory / (stem + ".key")};
  }
  pki::TlsFiles filesOf(const pki::Identity& holder, const std::string& stem) {
    const auto directory = root_ / holder.name;
    if (!std::filesystem::exists(directory)) (void)pki::issue(root_, holder).value();
    return filesIn(directory, stem);
  }

  TemporaryDirectory directory_;
  std::filesystem::path root_ = directory_.path() / "pki";
};

}  // namespace netctl::testing
