#include "netctl/controller/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace netctl::controller {
namespace {

void writeCounter(std::string& text, std::string_view name, std::string_view help,
                  std::uint64_t value) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", name,
                 help, value);
}

/// A counter with a value for each value of a label; the head alone where there is none.
template <class Values>
void writeCounters(std::string& text, std::string_view name, std::string_view help,
                   std::string_view label, const Values& values) {
  auto out = std::back_inserter(text);
  fmt::format_to(out, "# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
  for (const auto& [value, count] : values) {
    fmt::format_to(out, "{}{{{}=\"{}\"}} {}\n", name, label, value, count);
  }
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts_.at(static_cast<std::size_t>(std::distance(kBounds.begin(), bucket)));
  sum_ += seconds;
}

void Histogram::write(std::string& text, const std::string& name, const std::string& help) const {
  auto out = std::back_inserter(text);
  fmt::format_to(out, "# HELP {0} {1}\n# TYPE {0} histogram\n", name, help);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    count += counts_.at(i);
    fmt::format_to(out, "{}_bucket{{le=\"{}\"}} {}\n", name, kBounds.at(i), count);
  }
  count += counts_.back();
  fmt::format_to(out, "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name, count,
                 sum_);
}

std::string Metrics::text() const {
  std::string text;
  writeCounter(text, "netctl_controller_commands_total", "Commands that were run.", commands);
  writeCounter(text, "netctl_controller_commands_refused_total", "Commands that were refused.",
               commands_refused);
  writeCounter(text, "netctl_controller_batches_total", "Batches that were committed.", batches);
  writeCounter(text, "netctl_controller_steps_total", "Steps of plans that were tried.", steps);
  writeCounter(text, "netctl_controller_steps_failed_total", "Steps that are not in force.",
               steps_failed);
  writeCounter(text, "netctl_controller_drift_repaired_total",
               "Steps that put back what somebody else had changed.", drift_repaired);
  writeCounter(text, "netctl_controller_flows_cut_total", "Flows that were cut.", flows_cut);
  writeCounter(text, "netctl_controller_addresses_learned_total",
               "Addresses that instances were found to have.", addresses_learned);
  writeCounter(text, "netctl_controller_address_claims_refused_total",
               "Claims of an address that is another instance's, or not the claimer's lease.",
               address_claims_refused);
  writeCounter(text, "netctl_controller_audits_total", "Looks at everything.", audits);
  writeCounters(text, "netctl_guard_drops_total", "Frames that the guards of ports dropped.",
                "reason", of_host.guard_drops);
  if (of_host.dhcp_answers) {
    writeCounter(text, "netctl_dhcp_answers_total", "Answers of the DHCP server.",
                 *of_host.dhcp_answers);
  }
  writeCounters(text, "netctl_metadata_requests_total", "Requests for metadata, by HTTP status.",
                "code", of_host.metadata_answers);
  commit.write(text, "netctl_controller_commit_seconds", "Committing a batch to the store.");
  render.write(text, "netctl_controller_render_seconds", "Rendering the desired host state.");
  look.write(text, "netctl_controller_look_seconds", "Reading the observed host state.");
  diff.write(text, "netctl_controller_plan_seconds", "Comparing both, which makes the plan.");
  apply.write(text, "netctl_controller_apply_seconds", "Applying a plan.");
  verify.write(text, "netctl_controller_verify_seconds", "The second look at what a plan touched.");
  return text;
}

}  // namespace netctl::controller
