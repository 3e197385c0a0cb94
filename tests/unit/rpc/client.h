#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace netctl::testing {

struct HttpAnswer {
  int status = 0;  ///< 0: the connection ended without an answer
  std::string header;
  std::string body;
};

/// A blocking HTTP client on a Unix socket that sends whatever bytes a test wants.
class Client {
 public:
  explicit Client(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval timeout{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect to " + path + ": " + std::strerror(errno));
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(socket_); }

  /// False where the other end does not take all of it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// The next answer.
  HttpAnswer receive() {
    HttpAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receiveMore()) return answer;
    }
    answer.header = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    answer.status = std::atoi(answer.header.c_str() + std::strlen("HTTP/1.1 "));
    const auto length = answer.header.find("Content-Length: ");
    if (length == std::string::npos) return answer;
    const auto size = std::strtoul(answer.header.c_str() + length + 16, nullptr, 10);
    while (received_.size() < size && receiveMore()) {
    }
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }
  /// True where the other end has closed the connection, within 20 seconds.
  bool ended() {
    char byte = 0;
    return recv(socket_, &byte, 1, 0) == 0;
  }

  HttpAnswer request(std::string_view method, std::string_view target, std::string_view body = "") {
    send(fmt::format("{} {} HTTP/1.1\r\nHost: netctl\r\nContent-Length: {}\r\n\r\n{}", method,
                     target, body.size(), body));
    return receive();
  }
  HttpAnswer post(std::string_view body) { return request("POST", "/rpc", body); }
  /// The answer to a call, an object with `result` or `error`.
  boost::json::value call(std::string_view method, std::string_view parameters) {
    const auto answer = post(callText(method, parameters));
    if (answer.status != 200) throw std::runtime_error(fmt::format("HTTP {}", answer.status));
    return boost::json::parse(answer.body);
  }
  static std::string callText(std::string_view method, std::string_view parameters, int id = 1) {
    return fmt::format(R"({{"jsonrpc": "2.0", "id": {}, "method": "{}", "params": {}}})", id,
                       method, parameters);
  }

 private:
  bool receiveMore() {
    char buffer[65536];
    const auto got = recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  std::string received_;
};

}  // namespace netctl::testing
