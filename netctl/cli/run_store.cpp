#include "netctl/cli/run_store.h"

#include "base/progress.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/option_words.h"
#include "netctl/store/etcd/move.h"
#include "netctl/store/etcd/open_store.h"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <iostream>

namespace netctl::cli {
namespace {

namespace options = boost::program_options;

struct StoreWords {
  OfflineWords common;  ///< move or take
  std::string to;       ///< of a move: sqlite or etcd
  bool from_copy = false;
};

Result<StoreWords> readStoreWords(const std::vector<std::string>& words) {
  options::options_description table;
  StoreWords read;
  std::vector<std::string> positional;
  std::string config;
  table.add_options()("word", options::value(&positional))("config", options::value(&config))(
      "to", options::value(&read.to))("from-copy", options::bool_switch(&read.from_copy))(
      "help,h", options::bool_switch(&read.common.help));
  options::positional_options_description places;
  places.add("word", -1);
  if (auto given = readOptions(table, places, words); !given) return given.error();
  if (!config.empty()) read.common.config = config;
  if (read.common.help) return read;
  if (positional.size() != 1 || (positional[0] != "move" && positional[0] != "take")) {
    return usageError("write move or take");
  }
  read.common.what = positional[0];
  if (read.common.what == "take") {
    if (!read.to.empty() || read.from_copy) return usageError("take has no such option");
    return read;
  }
  if (read.to != "sqlite" && read.to != "etcd") return usageError("write --to sqlite or --to etcd");
  if (read.from_copy && read.to != "sqlite") return usageError("--from-copy goes with --to sqlite");
  return read;
}

Result<store::Moved> moveStore(const StoreWords& words,
                               const config::Configuration& configuration) {
  const auto place = store::etcdPlace(configuration);
  const auto& settings = configuration.settings;
  const Progress progress("moves the cloud");
  if (words.from_copy) return store::makeCopyTheStore(place, settings);
  return words.to == "etcd" ? store::moveToEtcd(place, settings)
                            : store::moveToSqlite(place, settings);
}

int take(const config::Configuration& configuration) {
  const auto former = store::takeOver(store::etcdPlace(configuration));
  if (!former) return printRefusal(former.error());
  std::cout << fmt::format("this host writes the cloud from now on, in place of {}\n", *former);
  return kDone;
}

}  // namespace

std::string helpStore() {
  return "Takes the cloud from a file to etcd or back, or makes this host the one that writes the "
         "cloud\n"
         "in etcd, while netctld is stopped. NETCTL_ETCD and its like say where etcd is; the data "
         "plane\n"
         "stays as it is. docs/clusters.md tells when to use it.\n\n"
         "usage: netctl store move --to etcd [--config FILE]\n"
         "       netctl store move --to sqlite [--from-copy] [--config FILE]\n"
         "       netctl store take [--config FILE]\n\n"
         "options:\n"
         "  --to etcd|sqlite         the store that has the cloud from then on; say so as "
         "NETCTL_STORE\n"
         "  --from-copy              takes the copy on this host, for an etcd that is lost for "
         "good\n"
         "  --config FILE            the configuration; without it as netctld\n\n"
         "example:\n  netctl store move --to etcd\n";
}

int runStore(const std::vector<std::string>& words) {
  const auto read = readStoreWords(words);
  if (!read) return printUsage("store: " + read.error().message, helpStore());
  if (read->common.help) {
    std::cout << helpStore();
    return kDone;
  }
  const auto configuration = configurationOf(read->common);
  if (!configuration) return printRefusal(configuration.error());
  if (configuration->settings.host.role == cloud::Role::Node) {
    return printRefusal({ErrorCode::Unsupported, "",
                         "this is a node host, which has its part of the cloud from its cluster "
                         "host; move the cloud there"});
  }
  if (!read->from_copy && configuration->services.etcd.empty()) {
    return printRefusal(
        {ErrorCode::InvalidArgument, "", "NETCTL_ETCD is not set, which says where etcd is"});
  }
  if (read->common.what == "take") return take(*configuration);
  const auto moved = moveStore(*read, *configuration);
  if (!moved) return printRefusal(moved.error());
  std::cout << fmt::format(
      "the cloud, {} objects, is in {}; say NETCTL_STORE=\"{}\" and start "
      "netctld\n",
      moved->objects, read->to == "etcd" ? "etcd" : "the state file", read->to);
  return kDone;
}

}  // namespace netctl::cli
