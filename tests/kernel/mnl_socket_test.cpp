#include "netctl/kernel/netlink/mnl_socket.h"

#include "tests/kernel/support/network_namespace.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace netctl::kernel {
namespace {

class MnlSockets : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    auto opened = MnlSocket::open(NETLINK_ROUTE);
    ASSERT_TRUE(opened) << opened.error().message;
    socket_.emplace(std::move(*opened));
  }

  // A new device; the kernel refuses kinds that it does not know, with a text.
  static void addDevice(MnlBatch& batch, const std::string& name, const char* kind) {
    nlmsghdr* message = batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, name.c_str());
    nlattr* info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
    mnl_attr_nest_end(message, info);
    batch.end();
  }

  static void addDump(MnlBatch& batch) {
    mnl_nlmsg_put_extra_header(batch.begin(RTM_GETLINK, NLM_F_DUMP), sizeof(ifinfomsg));
    batch.end();
  }

  std::optional<MnlSocket> socket_;
};

TEST_F(MnlSockets, TellWhichMessageWasRefusedAndWhy) {
  MnlBatch batch;
  addDevice(batch, "one", "bridge");
  addDevice(batch, "two", "no-such-kind");
  addDevice(batch, "three", "bridge");
  const auto refusals = socket_->send(batch);
  ASSERT_TRUE(refusals) << refusals.error().message;
  ASSERT_EQ(refusals->size(), 1U);
  EXPECT_EQ(refusals->front().message, 1U);
  EXPECT_EQ(refusals->front().number, EOPNOTSUPP);
  EXPECT_THAT(describe(refusals->front()), testing::HasSubstr("Unknown device type"));
  EXPECT_NE(if_nametoindex("one"), 0U);
  EXPECT_NE(if_nametoindex("three"), 0U);
}

TEST_F(MnlSockets, CarryOutATransactionAsAWholeOrNotAtAll) {
  auto socket = MnlSocket::open(NETLINK_NETFILTER).value();
  const auto make = [&](const std::vector<std::string>& tables, std::uint16_t subsystem) {
    MnlBatch batch;
    for (const auto& table : tables) {
      auto* message =
          batch.begin(NFNL_SUBSYS_NFTABLES << 8U | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
      auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
      header->nfgen_family = NFPROTO_IPV4;
      mnl_attr_put_strz(message, NFTA_TABLE_NAME, table.c_str());
      batch.end();
    }
    return socket.transact(batch, subsystem);
  };
  const auto done = make({"one", "two"}, NFNL_SUBSYS_NFTABLES);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->empty());
  const auto refused = make({"three", "two", "four"}, NFNL_SUBSYS_NFTABLES);
  ASSERT_TRUE(refused) << refused.error().message;
  ASSERT_EQ(refused->size(), 1U);
  EXPECT_EQ(refused->front().message, 1U);
  EXPECT_EQ(refused->front().number, EEXIST);
  EXPECT_EQ(output("nft list tables"), "table ip one\ntable ip two\n");
  // The kernel says this of the whole, and nothing of its parts.
  const auto unknown = make({"five", "six"}, 0xff);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::Kernel);
  EXPECT_TRUE(make({"seven"}, NFNL_SUBSYS_NFTABLES)->empty());
}

TEST_F(MnlSockets, SendMoreThanFitsIntoOneGo) {
  MnlBatch batch;
  for (int i = 0; i < 500; ++i)
    addDevice(batch, "d" + std::to_string(i), i == 499 ? "bridge" : "-");
  const auto refusals = socket_->send(batch);
  ASSERT_TRUE(refusals) << refusals.error().message;
  ASSERT_EQ(refusals->size(), 499U);
  for (std::size_t i = 0; i < 499; ++i) EXPECT_EQ((*refusals)[i].message, i);
  EXPECT_NE(if_nametoindex("d499"), 0U);
}

TEST_F(MnlSockets, GiveEachPartOfADump) {
  MnlBatch devices;
  for (int i = 0; i < 50; ++i) addDevice(devices, "d" + std::to_string(i), "bridge");
  ASSERT_TRUE(socket_->send(devices));
  MnlBatch batch;
  addDump(batch);
  int parts = 0;
  const auto refusal = socket_->dump(batch, [&](const nlmsghdr& part) -> Result<void> {
    EXPECT_EQ(part.nlmsg_type, RTM_NEWLINK);
    ++parts;
    return {};
  });
  ASSERT_TRUE(refusal) << refusal.error().message;
  EXPECT_FALSE(*refusal);
  EXPECT_EQ(parts, 51);
}

TEST_F(MnlSockets, WorkOnAfterAReaderGaveUp) {
  MnlBatch batch;
  addDump(batch);
  const Error error{ErrorCode::Kernel, "Test", "enough"};
  const auto refusal = socket_->dump(batch, [&](const nlmsghdr&) -> Result<void> { return error; });
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().message, "enough");
  MnlBatch next;
  addDevice(next, "one", "bridge");
  const auto sent = socket_->send(next);
  ASSERT_TRUE(sent);
  EXPECT_TRUE(sent->empty());
}

}  // namespace
}  // namespace netctl::kernel
