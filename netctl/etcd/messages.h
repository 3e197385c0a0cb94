#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is said to the JSON gateway of etcd (3.4 and later), and what it answers: keys and values
/// in Base64, 64-bit numbers as strings, and what is zero, false or empty left out. Pure; the
/// readers take any bytes. Their errors are Internal: it is not etcd that speaks.
namespace netctl::etcd {

/// A key as etcd holds it.
struct KeyValue {
  std::string key;
  std::string value;
  std::int64_t mod_revision = 0;  ///< of the transaction that wrote it last

  bool operator==(const KeyValue&) const = default;
};

/// Some of the keys from one key to another.
struct Page {
  std::vector<KeyValue> pairs;  ///< in the order of their keys
  std::int64_t revision = 0;    ///< etcd's own, as of the answer
  bool more = false;            ///< there are others behind the last
};

/// The keys from `first` up to and without `end`; without `end` that one key.
struct Range {
  std::string first;
  std::string end = {};
  std::int64_t limit = 0;     ///< 0: all
  std::int64_t revision = 0;  ///< as of that one; 0: as of now
};

/// The first key behind all those that begin so.
std::string endOf(std::string_view prefix);

struct Put {
  std::string key;
  std::string value;
};

/// All of it or nothing, and only where `guard` was written last at `guard_revision` (0: it is not
/// there).
struct Transaction {
  std::string guard;
  std::int64_t guard_revision = 0;
  std::vector<Put> puts;
  std::vector<Range> deletes;
};

struct Committed {
  bool succeeded = false;
  std::int64_t revision = 0;      ///< etcd's own: with `succeeded` that of the transaction
  std::optional<KeyValue> guard;  ///< as it is, where it did not succeed; absent: it is not there
};

std::string rangeText(const Range& range);
std::string transactionText(const Transaction& transaction);
std::string loginText(std::string_view user, std::string_view password);

Result<Page> readPage(std::string_view body);
Result<Committed> readCommitted(std::string_view body);
/// The token of a login.
Result<std::string> readToken(std::string_view body);
/// The names of the alarms that are on, as `NOSPACE`.
Result<std::vector<std::string>> readAlarms(std::string_view body);

/// A refusal. `Busy`: nothing was done. `Timeout`: it is not known whether it was done.
/// `PermissionDenied` with reason `Login`: a new login may help. Others: the request is refused for
/// what it is.
Error readRefusal(unsigned status, std::string_view body);

}  // namespace netctl::etcd
