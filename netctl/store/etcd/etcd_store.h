#pragma once

#include "netctl/etcd/client.h"
#include "netctl/store/sqlite_store.h"
#include "netctl/store/store.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::store {

/// Where the cloud is in etcd, and the copy of it on this host.
struct EtcdPlace {
  etcd::Access access;
  std::string prefix;          ///< of all its keys: `/netctl/`
  std::filesystem::path file;  ///< the copy, STATE_DIR/cloud.db
  std::string host;            ///< this one's name, for people
};

/// The cloud in etcd, one key for each object, and a copy of it in a state file.
///
/// One netctld writes it, and every transaction is guarded: it is done only where nobody else has
/// written since. Without etcd the copy is what is loaded, and changes are refused as Busy, until
/// `look` finds that etcd is back. A commit that etcd did not answer is in passing doubt. Not
/// thread-safe.
class EtcdStore : public Store {
 public:
  /// Opens the copy and asks etcd for the cloud. Busy where another process has the copy, or etcd
  /// does not answer and there is no copy. Conflict, with what to do, where the prefix has another
  /// cloud than the copy or none, is written by another host, or the state file has a cloud that is
  /// not etcd's.
  static Result<std::unique_ptr<EtcdStore>> open(EtcdPlace place,
                                                 const std::filesystem::path& scratch = "/run");
  ~EtcdStore() override;

  using Store::commit;
  using Store::load;
  Result<cloud::Cloud> load(cloud::Settings settings, Damage damage) override;
  Result<bool> isNew() override;
  Result<std::optional<std::string>> formerSubnet() override;
  Result<std::string> identity() override;
  [[nodiscard]] Result<Weight> weigh(const cloud::Changes& changes) const override;
  [[nodiscard]] bool holds(const Weight& batch) const override;
  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& add_reviews,
                      const std::set<net::Ipv4Address>& add_kept) override;
  [[nodiscard]] Doubt doubt() const override;
  Result<std::optional<Return>> look(const cloud::Cloud& cloud) override;
  [[nodiscard]] std::vector<Trouble> troubles() const override;
  /// The copy's.
  Result<std::string> image() override;
  Result<std::set<net::Ipv4Address>> pendingReviews() override;
  Result<std::set<net::Ipv4Address>> pendingKept() override;
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) override;

 private:
  class Impl;
  explicit EtcdStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::store
