#pragma once

#include "netctl/etcd/client.h"
#include "tests/support/temporary_directory.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace netctl::testing {

/// An etcd of a test's own: one member on loopback with a data directory that goes with it.
class EtcdMember {
 public:
  /// `more` are further arguments. Returns when it answers.
  explicit EtcdMember(std::vector<std::string> more = {}, bool tls = false);
  ~EtcdMember();
  EtcdMember(const EtcdMember&) = delete;
  EtcdMember& operator=(const EtcdMember&) = delete;

  /// Ends it, and keeps its data.
  void stop();
  void start();
  /// Stops and continues its process (SIGSTOP, SIGCONT).
  void freeze() const;
  void thaw() const;

  [[nodiscard]] etcd::Access access() const { return {.members = {member()}, .ca = ca()}; }
  [[nodiscard]] etcd::Member member() const { return {tls_, "127.0.0.1", port_}; }
  [[nodiscard]] std::filesystem::path ca() const { return tls_ ? file("ca.crt") : ""; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return directory_.path() / name;
  }
  /// Runs etcdctl, which must succeed.
  void control(const std::string& arguments) const;
  /// Switches authentication on: root with the password `root`, and the user netctl with the
  /// password `secret`, who may read and write below /netctl/. Further calls of `control` are
  /// root's.
  void demandLogins();
  /// For user netctl.
  [[nodiscard]] etcd::Access accessOfNetctl() const;

 private:
  void kill();
  void makeCertificates() const;

  TemporaryDirectory directory_;
  std::vector<std::string> more_;
  bool tls_;
  std::uint16_t port_;
  std::uint16_t peer_port_;
  pid_t pid_ = -1;
  std::string login_;  ///< of etcdctl
};

/// A port of loopback that nobody has now.
std::uint16_t freePort();

}  // namespace netctl::testing
