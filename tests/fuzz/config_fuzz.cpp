#include "netctl/config/configuration.h"
#include "netctl/config/keys.h"
#include "netctl/config/reload.h"
#include "netctl/config/summary.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

/// Any bytes as eucalyptus.conf; what stands behind the first form feed is eucalyptus.local.conf.
namespace {

using namespace netctl::config;

void require(bool promise, std::string_view what) {
  if (promise) return;
  std::cerr << "broken promise: " << what << '\n';
  std::abort();
}

void checkProblems(const Loaded& loaded) {
  bool has_error = false;
  for (const auto& problem : loaded.problems) {
    has_error = has_error || problem.severity == Severity::Error;
    const auto line = format(problem);
    require(line.size() < 2000, "a message is of a length that people read");
    require(std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; }),
            "a message is one line of printable text");
  }
  require(has_error != loaded.configuration.has_value(), "either an error or a configuration");
}

void checkConfiguration(const Configuration& configuration) {
  const auto& settings = configuration.settings;
  const auto& plan = settings.plan;
  require(!format(summary(configuration)).empty(), "a configuration comes to something");
  require(compare(configuration, configuration, {}).changes.empty(), "the same is no change");
  if (!holds(kManagedModes, settings.mode)) return;
  require(plan.subnet.address.value % plan.network_size == 0, "networks are aligned");
  require(plan.network_size <= plan.subnet.size(), "a network fits into the private subnet");
  require(!plan.tags.empty(), "there is a tag");
  require(plan.subnet.contains(plan.network(plan.tags.back())), "every tag has its network");
  require(!settings.pool.overlaps(plan.subnet), "the pool is apart from the private subnet");
  require(plan.firstOwnIndex() <= plan.lastOwnIndex(), "this cluster has an address");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cut = input.find('\f');
  Sources sources{{"main.conf", std::string(input.substr(0, cut))}, {}, false, "host"};
  if (cut != std::string_view::npos) {
    sources.local = SourceText{"local.conf", std::string(input.substr(cut + 1))};
  }
  const auto loaded = parse(sources);
  checkProblems(loaded);
  if (loaded.configuration) checkConfiguration(*loaded.configuration);
  return 0;
}
