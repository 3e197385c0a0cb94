#include "netctl/cli/run_state.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/offline_words.h"
#include "netctl/store/etcd/open_store.h"
#include "netctl/store/state_replacement.h"

#include <fmt/format.h>

#include <iostream>

namespace netctl::cli {
namespace {

Result<void> acceptState(const config::Configuration& configuration) {
  auto store = store::openStore(configuration);
  if (!store) return store.error();
  const auto cloud = (*store)->load(configuration.settings, store::Damage::Accepted);
  if (!cloud) return cloud.error();
  std::cout << fmt::format("the cloud has {} accounts, {} groups, {} instances, {} addresses\n",
                           cloud->accounts().size(), cloud->groups().size(),
                           cloud->instances().size(), cloud->addresses().size());
  return {};
}

}  // namespace

std::string helpState() {
  return "Begins with an empty cloud, or accepts a damaged one, while netctld is stopped. netctld "
         "refuses\n"
         "to start with an empty state on a host that holds objects of a cloud, since it would "
         "tear them\n"
         "down; and with a state that has lost something.\n\n"
         "usage: netctl state new [--config FILE]      an empty cloud, from the next start on\n"
         "       netctl state accept [--config FILE]   what is there is the cloud\n\n"
         "options:\n"
         "  --config FILE            the configuration; without it as netctld\n\n"
         "example:\n  netctl state new\n";
}

int runState(const std::vector<std::string>& words) {
  const auto read = readOfflineWords(words, "new or accept");
  if (!read) return printUsage("state: " + read.error().message, helpState());
  if (read->help) {
    std::cout << helpState();
    return kDone;
  }
  if (read->what != "new" && read->what != "accept") {
    return printUsage("state: write new or accept", helpState());
  }
  const auto configuration = configurationOf(*read);
  if (!configuration) return printRefusal(configuration.error());
  if (read->what == "accept") {
    const auto accepted = acceptState(*configuration);
    return accepted ? kDone : printRefusal(accepted.error());
  }
  if (configuration->services.store == config::StoreKind::Etcd) {
    return printRefusal({ErrorCode::Unsupported, "",
                         "the cloud is in etcd: choose a NETCTL_ETCD_PREFIX without one, and move "
                         "the state file away"});
  }
  const auto former = store::beginAnew(stateFile(*configuration));
  if (!former) return printRefusal(former.error());
  printFormer(*former);
  std::cout << "netctld begins with an empty cloud at its next start\n";
  return kDone;
}

}  // namespace netctl::cli
