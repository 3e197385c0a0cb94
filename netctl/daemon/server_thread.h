#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace netctl::daemon {

/// A thread for a server that anybody can keep busy. It yields to all others of the process, so
/// that changes of administrators and the controller's work do not wait for it.
class ServerThread {
 public:
  ServerThread() = default;
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;
  ~ServerThread() { stop(); }

  boost::asio::io_context& io() { return io_; }
  void start();
  /// Waits for the end of the thread; what it had still to do is not done.
  void stop();

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(io_);
  std::thread thread_;
};

}  // namespace netctl::daemon
