#include "netctl/daemon/server_thread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace netctl::daemon {
namespace {

constexpr int kNice = 5;

}  // namespace

void ServerThread::start() {
  thread_ = std::thread([this] {
    // On Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences").
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    io_.run();
  });
}

void ServerThread::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace netctl::daemon
