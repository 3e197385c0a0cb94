#include "netctl/config/configuration.h"

#include "tests/unit/config/support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace netctl::config {
namespace {

using cloud::NetworkMode;
using cloud::Role;
using test::errors;
using test::parseText;
using test::sound;
using test::soundWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A directory of its own, gone with the test.
class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / "netctl-config-XXXXXX") {
    auto name = path_.string();
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

TEST(Configuration, TakesTheFileThatEucalyptusShips) {
  const auto loaded = load(NETCTL_SOURCE_DIR "/tests/lab/eucalyptus.conf");
  const auto configuration = sound(loaded);
  const auto& settings = configuration.settings;
  EXPECT_EQ(settings.mode, NetworkMode::ManagedNoVlan);
  EXPECT_EQ(settings.host.role, Role::Cluster);
  EXPECT_EQ(settings.host.private_interface, "eth0");
  EXPECT_EQ(settings.host.public_interface, "eth1");
  EXPECT_EQ(settings.host.bridge, "br0");
  EXPECT_EQ(net::format(settings.plan.subnet), "172.16.0.0/16");
  EXPECT_EQ(settings.plan.network_size, 32U);
  EXPECT_EQ(settings.plan.tags.size(), 2048U);
  EXPECT_EQ(settings.pool.size(), 51U);
  EXPECT_EQ(net::format(settings.dns), "8.8.8.8");
  EXPECT_EQ(settings.domain_name, "eucalyptus.internal");
  for (const auto& problem : loaded.problems) {
    EXPECT_EQ(problem.severity, Severity::Notice) << format(problem);
    EXPECT_EQ(problem.key, "VNET_DHCPDAEMON") << format(problem);
  }
}

TEST(Configuration, TakesTheRoleFromTheLocalFileBesideIt) {
  const Directory directory;
  std::filesystem::copy(NETCTL_SOURCE_DIR "/tests/lab/eucalyptus.conf",
                        directory.path() / "eucalyptus.conf");
  directory.write("eucalyptus.local.conf", "NETCTL_ROLE=all\nVNET_PUBINTERFACE=\"eth7\"\n");
  directory.write("iptables-preload", "*filter\nCOMMIT\n");
  const auto loaded = load(directory.path() / "eucalyptus.conf");
  const auto configuration = sound(loaded);
  EXPECT_EQ(configuration.settings.host.role, Role::All);
  EXPECT_EQ(configuration.settings.host.public_interface, "eth7");
  EXPECT_EQ(configuration.settings.host.bridge, "br0");
  EXPECT_FALSE(configuration.settings.host.node_name.empty());
  EXPECT_THAT(test::textOf(loaded.problems), HasSubstr("iptables-preload"));
}

TEST(Configuration, OfAnUnreadableFileIsAnErrorNeverEmpty) {
  const Directory directory;
  EXPECT_THAT(test::textOf(load(directory.path() / "netctl.conf").problems),
              HasSubstr("netctl.conf: error: cannot be read: No such file or directory"));
  const auto file = directory.write("netctl.conf", test::kSound);
  std::filesystem::create_directory(directory.path() / "netctl.local.conf");
  const auto loaded = load(file);
  EXPECT_FALSE(loaded.configuration);
  EXPECT_THAT(test::textOf(loaded.problems),
              HasSubstr("netctl.local.conf: error: cannot be read: Is a directory"));
}

TEST(Configuration, IsLookedForAtTwoPlaces) {
  const Directory directory;
  const auto& root = directory.path();
  EXPECT_EQ(choosePath("/x/y.conf", root), "/x/y.conf");
  EXPECT_EQ(choosePath({}, root), root / "etc/eucalyptus/eucalyptus.conf");
  directory.write("etc/netctl/netctl.conf", "");
  EXPECT_EQ(choosePath({}, root), root / "etc/netctl/netctl.conf");
}

TEST(Configuration, AFileThatSetsNothingLeavesTheOtherInItsPlace) {
  const Directory directory;
  const auto& root = directory.path();
  const auto own = directory.write("etc/netctl/netctl.conf", "# VNET_MODE=\"SYSTEM\"\n");
  const auto other = directory.write("etc/eucalyptus/eucalyptus.conf", test::kSound);
  EXPECT_EQ(choosePath({}, root), other);
  directory.write("etc/netctl/netctl.local.conf", "NETCTL_ROLE=\"all\"\n");
  EXPECT_EQ(choosePath({}, root), own);
  directory.write("etc/netctl/netctl.local.conf", "");
  directory.write("etc/netctl/netctl.conf", "VNET_MODE=\"SYSTEM\"\n");
  EXPECT_EQ(choosePath({}, root), own);
}

TEST(Configuration, OfAnEmptyFileIsSystem) {
  const auto loaded = parseText("");
  EXPECT_EQ(sound(loaded).settings.mode, NetworkMode::System);
  EXPECT_THAT(test::textOf(loaded.problems),
              HasSubstr("VNET_MODE: is not set, so the mode is SYSTEM"));
}

TEST(Configuration, KnowsTheFourModesByTheirExactNames) {
  for (const auto* name : {"EDGE", "VPCMIDO", "managed", "MANAGED_NOVLAN", "STATIC-DYNMAC"}) {
    const auto loaded = soundWith("VNET_MODE=" + std::string(name));
    EXPECT_FALSE(loaded.configuration) << name;
    EXPECT_THAT(errors(loaded, "VNET_MODE"),
                ElementsAre(HasSubstr("must be SYSTEM, STATIC, MANAGED or MANAGED-NOVLAN")));
  }
  EXPECT_EQ(sound(soundWith("VNET_MODE=MANAGED")).settings.mode, NetworkMode::Managed);
}

TEST(Configuration, ReadsTheLocalFileKeyByKeyAndAnEmptyValueUnsets) {
  const auto configuration = sound(soundWith("NETCTL_WAIT=3\nVNET_PUBLICIPS=\"\"\n"));
  EXPECT_EQ(configuration.services.wait, std::chrono::seconds{3});
  EXPECT_EQ(configuration.settings.pool.size(), 0U);
  EXPECT_THAT(errors(soundWith("VNET_DNS=\n"), "VNET_DNS"), ElementsAre(HasSubstr("is not set")));
}

TEST(Configuration, WantsTheKeysOfItsModeAndRole) {
  const auto managed = parseText("VNET_MODE=MANAGED\n");
  for (const auto* key : {"VNET_SUBNET", "VNET_NETMASK", "VNET_ADDRSPERNET", "VNET_DNS"}) {
    EXPECT_THAT(errors(managed, key), ElementsAre(HasSubstr("is not set, but VNET_MODE=MANAGED")));
  }
  EXPECT_THAT(errors(managed, "VNET_BRIDGE"), IsEmpty());
  const auto fixed = parseText("VNET_MODE=STATIC\n");
  for (const auto* key : {"VNET_SUBNET", "VNET_NETMASK", "VNET_DNS", "VNET_BROADCAST",
                          "VNET_ROUTER", "VNET_MACMAP"}) {
    EXPECT_THAT(errors(fixed, key), SizeIs(1)) << key;
  }
  EXPECT_THAT(errors(fixed, "VNET_ADDRSPERNET"), IsEmpty());
  EXPECT_THAT(errors(soundWith("NETCTL_ROLE=all"), "VNET_BRIDGE"), SizeIs(1));
  EXPECT_TRUE(soundWith("NETCTL_ROLE=all\nVNET_BRIDGE=br0").configuration);
  EXPECT_THAT(errors(parseText("NETCTL_ROLE=all"), "VNET_BRIDGE"), SizeIs(1)) << "SYSTEM";
  EXPECT_THAT(errors(soundWith("VNET_MODE=MANAGED\nNETCTL_ROLE=all"), "VNET_BRIDGE"), IsEmpty());
  const auto node = parseText("VNET_MODE=MANAGED-NOVLAN\nNETCTL_ROLE=node\n");
  EXPECT_THAT(errors(node, "VNET_BRIDGE"), SizeIs(1));
  EXPECT_THAT(errors(node, "NETCTL_CLUSTER"), SizeIs(1));
  EXPECT_THAT(errors(node, "VNET_SUBNET"), IsEmpty()) << "the cluster host knows it";
}

TEST(Configuration, TellsAllFaultsInOneRun) {
  const auto loaded = parseText(
      "VNET_MODE=MANAGED\nVNET_SUBNET=10.0.0.300\nVNET_NETMASK=255.0.255.0\n"
      "VNET_ADDRSPERNET=33\nVNET_DNS=x\nNETCTL_WAIT=601\nVNET_BRIGDE=br0\n");
  std::vector<int> lines;
  for (const auto& problem : loaded.problems) {
    if (problem.severity == Severity::Error) lines.push_back(problem.line);
  }
  EXPECT_THAT(lines, ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST(Configuration, RefusesASubnetThatIsNotAligned) {
  EXPECT_THAT(errors(soundWith("VNET_SUBNET=172.16.0.32"), "VNET_SUBNET"),
              ElementsAre(HasSubstr("with VNET_NETMASK=255.255.0.0 that is 172.16.0.0")));
}

TEST(Configuration, RefusesASubnetThatHostsCannotHave) {
  for (const auto* lines : {"VNET_SUBNET=127.0.0.0", "VNET_SUBNET=224.0.0.0",
                            "VNET_SUBNET=169.254.0.0", "VNET_SUBNET=0.0.0.0",
                            "VNET_SUBNET=255.255.0.0", "VNET_SUBNET=0.0.0.0\nVNET_NETMASK=0.0.0.0",
                            "VNET_SUBNET=112.0.0.0\nVNET_NETMASK=240.0.0.0"}) {
    EXPECT_THAT(errors(soundWith(lines), "VNET_SUBNET"),
                ElementsAre(HasSubstr("addresses that hosts cannot have")))
        << lines;
  }
}

TEST(Configuration, RefusesNetworkSizesThatAreNoPowersOfTwoAndNeverRounds) {
  for (const auto* size : {"0", "8", "15", "33", "100", "2047", "4096", "-16", "16x", "1e3"}) {
    EXPECT_THAT(errors(soundWith("VNET_ADDRSPERNET=" + std::string(size)), "VNET_ADDRSPERNET"),
                ElementsAre(HasSubstr("a power of two")))
        << size;
  }
  for (const auto* size : {"16", "32", "64", "128", "256", "512", "1024", "2048"}) {
    EXPECT_TRUE(soundWith("VNET_ADDRSPERNET=" + std::string(size)).configuration) << size;
  }
  EXPECT_THAT(errors(soundWith("VNET_NETMASK=255.255.255.240"), "VNET_ADDRSPERNET"),
              ElementsAre(HasSubstr("172.16.0.0/28 has 16 addresses")));
}

TEST(Configuration, LeavesTheTagsThatHaveNetworks) {
  const auto tags = [](std::string_view lines) {
    std::vector<int> result;
    for (const auto tag : sound(soundWith(lines)).settings.plan.tags) result.push_back(tag.value);
    return result;
  };
  EXPECT_THAT(tags("VNET_NETMASK=255.255.255.128"), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(tags("VNET_NETMASK=255.255.255.128\nNETCTL_TAGS=\"4-100 !5\""), ElementsAre(4));
  EXPECT_THAT(tags("VNET_NETMASK=255.0.0.0\nVNET_SUBNET=10.0.0.0"), SizeIs(4093));
  EXPECT_THAT(errors(soundWith("VNET_NETMASK=255.255.255.128\nNETCTL_TAGS=6-9"), "NETCTL_TAGS"),
              ElementsAre(HasSubstr("leaves no tag; there are networks for the tags 2-5")));
  EXPECT_THAT(errors(soundWith("NETCTL_TAGS=\"!7\""), "NETCTL_TAGS"),
              ElementsAre(HasSubstr("leaves no tag")));
}

TEST(Configuration, KeepsThePoolApartFromThePrivateSubnet) {
  EXPECT_THAT(errors(soundWith("VNET_PUBLICIPS=172.15.255.0-172.16.0.5"), "VNET_PUBLICIPS"),
              ElementsAre(HasSubstr("but holds 172.16.0.0-172.16.0.5 of it")));
  EXPECT_TRUE(soundWith("VNET_PUBLICIPS=172.15.255.255").configuration);
  EXPECT_TRUE(soundWith("VNET_PUBLICIPS=172.17.0.0").configuration);
}

TEST(Configuration, ChecksClusters) {
  const auto plan = sound(soundWith("NETCTL_CLUSTERS=2\nNETCTL_CLUSTER_INDEX=1")).settings.plan;
  EXPECT_EQ(plan.clusters, 2U);
  EXPECT_EQ(plan.cluster_index, 1U);
  EXPECT_THAT(errors(soundWith("NETCTL_CLUSTER_INDEX=1"), "NETCTL_CLUSTER_INDEX"),
              ElementsAre("must be below NETCTL_CLUSTERS, which is 1"));
  EXPECT_THAT(errors(soundWith("NETCTL_CLUSTERS=9\nNETCTL_CLUSTER_INDEX=8"), "NETCTL_CLUSTERS"),
              SizeIs(1));
  EXPECT_THAT(errors(soundWith("NETCTL_CLUSTERS=8\nVNET_ADDRSPERNET=16"), "VNET_ADDRSPERNET"),
              ElementsAre(HasSubstr("leaves no address for instances of cluster 0 of 8")));
  EXPECT_THAT(test::messages(soundWith("NETCTL_CLUSTERS=2"), Severity::Notice, "NETCTL_CLUSTERS"),
              ElementsAre(HasSubstr("disjoint")));
}

TEST(Configuration, ChecksTheDaemonsKeys) {
  const auto daemon = sound(soundWith("NETCTL_RUN_DIR=/run/x\nNETCTL_STATE_DIR=/var/x\n"
                                      "NETCTL_WAIT=0\nNETCTL_LOG_LEVEL=debug\n"
                                      "NETCTL_SOCKET_GROUP=cloud\nNETCTL_LISTEN=0.0.0.0:8700\n"))
                          .services;
  EXPECT_EQ(daemon.socket, "/run/x/netctl.sock");
  EXPECT_EQ(daemon.tls_ca, "/var/x/pki/ca.crt");
  EXPECT_EQ(daemon.wait.count(), 0);
  EXPECT_EQ(daemon.log_level, "debug");
  EXPECT_EQ(daemon.socket_group, "cloud");
  EXPECT_EQ(daemon.listen, (Endpoint{"0.0.0.0", 8700}));
  EXPECT_EQ(sound(soundWith("NETCTL_SOCKET=/tmp/s")).services.socket, "/tmp/s");
  EXPECT_THAT(errors(soundWith("NETCTL_SOCKET=/" + std::string(107, 'x')), "NETCTL_SOCKET"),
              ElementsAre(HasSubstr("must be shorter")));
  EXPECT_THAT(errors(soundWith("NETCTL_RUN_DIR=/" + std::string(100, 'x')), "NETCTL_RUN_DIR"),
              ElementsAre(HasSubstr("must be shorter")));
  EXPECT_THAT(errors(soundWith("NETCTL_EC2_CERT=/a"), "NETCTL_EC2_CERT"),
              ElementsAre("needs NETCTL_EC2_KEY too"));
  for (const auto* line :
       {"NETCTL_RUN_DIR=run", "NETCTL_WAIT=601", "NETCTL_LOG_LEVEL=verbose", "NETCTL_ROLE=both",
        "NETCTL_DHCP_LEASE=119", "NETCTL_LISTEN=8700", "NETCTL_METADATA_TOKENS=yes",
        "NETCTL_METADATA_ENDPOINT=host:80", "NETCTL_NODE_NAME=a/b", "VNET_MACPREFIX=d1:0d",
        "VNET_MACPREFIX=d0:0d:00", "VNET_DOMAINNAME=a,b", "VNET_PRIVINTERFACE=eth0:1",
        "VNET_CLOUDIP=cloud", "VNET_DNS=\"8.8.8.8 8.8.4.4\""}) {
    const auto loaded = soundWith(line);
    EXPECT_FALSE(loaded.configuration) << line;
    EXPECT_THAT(test::textOf(loaded.problems), HasSubstr("local.conf:1: error: ")) << line;
    EXPECT_THAT(test::textOf(loaded.problems), HasSubstr("must be ")) << line;
  }
}

TEST(Configuration, TakesTheHostsNameForTheNodes) {
  EXPECT_EQ(sound(soundWith("")).settings.host.node_name, "host1");
  EXPECT_EQ(sound(soundWith("NETCTL_NODE_NAME=n7")).settings.host.node_name, "n7");
}

TEST(Configuration, ChecksWhatStaticNeeds) {
  const std::string fixed =
      "VNET_MODE=STATIC\nVNET_SUBNET=192.168.1.0\nVNET_NETMASK=255.255.255.0\nVNET_DNS=192.168.1."
      "1\n"
      "VNET_BROADCAST=192.168.1.255\nVNET_ROUTER=192.168.1.1\n"
      "VNET_MACMAP=\"AA:DD:11:CE:FF:EC=192.168.1.2\"\n";
  EXPECT_TRUE(parseText(fixed).configuration);
  EXPECT_THAT(errors(parseText(fixed, "VNET_BROADCAST=192.168.1.254"), "VNET_BROADCAST"),
              ElementsAre("must be the last address of 192.168.1.0/24, 192.168.1.255"));
  EXPECT_THAT(errors(parseText(fixed, "VNET_ROUTER=192.168.2.1"), "VNET_ROUTER"), SizeIs(1));
  for (const auto* address : {"192.168.1.0", "192.168.1.1", "192.168.1.255", "192.168.2.7"}) {
    EXPECT_THAT(errors(parseText(fixed, "VNET_MACMAP=AA:DD:11:CE:FF:EC=" + std::string(address)),
                       "VNET_MACMAP"),
                SizeIs(1))
        << address;
  }
}

TEST(Configuration, LoadsTwentyThousandPairs) {
  std::string map;
  for (unsigned i = 0; i < 20000; ++i) {
    map += fmt::format("aa:dd:11:00:{:02x}:{:02x}=10.1.{}.{} ", i >> 8U, i & 255U, i / 250,
                       i % 250 + 2);
  }
  const auto loaded = parseText(
      "VNET_MODE=STATIC\nVNET_SUBNET=10.1.0.0\nVNET_NETMASK=255.255.0.0\nVNET_DNS=10.1.0.1\n"
      "VNET_BROADCAST=10.1.255.255\nVNET_ROUTER=10.1.0.1\nVNET_MACMAP=\"" +
      map + "\"\n");
  ASSERT_TRUE(loaded.configuration);
  const auto& pairs = loaded.configuration->settings.mac_map.pairs();
  ASSERT_EQ(pairs.size(), 20000U);
  EXPECT_EQ(net::format(pairs.back().mac), "aa:dd:11:00:4e:1f");
  EXPECT_EQ(net::format(pairs.back().address), "10.1.79.251");
}

TEST(Configuration, NoticesWhatHasNoEffect) {
  const auto notices = [](std::string_view lines, std::string_view key) {
    return test::messages(soundWith(lines), Severity::Notice, key);
  };
  for (const auto* key : {"VNET_DHCPDAEMON", "VNET_DHCPUSER", "VNET_INTERFACE", "VNET_PRIVATEIPS",
                          "VNET_LOCALIP", "DISABLE_TUNNELING", "VNET_PORT"}) {
    EXPECT_THAT(notices(std::string(key) + "=x", key), ElementsAre(HasSubstr("has no effect: ")));
  }
  EXPECT_THAT(notices("VNET_ROUTER=192.168.1.1", "VNET_ROUTER"),
              ElementsAre("has no effect in MANAGED-NOVLAN"));
  EXPECT_THAT(notices("NETCTL_EC2_LISTEN=127.0.0.1:1", "NETCTL_EC2_LISTEN"), ElementsAre());
  EXPECT_THAT(notices("NETCTL_EC2_LISTEN=127.0.0.1:1\nNETCTL_ROLE=node\nNETCTL_CLUSTER=c:1",
                      "NETCTL_EC2_LISTEN"),
              ElementsAre(HasSubstr("its cluster host serves EC2")));
  EXPECT_THAT(notices("NETCTL_EC2_CERT=/c\nNETCTL_EC2_KEY=/k", "NETCTL_EC2_CERT"),
              ElementsAre(HasSubstr("without NETCTL_EC2_LISTEN")));
  EXPECT_THAT(notices("NETCTL_METRICS_CERT=/c\nNETCTL_METRICS_KEY=/k", "NETCTL_METRICS_CERT"),
              ElementsAre(HasSubstr("without NETCTL_METRICS_LISTEN")));
  EXPECT_THAT(test::messages(soundWith("NETCTL_METRICS_LISTEN=127.0.0.1:1\nNETCTL_METRICS_KEY=/k"),
                             Severity::Error, "NETCTL_METRICS_KEY"),
              ElementsAre("needs NETCTL_METRICS_CERT too"));
  EXPECT_THAT(notices("VNET_PUBLICIPS=", "VNET_PUBLICIPS"),
              ElementsAre(HasSubstr("no public addresses")));
  EXPECT_THAT(sound(soundWith("VNET_LOCALIP=x")).notices, SizeIs(1));
}

TEST(Configuration, ReadsWhereTheCloudIsKept) {
  const auto loaded = soundWith(
      "NETCTL_STORE=etcd\nNETCTL_ETCD=\"https://192.0.2.1:2379 https://[2001:db8::1]:2379/\"\n"
      "NETCTL_ETCD_CA=/ca\nNETCTL_ETCD_USER=netctl\nNETCTL_ETCD_PASSWORD_FILE=/password\n"
      "NETCTL_ETCD_PREFIX=/clouds/one/");
  const auto& services = sound(loaded).services;
  EXPECT_EQ(services.store, StoreKind::Etcd);
  EXPECT_THAT(services.etcd, ElementsAre(EtcdMember{true, {"192.0.2.1", 2379}},
                                         EtcdMember{true, {"2001:db8::1", 2379}}));
  EXPECT_EQ(services.etcd_prefix, "/clouds/one/");
  EXPECT_EQ(services.etcd_user, "netctl");
  const auto usual = soundWith("");
  EXPECT_EQ(sound(usual).services.store, StoreKind::Sqlite);
  EXPECT_EQ(sound(usual).services.etcd_prefix, "/netctl/");
  const auto wrong = [](const std::string& lines, std::string_view key) {
    return errors(soundWith(lines), key);
  };
  EXPECT_THAT(wrong("NETCTL_STORE=etcd", "NETCTL_STORE"), ElementsAre("needs NETCTL_ETCD too"));
  EXPECT_THAT(wrong("NETCTL_ETCD=https://a:1", "NETCTL_ETCD"),
              ElementsAre(HasSubstr("needs NETCTL_ETCD_CA too")));
  EXPECT_THAT(wrong("NETCTL_ETCD=\"http://a:1 https://b:1\"", "NETCTL_ETCD"),
              ElementsAre(HasSubstr("must be http")));
  EXPECT_THAT(wrong("NETCTL_ETCD=\"http://a:1 http://a:1\"", "NETCTL_ETCD"),
              ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(wrong("NETCTL_ETCD=a:1", "NETCTL_ETCD"), ElementsAre(HasSubstr("http://HOST:PORT")));
  EXPECT_THAT(wrong("NETCTL_ETCD=http://a:1\nNETCTL_ETCD_USER=u", "NETCTL_ETCD_USER"),
              ElementsAre("needs NETCTL_ETCD_PASSWORD_FILE too"));
  for (const auto* prefix : {"netctl", "/netctl", "netctl/", "/", "//", "/a b/"}) {
    EXPECT_FALSE(soundWith("NETCTL_ETCD_PREFIX=\"" + std::string(prefix) + "\"").configuration)
        << prefix;
  }
}

TEST(Configuration, RefusesUnknownKeysOfOursAndWarnsOfNearMisses) {
  EXPECT_THAT(errors(soundWith("VNET_PUBLICIP=192.0.2.1"), "VNET_PUBLICIP"),
              ElementsAre("there is no such key; did you mean VNET_PUBLICIPS?"));
  EXPECT_THAT(errors(soundWith("NETCTL_COLOUR=red"), "NETCTL_COLOUR"),
              ElementsAre("there is no such key; remove the line"));
  EXPECT_THAT(test::messages(soundWith("vnet_mode=STATIC"), Severity::Warning, "vnet_mode"),
              ElementsAre(HasSubstr("did you mean VNET_MODE?")));
  EXPECT_THAT(soundWith("NC_PORT=1\nCC_PORT=2\nNODES=x\nLOGLEVEL=y\nPATH=z\n").problems, IsEmpty());
}

}  // namespace
}  // namespace netctl::config
