/// connections serve PORT
///     Accepts TCP connections and waits for the end of each, until it is ended itself.
/// connections open TARGETS PORT COUNT
///     Opens so many connections one after the other, to the addresses in the file TARGETS by
///     turns, ends each at once by a reset, and prints the nanoseconds that each took. Fails if one
///     is refused.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in endpoint(in_addr address, const std::string& port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_addr = address;
  made.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
  return made;
}

int makeSocket() {
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  if (made < 0) fail("socket");
  return made;
}

[[noreturn]] void serve(const std::string& port) {
  const int listener = makeSocket();
  const auto any = endpoint({INADDR_ANY}, port);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) fail("bind");
  if (::listen(listener, SOMAXCONN) != 0) fail("listen");
  fmt::print("ready\n");
  (void)std::fflush(stdout);
  for (;;) {
    const int accepted = ::accept(listener, nullptr, nullptr);
    if (accepted < 0) continue;  // it was reset before we came
    char byte = 0;
    (void)!::read(accepted, &byte, 1);
    ::close(accepted);
  }
}

void open(const std::string& path, const std::string& port, std::size_t count) {
  std::ifstream file(path);
  std::vector<sockaddr_in> targets;
  for (std::string line; std::getline(file, line);) {
    in_addr address{};
    if (::inet_aton(line.c_str(), &address) == 0) throw std::runtime_error("no address: " + line);
    targets.push_back(endpoint(address, port));
  }
  if (targets.empty()) throw std::runtime_error("no targets in " + path);

  constexpr std::size_t kStride =
      7919;  // a prime: neighbours in the file are not neighbours in time
  const linger reset{1, 0};
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t number = 0; number < count; ++number) {
    const auto& target = targets[number * kStride % targets.size()];
    const int connection = makeSocket();
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
      fail(::inet_ntoa(target.sin_addr));
    }
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(connection);
  }
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - began;
  fmt::print("{:.1f}\n", taken.count() / static_cast<double>(count));
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.at(0) == "serve") serve(words.at(1));
    open(words.at(1), words.at(2), std::stoul(words.at(3)));
    return 0;
  } catch (const std::exception& fault) {
    fmt::print(stderr, "connections: {}\n", fault.what());
    return 1;
  }
}
