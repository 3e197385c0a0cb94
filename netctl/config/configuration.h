#pragma once

#include "modes/cloud/settings.h"
#include "netctl/config/file_syntax.h"
#include "netctl/config/problem.h"
#include "netctl/config/values.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::config {

enum class StoreKind { Sqlite, Etcd };

/// How netctld itself serves: where it listens, its keys, directories and log. Each member names
/// its key.
struct ServiceSettings {
  std::filesystem::path state_dir = "/var/lib/netctl";  ///< NETCTL_STATE_DIR

  StoreKind store = StoreKind::Sqlite;                      ///< NETCTL_STORE
  std::vector<EtcdMember> etcd;                             ///< NETCTL_ETCD
  std::optional<std::filesystem::path> etcd_ca;             ///< NETCTL_ETCD_CA
  std::string etcd_user;                                    ///< NETCTL_ETCD_USER; empty: none
  std::optional<std::filesystem::path> etcd_password_file;  ///< NETCTL_ETCD_PASSWORD_FILE
  std::string etcd_prefix = "/netctl/";                     ///< NETCTL_ETCD_PREFIX

  std::filesystem::path run_dir = "/run/netctl";             ///< NETCTL_RUN_DIR
  std::filesystem::path socket = "/run/netctl/netctl.sock";  ///< NETCTL_SOCKET, else in run_dir
  std::string socket_group = "netctl";                       ///< NETCTL_SOCKET_GROUP

  std::optional<Endpoint> listen;  ///< NETCTL_LISTEN
  std::filesystem::path tls_ca =
      "/var/lib/netctl/pki/ca.crt";  ///< NETCTL_TLS_CA, else in state_dir
  std::filesystem::path tls_cert = "/var/lib/netctl/pki/host.crt";  ///< NETCTL_TLS_CERT, as well
  std::filesystem::path tls_key = "/var/lib/netctl/pki/host.key";   ///< NETCTL_TLS_KEY, as well
  std::optional<Endpoint> cluster;                                  ///< NETCTL_CLUSTER

  std::optional<Endpoint> ec2_listen;             ///< NETCTL_EC2_LISTEN
  std::optional<std::filesystem::path> ec2_cert;  ///< NETCTL_EC2_CERT; with ec2_key or not at all
  std::optional<std::filesystem::path> ec2_key;   ///< NETCTL_EC2_KEY

  std::optional<Endpoint> metrics_listen;             ///< NETCTL_METRICS_LISTEN
  std::optional<std::filesystem::path> metrics_cert;  ///< NETCTL_METRICS_CERT; with metrics_key
  std::optional<std::filesystem::path> metrics_key;   ///< NETCTL_METRICS_KEY

  std::chrono::seconds wait{10};       ///< NETCTL_WAIT
  std::chrono::seconds announce{300};  ///< NETCTL_ANNOUNCE
  std::uint32_t flow_limit = 0;        ///< NETCTL_LIMIT_FLOWS; 0: none
  std::string log_level = "info";      ///< NETCTL_LOG_LEVEL: trace, debug, info, warning or error

  std::vector<std::string> hook_accounts;  ///< NETCTL_HOOK_ACCOUNTS, which each hook reads anew
};

/// A checked configuration.
struct Configuration {
  cloud::Settings settings;
  ServiceSettings services;
  /// What the files set, one entry per key of ours, as it counts.
  std::vector<Entry> entries;
  /// Warnings and notices, which do not keep it from being used.
  std::vector<Problem> notices;
};

/// All that a configuration is made of, already read.
struct Sources {
  SourceText main;
  std::optional<SourceText> local;  ///< NAME.local.conf beside NAME.conf: its values override
  bool has_preload = false;         ///< a file iptables-preload stands beside it
  std::string host_name;            ///< default of NETCTL_NODE_NAME
};

struct Loaded {
  std::optional<Configuration> configuration;  ///< present where no problem is an error
  std::vector<Problem> problems;               ///< all of them, in the order of the lines
};

/// Reads and checks everything in one run: a fault does not hide the faults behind it. Pure; takes
/// any bytes.
Loaded parse(const Sources& sources);
/// As `parse`, of entries that are known to be one per key. `file` is where a missing key belongs.
Loaded parseEntries(std::string file, std::vector<Entry> entries, std::string host_name);
/// Reads the file and what stands beside it. A file that cannot be read is an error, never empty.
Loaded load(const std::filesystem::path& path);

/// False of a file of comments alone, as the package installs it, and where there is none.
bool setsAnything(const std::filesystem::path& path);

/// The file to load: what --config gave, else `root`/etc/netctl/netctl.conf where that exists, else
/// `root`/etc/eucalyptus/eucalyptus.conf. A netctl.conf without any key, as the package installs
/// it, leaves an eucalyptus.conf in its place.
std::filesystem::path choosePath(const std::optional<std::filesystem::path>& given,
                                 const std::filesystem::path& root = "/");

/// This host's name: the default of NETCTL_NODE_NAME.
std::string hostName();

/// Mode and role as the files spell them.
std::optional<cloud::NetworkMode> parseMode(std::string_view text);
std::optional<cloud::Role> parseRole(std::string_view text);

}  // namespace netctl::config
