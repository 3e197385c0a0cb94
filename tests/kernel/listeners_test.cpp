#include "netctl/kernel/system/listeners.h"

#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include <vector>

namespace netctl::kernel {
namespace {

using net::Listener;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListenersTest : public NetworkNamespace {
 protected:
  void TearDown() override {
    for (const auto socket : sockets_) ::close(socket);
    NetworkNamespace::TearDown();
  }

  int bound(int type, const char* address, std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET, address, &name.sin_addr), 1);
    sockets_.push_back(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(sockets_.back(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    return sockets_.back();
  }

  std::vector<int> sockets_;
};

TEST_F(ListenersTest, AreThoseThatWaitForOthers) {
  EXPECT_THAT(readListeners().value(), IsEmpty());
  output("ip link set lo up");
  bound(SOCK_STREAM, "127.0.0.1", 81);  // it does not listen
  const auto server = bound(SOCK_STREAM, "0.0.0.0", 80);
  ASSERT_EQ(::listen(server, 1), 0);
  bound(SOCK_DGRAM, "127.0.0.1", 53);
  // One with another side hears nobody else.
  const auto client = bound(SOCK_DGRAM, "127.0.0.1", 5000);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(53);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  EXPECT_THAT(readListeners().value(),
              ElementsAre(Listener{net::kTcp, {}, 80}, Listener{net::kUdp, ip("127.0.0.1"), 53}));
}

TEST_F(ListenersTest, OfIpv6CountWhereTheyHearIpv4) {
  constexpr const char* kText =
      "  sl  local_address                         remote_address                        st ...\n"
      "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A ...\n"
      "   1: 0000000000000000FFFF0000010200C0:0051 00000000000000000000000000000000:0000 0A ...\n"
      "   2: B80D0120000000000000000001000000:0052 00000000000000000000000000000000:0000 0A ...\n"
      "   3: 00000000000000000000000000000000:0053 00000000000000000000000000000000:0000 01 ...\n"
      "   4: nonsense\n"
      "   5:\n";
  EXPECT_THAT(listenersIn(kText, net::kTcp),
              ElementsAre(Listener{net::kTcp, {}, 80}, Listener{net::kTcp, ip("192.0.2.1"), 81}));
  EXPECT_THAT(listenersIn("", net::kTcp), IsEmpty());
}

}  // namespace
}  // namespace netctl::kernel
