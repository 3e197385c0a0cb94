#pragma once

#include "netctl/store/etcd/etcd_store.h"

#include <string>

/// Takes a cloud from one store to the other, while no netctld has the state file (Busy). A move
/// that was cut off is ended by the same move again: until its end the cloud is where it was.
namespace netctl::store {

struct Moved {
  std::size_t objects = 0;
};

/// From the state file to etcd; the file is a copy from then on. Conflict where the prefix has a
/// cloud, or other keys. `settings` are those under which the cloud is stored.
Result<Moved> moveToEtcd(const EtcdPlace& place, const cloud::Settings& settings);

/// From etcd to the state file, and out of etcd. Conflict where the file has a cloud of its own.
Result<Moved> moveToSqlite(const EtcdPlace& place, const cloud::Settings& settings);

/// The copy in the state file becomes the store, and etcd is not asked: for a cloud whose etcd is
/// lost for good. What the copy has not, is lost.
Result<Moved> makeCopyTheStore(const EtcdPlace& place, const cloud::Settings& settings);

/// Makes this host the one that writes the cloud in etcd. Gives the name of the host that was.
Result<std::string> takeOver(const EtcdPlace& place);

}  // namespace netctl::store
