#include "netctl/cli/euca_filters.h"

#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <boost/program_options.hpp>

#include <algorithm>

namespace netctl::cli {

Result<Filters> Filters::parse(const EucaValues& values, const std::set<std::string>& known) {
  Filters filters;
  if (values.count("filter") == 0) return filters;
  for (const auto& filter : values["filter"].as<std::vector<std::string>>()) {
    const auto equals = filter.find('=');
    if (equals == std::string::npos) {
      return usageError(fmt::format("--filter: '{}' is not NAME=VALUE", filter));
    }
    const auto name = filter.substr(0, equals);
    if (!known.contains(name)) {
      return Error{
          ErrorCode::InvalidArgument, "InvalidParameterValue",
          fmt::format("The filter '{}' is invalid; there are: {}", name, fmt::join(known, ", "))};
    }
    filters.filters_[name].push_back(filter.substr(equals + 1));
  }
  return filters;
}

bool Filters::match(const std::map<std::string, std::string>& fields) const {
  return std::ranges::all_of(filters_, [&](const auto& filter) {
    const auto& text = fields.at(filter.first);
    return std::ranges::any_of(filter.second, [&](const std::string& pattern) {
      return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    });
  });
}

}  // namespace netctl::cli
