#include "netctl/store/etcd/open_store.h"

#include "netctl/store/etcd/local_copy.h"
#include "netctl/store/sqlite_store.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::store {

std::filesystem::path stateFile(const config::ServiceSettings& services) {
  return services.state_dir / "cloud.db";
}

EtcdPlace etcdPlace(const config::Configuration& configuration) {
  const auto& services = configuration.services;
  EtcdPlace place{.access = {},
                  .prefix = services.etcd_prefix,
                  .file = stateFile(services),
                  .host = configuration.settings.host.node_name};
  for (const auto& [tls, endpoint] : services.etcd) {
    place.access.members.push_back({tls, endpoint.host, endpoint.port});
  }
  place.access.ca = services.etcd_ca.value_or("");
  place.access.user = services.etcd_user;
  place.access.password = services.etcd_password_file.value_or("");
  return place;
}

Result<std::unique_ptr<Store>> openStore(const config::Configuration& configuration,
                                         const std::filesystem::path& scratch) {
  if (configuration.services.store == config::StoreKind::Etcd) {
    auto opened = EtcdStore::open(etcdPlace(configuration), scratch);
    if (!opened) return opened.error();
    return std::unique_ptr<Store>(*std::move(opened));
  }
  const auto file = stateFile(configuration.services);
  auto opened = SqliteStore::open(file, scratch);
  if (!opened) return opened.error();
  const auto prefix = copiedPrefix(**opened);
  if (!prefix) return prefix.error();
  if (*prefix) {
    return Error{ErrorCode::Conflict, "InvalidConfiguration",
                 fmt::format("NETCTL_STORE is sqlite, but the state file {} is a copy of the cloud "
                             "below {} in etcd; take the cloud back (netctl store move --to "
                             "sqlite), or say NETCTL_STORE=\"etcd\"",
                             file.string(), **prefix)};
  }
  return std::unique_ptr<Store>(*std::move(opened));
}

}  // namespace netctl::store
