#include "netctl/rpc/json_rpc.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace netctl::rpc {
namespace {

namespace json = boost::json;

/// The faults of wrong parameters; where there is only one message, that is the fault.
json::array writeFaults(const Error& error) {
  json::array faults;
  for (const auto& fault : error.faults) {
    faults.push_back(json::object{{"where", fault.where}, {"message", fault.message}});
  }
  if (faults.empty()) faults.push_back(json::object{{"where", ""}, {"message", error.message}});
  return faults;
}

json::object errorAnswer(RpcError code, std::string_view message, json::value id,
                         json::value data = {}) {
  json::object error{{"code", static_cast<int>(code)}, {"message", message}};
  if (!data.is_null()) error["data"] = std::move(data);
  return {{"jsonrpc", "2.0"}, {"error", std::move(error)}, {"id", std::move(id)}};
}

json::object answerOf(Result<json::value> result, const json::value& id) {
  // An initializer list would copy the result, which may be all of a cloud.
  if (result) {
    json::object answer{{"jsonrpc", "2.0"}};
    answer.emplace("result", *std::move(result));
    answer.emplace("id", id);
    return answer;
  }
  const Error& error = result.error();
  const RpcError code = rpcErrorOf(error);
  json::object data{{"reason", error.reason}};
  if (code == RpcError::InvalidParameters || !error.faults.empty())
    data["faults"] = writeFaults(error);
  return errorAnswer(code, error.message, id, std::move(data));
}

/// As json::serialize(), which clears and copies its string again and again while it grows: half of
/// the time that a long answer takes.
template <class Value>
std::string textOf(const Value& value) {
  json::serializer serializer;
  serializer.reset(&value);
  std::vector<char> piece(std::size_t{1} << 16U);
  std::string text;
  while (!serializer.done()) text += serializer.read(piece.data(), piece.size());
  return text;
}

/// One element of a batch, or the only one.
struct Entry {
  std::string method;
  json::value parameters;
  std::optional<json::value> id;  ///< absent: a notification, which gets no answer
  std::optional<json::object> answer;
};

/// Says why a request object is wrong; null: it is right.
const char* wrongWith(const json::object& request) {
  const auto* const version = request.if_contains("jsonrpc");
  if (version == nullptr || *version != "2.0") return "a request needs \"jsonrpc\": \"2.0\"";
  const auto* const method = request.if_contains("method");
  if (method == nullptr || !method->is_string())
    return "a request needs a \"method\", which is a string";
  const auto* const parameters = request.if_contains("params");
  if (parameters != nullptr && !parameters->is_structured()) {
    return "\"params\" is an object of names and values";
  }
  const auto* const id = request.if_contains("id");
  if (id != nullptr && !id->is_string() && !id->is_number() && !id->is_null()) {
    return "an \"id\" is a string or a number";
  }
  return nullptr;
}

Entry readEntry(json::value&& value) {
  Entry entry;
  auto* const request = value.if_object();
  const char* const wrong =
      request == nullptr ? "a request is an object, a batch a list of them" : wrongWith(*request);
  if (wrong != nullptr) {
    entry.answer = errorAnswer(RpcError::InvalidRequest, wrong, nullptr);
    return entry;
  }
  entry.method = request->at("method").get_string();
  auto* const parameters = request->if_contains("params");
  entry.parameters = parameters == nullptr ? json::value(json::object{}) : std::move(*parameters);
  if (auto* const id = request->if_contains("id")) entry.id = std::move(*id);
  return entry;
}

}  // namespace

RpcError rpcErrorOf(const Error& error) {
  if (error.retryable()) return RpcError::Retryable;
  switch (error.code) {
    case ErrorCode::InvalidArgument:
      return RpcError::InvalidParameters;
    case ErrorCode::Internal:
      return RpcError::Internal;
    default:
      return error.reason == "InvalidAction" ? RpcError::MethodNotFound : RpcError::Refused;
  }
}

struct JsonRpcExchange::Impl {
  std::vector<Entry> entries;
  std::vector<std::size_t> calls;  ///< those of the entries that are to be called
  std::size_t open = 0;            ///< calls without a result
  bool batch = false;
  int status = 200;

  /// The whole body is not JSON-RPC.
  void refuse(RpcError code, std::string_view message) {
    Entry entry;
    entry.answer = errorAnswer(code, message, nullptr);
    entries.push_back(std::move(entry));
    status = 400;
  }

  void add(json::value&& value) {
    entries.push_back(readEntry(std::move(value)));
    if (!entries.back().answer) calls.push_back(entries.size() - 1);
  }

  void read(std::string_view body) {
    json::error_code fault;
    json::parse_options options;
    options.max_depth = kMaxDepth;
    json::value value = json::parse({body.data(), body.size()}, fault, {}, options);
    if (fault == json::error::too_deep) {
      return refuse(RpcError::Parse,
                    fmt::format("the body is nested deeper than {} lists and objects", kMaxDepth));
    }
    if (fault)
      return refuse(RpcError::Parse, fmt::format("the body is not JSON: {}", fault.message()));
    batch = value.is_array();
    if (!batch) return readOne(std::move(value));
    auto& list = value.get_array();
    batch = !list.empty() && list.size() <= kMaxCalls;
    if (!batch) {
      return refuse(
          RpcError::InvalidRequest,
          fmt::format("the batch has {} requests; write 1 to {}", list.size(), kMaxCalls));
    }
    for (auto& element : list) add(std::move(element));
  }

  void readOne(json::value&& value) {
    add(std::move(value));
    if (calls.empty()) status = 400;
  }
};

JsonRpcExchange::JsonRpcExchange(std::string_view body) : impl_(std::make_unique<Impl>()) {
  impl_->read(body);
  impl_->open = impl_->calls.size();
}

JsonRpcExchange::~JsonRpcExchange() = default;
JsonRpcExchange::JsonRpcExchange(JsonRpcExchange&&) noexcept = default;
JsonRpcExchange& JsonRpcExchange::operator=(JsonRpcExchange&&) noexcept = default;

std::size_t JsonRpcExchange::calls() const {
  return impl_->calls.size();
}

const std::string& JsonRpcExchange::method(std::size_t call) const {
  return impl_->entries.at(impl_->calls.at(call)).method;
}

const json::value& JsonRpcExchange::parameters(std::size_t call) const {
  return impl_->entries.at(impl_->calls.at(call)).parameters;
}

void JsonRpcExchange::finish(std::size_t call, Result<json::value> result) {
  Entry& entry = impl_->entries.at(impl_->calls.at(call));
  if (entry.id) entry.answer = answerOf(std::move(result), *entry.id);
  --impl_->open;
}

bool JsonRpcExchange::done() const {
  return impl_->open == 0;
}

int JsonRpcExchange::status() const {
  for (const auto& entry : impl_->entries) {
    if (entry.answer) return impl_->status;
  }
  return 204;
}

std::string JsonRpcExchange::body() const {
  if (status() == 204) return {};
  if (!impl_->batch) return textOf(*impl_->entries.front().answer);
  json::array answers;
  for (const auto& entry : impl_->entries) {
    if (entry.answer) answers.push_back(*entry.answer);
  }
  return textOf(answers);
}

}  // namespace netctl::rpc
