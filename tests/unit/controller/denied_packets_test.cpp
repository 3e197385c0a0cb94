#include "netctl/controller/denied_packets.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>

namespace netctl::controller {
namespace {

class DeniedPacketsOfGroups : public ::testing::Test {
 protected:
  void SetUp() override {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AKIALICE", "secret"});
    run(cloud::CreateGroup{"alice", "web", "web", {"sg-00000001"}});
    run(cloud::CreateGroup{"alice", "db", "db", {"sg-00000002"}});
    one_ = attach("i-00000001", {"web"});
    both_ = attach("i-00000002", {"web", "db"});
  }

  void run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  net::Ipv4Address attach(const char* id, std::vector<std::string> groups) {
    run(cloud::AttachInstance{.instance = testing::instance(id),
                              .owner = "alice",
                              .groups = std::move(groups),
                              .addressing = cloud::Addressing::Private});
    return cloud_.instance(testing::instance(id))->private_address.value();
  }

  cloud::Cloud cloud_{testing::usualSettings()};
  net::Ipv4Address one_;
  net::Ipv4Address both_;
  DeniedPackets denied_;
  const cloud::GroupId web_{"sg-00000001"};
  const cloud::GroupId db_{"sg-00000002"};
  using Counts = std::map<cloud::GroupId, std::uint64_t>;
};

TEST_F(DeniedPacketsOfGroups, CountForEachGroupOfTheInstance) {
  denied_.take({{one_, 2}, {both_, 3}}, cloud_);
  EXPECT_EQ(denied_.byGroup(), (Counts{{web_, 5}, {db_, 3}}));
  denied_.take({{one_, 4}, {both_, 3}}, cloud_);
  EXPECT_EQ(denied_.byGroup(), (Counts{{web_, 7}, {db_, 3}}));
}

TEST_F(DeniedPacketsOfGroups, GoOnWhereTheKernelBeginsAnew) {
  denied_.take({{one_, 10}}, cloud_);
  denied_.take({{one_, 1}}, cloud_);
  denied_.take({}, cloud_);
  denied_.take({{one_, 1}}, cloud_);
  EXPECT_EQ(denied_.byGroup(), (Counts{{web_, 12}}));
}

TEST_F(DeniedPacketsOfGroups, GoWithTheirGroup) {
  denied_.take({{both_, 3}}, cloud_);
  run(cloud::DetachInstances{"alice", {testing::instance("i-00000002")}, {}});
  run(cloud::DeleteGroup{"alice", "db"});
  denied_.take({{both_, 5}}, cloud_);
  EXPECT_EQ(denied_.byGroup(), (Counts{{web_, 3}}));
}

}  // namespace
}  // namespace netctl::controller
