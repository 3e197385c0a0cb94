#include "netctl/controller/usage_keeper.h"

#include "base/durable_file.h"
#include "base/file.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::controller {
namespace {

constexpr mode_t kUsageFileMode = 0600;

std::chrono::sys_seconds wallClock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

void UsageKeeper::start(const cloud::Cloud& cloud) {
  const auto text = file_.empty() ? std::optional<std::string>() : [&] {
    auto read = files::read(file_);
    if (!read) name("cannot be read", read.error(), "make it readable");
    is_readable_ = read.has_value();
    return read ? *std::move(read) : std::nullopt;
  }();
  if (text) {
    auto usage = Usage::parse(*text);
    is_readable_ = usage.has_value();
    if (usage) usage_ = *std::move(usage);
    if (!usage) {
      name("is damaged", usage.error(),
           fmt::format("put its backup back, or move it away (mv {0} {0}.damaged), and restart "
                       "netctld",
                       file_.string()));
    }
  }
  counts_ = cloud.settings().host.counts_usage;
  usage_.hold(cloud);
}

void UsageKeeper::changed(const cloud::Cloud& cloud, const cloud::Changes& changes) {
  if (!counts_) return;
  const auto at_stake = Usage::atStake(cloud, changes);
  if (at_stake.empty()) return;
  takeOf(at_stake);
  usage_.changed(cloud, at_stake);
}

void UsageKeeper::take() {
  if (counts_) takeOf({});
}

void UsageKeeper::takeOf(const std::optional<std::set<net::Ipv4Address>>& addresses) {
  const auto reading = host_.traffic(addresses);
  if (!reading && !std::exchange(has_failed_, true)) {
    spdlog::warn("controller cannot read what the kernel counts error=\"{}\"",
                 reading.error().message);
  }
  if (!reading) return;
  has_failed_ = false;
  if (usage_.take(*reading, wallClock())) is_new_ = true;
}

void UsageKeeper::save(const cloud::Cloud& cloud) {
  if (file_.empty() || !is_readable_ || !is_new_) return;
  usage_.forget(cloud, wallClock());
  const auto written = files::write(file_, usage_.text(), kUsageFileMode);
  problems_.clear();
  is_new_ = !written;
  if (!written) {
    name("cannot be written", written.error(),
         "make room on its disk, or make it writable; it is tried again each minute");
  }
}

void UsageKeeper::name(std::string what, const Error& error, std::string remedy) {
  problems_ = {Problem{"usage file", std::move(what),
                       "netctl usage is not kept over a restart: " + error.message,
                       std::move(remedy), Severity::warning}};
}

}  // namespace netctl::controller
