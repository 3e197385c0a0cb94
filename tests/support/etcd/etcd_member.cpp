#include "tests/support/etcd/etcd_member.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace netctl::testing {
namespace {

void runShell(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

std::uint16_t freePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool found = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!found) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

EtcdMember::EtcdMember(std::vector<std::string> more, bool tls)
    : more_(std::move(more)), tls_(tls), port_(freePort()), peer_port_(freePort()) {
  if (tls_) makeCertificates();
  start();
}

EtcdMember::~EtcdMember() {
  kill();
}

void EtcdMember::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void EtcdMember::start() {
  const auto client = fmt::format("{}://127.0.0.1:{}", tls_ ? "https" : "http", port_);
  const auto peer = fmt::format("http://127.0.0.1:{}", peer_port_);
  std::vector<std::string> words{"etcd",
                                 "--name=one",
                                 "--data-dir=" + file("data").string(),
                                 "--listen-client-urls=" + client,
                                 "--advertise-client-urls=" + client,
                                 "--listen-peer-urls=" + peer,
                                 "--initial-advertise-peer-urls=" + peer,
                                 "--initial-cluster=one=" + peer,
                                 "--logger=zap"};
  if (tls_) {
    words.push_back("--cert-file=" + file("server.crt").string());
    words.push_back("--key-file=" + file("server.key").string());
  }
  words.insert(words.end(), more_.begin(), more_.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int log = ::open(file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execvp("etcd", arguments.data());
    ::_exit(127);
  }
  std::string why;
  for (int i = 0; i < 300; ++i) {
    const auto alarms = etcd::Client(access()).alarms();
    if (alarms) return;
    why = alarms.error().message;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  kill();
  throw std::runtime_error("etcd does not answer; is etcd-server installed? " + why);
}

void EtcdMember::stop() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void EtcdMember::freeze() const {
  ::kill(pid_, SIGSTOP);
}

void EtcdMember::thaw() const {
  ::kill(pid_, SIGCONT);
}

void EtcdMember::control(const std::string& arguments) const {
  const auto trust = tls_ ? "--cacert=" + ca().string() : std::string();
  runShell(fmt::format("ETCDCTL_API=3 etcdctl --endpoints={} {} {} {} >/dev/null",
                       etcd::format(member()), trust, login_, arguments));
}

void EtcdMember::demandLogins() {
  control("user add root:root");
  control("user grant-role root root || true");
  control("role add netctl");
  control("role grant-permission netctl --prefix=true readwrite /netctl/");
  control("user add netctl:secret");
  control("user grant-role netctl netctl");
  control("auth enable");
  login_ = "--user=root:root";
  std::ofstream(file("password")) << "secret\n";
}

etcd::Access EtcdMember::accessOfNetctl() const {
  auto access = this->access();
  access.user = "netctl";
  access.password = file("password");
  return access;
}

void EtcdMember::makeCertificates() const {
  const auto path = directory_.path().string();
  std::ofstream(file("extensions")) << "subjectAltName=IP:127.0.0.1,DNS:localhost\n"
                                       "extendedKeyUsage=serverAuth,clientAuth\n";
  runShell(fmt::format(
      "cd {} && {{ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-keyout ca.key -out ca.crt -days 2 -subj '/CN=etcd authority' && "
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key "
      "-out server.csr -subj /CN=localhost && openssl x509 -req -in server.csr -CA ca.crt "
      "-CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.crt; }} "
      ">/dev/null 2>&1",
      path));
}

}  // namespace netctl::testing
