#include "netctl/etcd/messages.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/text.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <utility>

namespace netctl::etcd {
namespace {

namespace json = boost::json;

/// gRPC's codes (grpc/status.h), as the gateway passes them on.
enum Code : std::int64_t {
  kInvalidArgument = 3,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kOutOfRange = 11,
  kUnauthenticated = 16,
};

Error strange(std::string_view what) {
  return {ErrorCode::Internal, "InternalError",
          fmt::format("the answer is not one of etcd's gateway: {}", what)};
}

Result<json::object> parseObject(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  if (error) return strange("it is not JSON");
  auto* object = value.if_object();
  if (object == nullptr) return strange("it is not an object");
  return std::move(*object);
}

/// A 64-bit number, which is written as a string; absent is 0.
Result<std::int64_t> number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return std::int64_t{0};
  if (const auto* text = value->if_string()) {
    const auto parsed = parseWhole<std::int64_t>(std::string_view(*text));
    if (parsed && *parsed >= 0) return *parsed;
  }
  return strange(fmt::format("{} is not a number", name));
}

/// False where it is absent.
Result<bool> flag(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return false;
  if (const auto* truth = value->if_bool()) return *truth;
  return strange(fmt::format("{} is neither true nor false", name));
}

/// Bytes in Base64; absent is empty.
Result<std::string> bytes(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return std::string();
  if (const auto* text = value->if_string()) {
    if (auto decoded = decodeBase64(std::string_view(*text))) return *std::move(decoded);
  }
  return strange(fmt::format("{} is not Base64", name));
}

Result<std::int64_t> headerRevision(const json::object& object) {
  const auto* header = object.if_contains("header");
  if (header == nullptr || !header->is_object()) return strange("it has no header");
  return number(header->get_object(), "revision");
}

Result<KeyValue> readPair(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return strange("a key is not an object");
  auto key = bytes(*object, "key");
  if (!key) return key.error();
  auto content = bytes(*object, "value");
  if (!content) return content.error();
  const auto revision = number(*object, "mod_revision");
  if (!revision) return revision.error();
  return KeyValue{*std::move(key), *std::move(content), *revision};
}

/// Absent is empty.
Result<const json::array*> list(const json::object& object, std::string_view name) {
  static const json::array none;
  const auto* value = object.if_contains(name);
  if (value == nullptr) return &none;
  if (const auto* array = value->if_array()) return array;
  return strange(fmt::format("{} is not a list", name));
}

Result<std::vector<KeyValue>> readPairs(const json::object& object) {
  const auto values = list(object, "kvs");
  if (!values) return values.error();
  std::vector<KeyValue> pairs;
  pairs.reserve((*values)->size());
  for (const auto& value : **values) {
    auto pair = readPair(value);
    if (!pair) return pair.error();
    pairs.push_back(*std::move(pair));
  }
  return pairs;
}

json::object rangeObject(const Range& range) {
  json::object object{{"key", encodeBase64(range.first)}};
  if (!range.end.empty()) object["range_end"] = encodeBase64(range.end);
  if (range.limit != 0) object["limit"] = std::to_string(range.limit);
  if (range.revision != 0) object["revision"] = std::to_string(range.revision);
  return object;
}

}  // namespace

std::string endOf(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return std::string(1, '\0');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string rangeText(const Range& range) {
  return json::serialize(rangeObject(range));
}

std::string transactionText(const Transaction& transaction) {
  json::array success;
  for (const auto& range : transaction.deletes) {
    success.push_back(json::object{{"request_delete_range", rangeObject(range)}});
  }
  for (const auto& put : transaction.puts) {
    success.push_back(
        json::object{{"request_put", json::object{{"key", encodeBase64(put.key)},
                                                  {"value", encodeBase64(put.value)}}}});
  }
  return json::serialize(json::object{
      {"compare",
       json::array{json::object{{"key", encodeBase64(transaction.guard)},
                                {"target", "MOD"},
                                {"result", "EQUAL"},
                                {"mod_revision", std::to_string(transaction.guard_revision)}}}},
      {"success", std::move(success)},
      {"failure",
       json::array{json::object{{"request_range", rangeObject({.first = transaction.guard})}}}}});
}

std::string loginText(std::string_view user, std::string_view password) {
  return json::serialize(json::object{{"name", user}, {"password", password}});
}

Result<Page> readPage(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return object.error();
  const auto revision = headerRevision(*object);
  if (!revision) return revision.error();
  auto pairs = readPairs(*object);
  if (!pairs) return pairs.error();
  const auto more = flag(*object, "more");
  if (!more) return more.error();
  return Page{*std::move(pairs), *revision, *more};
}

Result<Committed> readCommitted(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return object.error();
  const auto revision = headerRevision(*object);
  if (!revision) return revision.error();
  const auto succeeded = flag(*object, "succeeded");
  if (!succeeded) return succeeded.error();
  Committed committed{*succeeded, *revision, {}};
  if (committed.succeeded) return committed;
  const auto responses = list(*object, "responses");
  if (!responses) return responses.error();
  if ((*responses)->size() != 1 || !(*responses)->front().is_object()) {
    return strange("it does not tell of the guard");
  }
  const auto* range = (*responses)->front().get_object().if_contains("response_range");
  if (range == nullptr || !range->is_object()) return strange("it does not tell of the guard");
  auto pairs = readPairs(range->get_object());
  if (!pairs) return pairs.error();
  if (!pairs->empty()) committed.guard = std::move(pairs->front());
  return committed;
}

Result<std::string> readToken(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return object.error();
  const auto* token = object->if_contains("token");
  if (token == nullptr || !token->is_string() || token->get_string().empty()) {
    return strange("it has no token");
  }
  std::string text(token->get_string());
  // It becomes a header.
  for (const char letter : text) {
    if (letter <= ' ' || letter > '~') return strange("its token is not a word");
  }
  return text;
}

Result<std::vector<std::string>> readAlarms(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return object.error();
  const auto values = list(*object, "alarms");
  if (!values) return values.error();
  std::vector<std::string> names;
  for (const auto& value : **values) {
    const auto* alarm = value.if_object();
    const auto* name = alarm == nullptr ? nullptr : alarm->if_contains("alarm");
    if (name == nullptr || !name->is_string()) return strange("an alarm has no name");
    names.emplace_back(name->get_string());
  }
  return names;
}

Error readRefusal(unsigned status, std::string_view body) {
  const auto object = parseObject(body);
  std::string message;
  std::int64_t code = 0;
  if (object) {
    const auto* text = object->if_contains("error");
    if (text != nullptr && text->is_string()) message = std::string(text->get_string());
    const auto* number = object->if_contains("code");
    if (number != nullptr && number->is_int64()) code = number->get_int64();
  }
  // It stands in a line of a log.
  message = message.empty() ? fmt::format("HTTP {}", status) : printable(message, 200);
  const auto says = [&](std::string_view part) { return message.find(part) != std::string::npos; };
  if (code == kUnauthenticated || says("revision of auth store is old")) {
    return {ErrorCode::PermissionDenied, "Login", std::move(message)};
  }
  // A member without a leader takes nothing; one that has too much to do, neither.
  if (says("no leader") || says("too many requests") || says("not capable")) {
    return {ErrorCode::Busy, "Unavailable", std::move(message)};
  }
  if (code == kResourceExhausted && says("space")) {
    return {ErrorCode::Busy, "NoSpace", std::move(message)};
  }
  if (code == kPermissionDenied) {
    return {ErrorCode::PermissionDenied, "AccessDenied", std::move(message)};
  }
  if (code == kInvalidArgument || code == kFailedPrecondition || code == kOutOfRange ||
      code == kResourceExhausted || (code == 0 && status >= 400 && status < 500)) {
    return {ErrorCode::Conflict, "Unavailable", std::move(message)};
  }
  // A deadline, a leader that went, a connection that was cut: all of them may come too late.
  return {ErrorCode::Timeout, "Unavailable", std::move(message)};
}

}  // namespace netctl::etcd
