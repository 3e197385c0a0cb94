#include "netctl/kernel/nft/nft_process.h"

#include "base/descriptor_message.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace netctl::kernel {
namespace {

// A transaction of a hundred thousand elements takes some seconds on a slow machine.
constexpr std::chrono::seconds kPatience{30};
constexpr int kLink = 3;  ///< the child's end
constexpr const char* kName = "netctl-nft";

/// Before a text, of commands or of an answer. Both ends are the same program.
struct Head {
  std::uint64_t size = 0;
  bool flag = false;  ///< of commands: only to be checked; of an answer: they were taken
};

Error processFailed(std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} the process that writes nft's tables: {}", what,
                      std::strerror(errno))};
}

bool sendAll(int link, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const auto sent = ::send(link, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

/// Until there is all of it, the other end has gone, or the socket's time for a read is over.
bool receiveAll(int link, void* into, std::size_t size) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const auto received = ::recv(link, at, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    at += received;
    size -= static_cast<std::size_t>(received);
  }
  return true;
}

bool sendHead(int link, Head head, int descriptor) {
  return sendBeside(link, &head, sizeof head, descriptor) == static_cast<ssize_t>(sizeof head);
}

/// Absent where the other end has gone, or the time is over.
std::optional<Head> receiveHead(int link, Descriptor& beside) {
  Head head;
  const auto received = receiveBeside(link, &head, sizeof head, beside);
  return received == static_cast<ssize_t>(sizeof head) ? std::optional(head) : std::nullopt;
}

/// libnftables keeps its socket to itself, and opens another one now and then.
int netlinkSocket() {
  constexpr int kMost = 16;
  for (int descriptor = kLink + 1; descriptor < kMost; ++descriptor) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
        domain == AF_NETLINK) {
      return descriptor;
    }
  }
  return -1;
}

/// The child's life.
[[noreturn]] void serve(int link) {
  if (link != kLink && dup2(link, kLink) < 0) _exit(EXIT_FAILURE);
  close_range(kLink + 1, UINT_MAX, 0);
  prctl(PR_SET_NAME, kName);
  // Handlers run from the last to the first: where libnftables exits, those of our parent's, which
  // this process has copies of, do not run.
  std::atexit([] { _exit(EXIT_FAILURE); });
  // Whoever signals the group means its parent, whose end ends it.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  auto* nft = nft_ctx_new(NFT_CTX_DEFAULT);
  if (nft == nullptr || nft_ctx_buffer_output(nft) != 0 || nft_ctx_buffer_error(nft) != 0) {
    _exit(EXIT_FAILURE);
  }
  std::string commands;
  for (;;) {
    Descriptor none;
    const auto head = receiveHead(kLink, none);
    if (!head) _exit(EXIT_SUCCESS);
    commands.resize(head->size);
    if (!receiveAll(kLink, commands.data(), commands.size())) _exit(EXIT_SUCCESS);
    nft_ctx_set_dry_run(nft, head->flag);
    const bool taken = nft_run_cmd_from_buffer(nft, commands.c_str()) == 0;
    const auto* said = taken ? nullptr : nft_ctx_get_error_buffer(nft);
    const std::string_view text = said != nullptr ? said : "";
    if (!sendHead(kLink, {text.size(), taken}, netlinkSocket()) ||
        !sendAll(kLink, text.data(), text.size())) {
      _exit(EXIT_SUCCESS);
    }
  }
}

}  // namespace

NftProcess& NftProcess::operator=(NftProcess&& other) noexcept {
  std::swap(child_, other.child_);
  std::swap(link_, other.link_);
  std::swap(netlink_, other.netlink_);
  return *this;
}

Result<void> NftProcess::start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return processFailed("talk to");
  Descriptor ours(ends[0]);
  const Descriptor childs(ends[1]);
  const timeval patience{kPatience.count(), 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (setsockopt(ours.get(), SOL_SOCKET, option, &patience, sizeof patience) != 0) {
      return processFailed("talk to");
    }
  }
  const auto child = fork();
  if (child < 0) return processFailed("start");
  if (child == 0) serve(childs.get());
  child_ = child;
  link_ = std::move(ours);
  return {};
}

Result<NftProcess::Answer> NftProcess::run(const std::string& commands, bool only_checks) {
  if (child_ == 0) {
    if (auto started = start(); !started) return started.error();
  }
  auto answer = ask(commands, only_checks);
  if (!answer) answer = Error{answer.error().code, "", answer.error().message + end()};
  return answer;
}

Result<NftProcess::Answer> NftProcess::ask(const std::string& commands, bool only_checks) {
  const Error none{ErrorCode::Timeout, "", "the process that writes nft's tables gave no answer"};
  if (!sendHead(link_.get(), {commands.size(), only_checks}, -1) ||
      !sendAll(link_.get(), commands.data(), commands.size())) {
    return none;
  }
  const auto head = receiveHead(link_.get(), netlink_);
  if (!head) return none;
  Answer answer{head->flag, std::string(head->size, '\0')};
  if (!receiveAll(link_.get(), answer.said.data(), answer.said.size())) return none;
  return answer;
}

std::string NftProcess::end() {
  if (child_ == 0) return {};
  link_ = Descriptor();
  netlink_ = Descriptor();
  // It may wait for the kernel, or have ended already.
  kill(child_, SIGKILL);
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
  child_ = 0;
  return WIFEXITED(status) ? fmt::format("; it ended with status {}", WEXITSTATUS(status))
                           : std::string("; it was ended");
}

}  // namespace netctl::kernel
