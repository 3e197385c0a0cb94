#include "netctl/etcd/messages.h"
#include "netctl/store/etcd/meta.h"
#include "netctl/store/etcd/operations.h"
#include "netctl/store/etcd/values.h"
#include "tests/support/fuzzed_cloud.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace netctl;

/// A key, a line's end, and its value: what is read is written and read again as the same.
void readValue(std::string_view key, std::string_view value) {
  if (const auto meta = store::parseMeta(value)) {
    fuzz::require(store::parseMeta(store::format(*meta)).value() == *meta);
  }
  if (const auto pending = store::parseReviews(value)) {
    fuzz::require(store::parseReviews(store::format(*pending)).value() == *pending);
  }
  auto cloud = fuzz::makeCloud();
  if (!store::etcd_values::readInto(cloud, key, value)) return;
  const auto changes = cloud.takeChanges();
  auto again = fuzz::makeCloud();
  for (const auto& put : store::operationsOf(changes, "").puts) {
    fuzz::require(put.key == key);
    fuzz::require(store::etcd_values::readInto(again, put.key, put.value).has_value());
  }
  fuzz::require(again == cloud);
}

}  // namespace

/// What etcd's gateway answers, and what is in etcd.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  if (end != std::string_view::npos) {
    readValue(text.substr(0, end), text.substr(end + 1));
    return 0;
  }
  (void)etcd::readPage(text);
  (void)etcd::readCommitted(text);
  (void)etcd::readToken(text);
  (void)etcd::readAlarms(text);
  (void)etcd::readRefusal(500, text);
  return 0;
}
