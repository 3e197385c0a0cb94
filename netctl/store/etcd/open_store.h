#pragma once

#include "netctl/config/configuration.h"
#include "netctl/store/etcd/etcd_store.h"
#include "netctl/store/store.h"

#include <filesystem>
#include <memory>

/// The store that a configuration names.
namespace netctl::store {

/// STATE_DIR/cloud.db: the cloud, or the copy of one that is in etcd.
std::filesystem::path stateFile(const config::ServiceSettings& services);

/// NETCTL_ETCD and what belongs to it. Precondition: there are members.
EtcdPlace etcdPlace(const config::Configuration& configuration);

/// Opens the cloud where NETCTL_STORE says that it is. Errors are those of SqliteStore::open and
/// EtcdStore::open; and Conflict where it says sqlite and the file is a copy of a cloud in etcd.
Result<std::unique_ptr<Store>> openStore(const config::Configuration& configuration,
                                         const std::filesystem::path& scratch = "/run");

}  // namespace netctl::store
