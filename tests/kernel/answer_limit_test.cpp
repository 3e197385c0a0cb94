#include "netctl/kernel/netlink/answer_limit.h"

#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/netlink/route_socket.h"
#include "tests/kernel/support/network_namespace.h"

#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <chrono>

/// The kernel's answers get lost: the wait for them ends, and the error says what was asked.
namespace netctl::kernel {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kLimit = 50ms;

/// A filter that drops what the kernel sends to the socket, which is how an acknowledgement is lost
/// to a full buffer: the request is carried out.
void loseAnswers(int descriptor) {
  sock_filter drop{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &drop};
  ASSERT_EQ(setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}
using AnswerLimit = NetworkNamespace;

RouteMessage newBridge(const std::string& name) {
  RouteMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  message.put(IFLA_IFNAME, name);
  message.nest(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, std::string("bridge"));
  return message;
}

TEST_F(AnswerLimit, EndsTheWaitForALostAcknowledgementOfRtnetlink) {
  auto socket = RouteSocket::open(kLimit).value();
  loseAnswers(socket.descriptor());
  const auto answer = socket.request(newBridge("one"));
  EXPECT_EQ(answer.number, ETIMEDOUT);
  const auto error = answer.error("cannot make the bridge one");
  EXPECT_EQ(error.code, ErrorCode::Timeout);
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.message,
            "cannot make the bridge one: no answer within 50 ms to request 16 of rtnetlink");
  EXPECT_NE(if_nametoindex("one"), 0U) << "was carried out all the same";
}

TEST_F(AnswerLimit, EndsTheWaitForALostDumpOfRtnetlink) {
  auto socket = RouteSocket::open(kLimit).value();
  loseAnswers(socket.descriptor());
  const auto dump = [&](const RouteSocket::Reply& reply) {
    return socket.request({RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}}, reply);
  };
  EXPECT_EQ(dump({}).number, ETIMEDOUT);
  // What is lost of a dump keeps its socket busy for ever; there is another one now.
  std::size_t links = 0;
  const auto answer = dump([&](nlmsghdr&) { ++links; });
  EXPECT_TRUE(answer.ok()) << answer.text;
  EXPECT_GT(links, 0U);
}

TEST_F(AnswerLimit, EndsTheWaitForALostAcknowledgementOfNetfilter) {
  auto socket = MnlSocket::open(NETLINK_NETFILTER, kLimit).value();
  loseAnswers(socket.descriptor());
  MnlBatch batch;
  auto* message = batch.begin(NFNL_SUBSYS_NFTABLES << 8U | NFT_MSG_NEWTABLE, NLM_F_CREATE);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = NFPROTO_IPV4;
  mnl_attr_put_strz(message, NFTA_TABLE_NAME, "one");
  batch.end();
  const auto done = socket.transact(batch, NFNL_SUBSYS_NFTABLES);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Timeout);
  EXPECT_THAT(done.error().message, HasSubstr("within 50 ms to request 0 of nftables"));
}

TEST_F(AnswerLimit, EndsTheWaitForALostDumpOfNetfilter) {
  auto socket = MnlSocket::open(NETLINK_NETFILTER, kLimit).value();
  loseAnswers(socket.descriptor());
  MnlBatch batch;
  auto* message = batch.begin(NFNL_SUBSYS_NFTABLES << 8U | NFT_MSG_GETTABLE, NLM_F_DUMP);
  mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg));
  batch.end();
  const auto done = socket.dump(batch, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Timeout);
  EXPECT_THAT(done.error().message, HasSubstr("request 1 of nftables"));
  const auto next = socket.dump(batch, {});
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_FALSE(*next);
}

// By default a socket has a limit: without one a lost answer would stop the controller for ever.
TEST_F(AnswerLimit, IsThereUnlessAnotherIsNamed) {
  const auto limitOf = [](int descriptor) {
    timeval limit{};
    socklen_t size = sizeof limit;
    EXPECT_EQ(getsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
    return std::chrono::seconds(limit.tv_sec) + std::chrono::microseconds(limit.tv_usec);
  };
  EXPECT_EQ(limitOf(RouteSocket::open().value().descriptor()), kAnswerLimit);
  EXPECT_EQ(limitOf(MnlSocket::open(NETLINK_ROUTE).value().descriptor()), kAnswerLimit);
}

}  // namespace
}  // namespace netctl::kernel
