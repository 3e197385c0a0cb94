#include "modes/host/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace netctl::host {
namespace {

constexpr std::size_t kLongestName = 15;  // IFNAMSIZ (linux/if.h) with its NUL is 16
constexpr std::string_view kOfDevices = "net.ipv4.conf.";

}  // namespace

std::string segmentBridge(net::Tag tag) {
  return fmt::format("{}{}", kSegmentBridgePrefix, tag.value);
}

std::optional<net::Tag> segmentTag(std::string_view bridge) {
  if (!bridge.starts_with(kSegmentBridgePrefix)) return {};
  net::Tag tag;
  const auto digits = bridge.substr(kSegmentBridgePrefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), tag.value);
  // Neither leading zeros nor anything behind them.
  if (tag < net::Tag{net::Tag::kFirst} || tag > net::Tag{net::Tag::kLast} ||
      bridge != segmentBridge(tag)) {
    return {};
  }
  return tag;
}

std::string vlanDevice(const std::string& trunk, net::Tag tag) {
  auto name = fmt::format("{}.{}", trunk, tag.value);
  return name.size() <= kLongestName ? name : fmt::format("nc{}", tag.value);
}

std::string deviceForwarding(std::string_view device) {
  // As sysctl(8) has it: a dot within a level is written as a slash.
  std::string level(device);
  std::ranges::replace(level, '.', '/');
  return fmt::format("{}{}.forwarding", kOfDevices, level);
}

bool isOfDevice(std::string_view sysctl) {
  return sysctl.starts_with(kOfDevices);
}

}  // namespace netctl::host
