#include "netctl/http/server/counters.h"

#include <fmt/format.h>

#include <iterator>

namespace netctl::http {

void Counters::answered(int status, std::uint64_t count) {
  const auto index = static_cast<std::size_t>(status);
  if (index < answers_.size()) answers_.at(index) += count;
}

std::map<int, std::uint64_t> Counters::answers() const {
  std::map<int, std::uint64_t> answers;
  for (std::size_t status = 0; status < answers_.size(); ++status) {
    const std::uint64_t count = answers_.at(status);
    if (count > 0) answers.emplace(static_cast<int>(status), count);
  }
  return answers;
}

std::string metricsText(std::string_view server, const Counters& counters) {
  auto text = fmt::format(
      "# HELP netctl_{0}_connections Open connections.\n"
      "# TYPE netctl_{0}_connections gauge\n"
      "netctl_{0}_connections {1}\n"
      "# HELP netctl_{0}_connections_refused_total Connections over the limit.\n"
      "# TYPE netctl_{0}_connections_refused_total counter\n"
      "netctl_{0}_connections_refused_total {2}\n"
      "# HELP netctl_{0}_requests_total HTTP requests that were answered, by status.\n"
      "# TYPE netctl_{0}_requests_total counter\n",
      server, counters.connections.load(), counters.connections_refused.load());
  for (const auto& [status, count] : counters.answers()) {
    fmt::format_to(std::back_inserter(text), "netctl_{}_requests_total{{code=\"{}\"}} {}\n", server,
                   status, count);
  }
  return text;
}

}  // namespace netctl::http
