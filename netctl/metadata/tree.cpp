#include "netctl/metadata/tree.h"

#include <map>

namespace netctl::metadata {

std::optional<std::string> show(const Items& items, std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (const auto item = items.find(std::string(path)); item != items.end()) return item->second;
  const auto prefix = path.empty() ? std::string() : std::string(path) + "/";
  std::map<std::string, std::string_view> names;  // and the slash
  for (auto item = items.lower_bound(prefix);
       item != items.end() && item->first.starts_with(prefix); ++item) {
    const auto rest = std::string_view(item->first).substr(prefix.size());
    const auto end = rest.find('/');
    auto& slash = names[std::string(rest.substr(0, end))];
    // At the top EC2 shows none.
    if (end != std::string_view::npos && !prefix.empty()) slash = "/";
  }
  if (names.empty()) return std::nullopt;
  std::string list;
  for (const auto& [name, slash] : names) {
    if (!list.empty()) list += '\n';
    list.append(name).append(slash);
  }
  return list;
}

const std::vector<std::string_view>& versions() {
  static const std::vector<std::string_view> all{
      "1.0",        "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15",
      "2008-02-01", "2008-09-01", "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12",
      "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02",
      "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03",
      "2021-03-23", "2021-07-15", "2022-09-24", "latest"};
  return all;
}

}  // namespace netctl::metadata
