#pragma once

#include "base/result.h"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// JSON-RPC 2.0 (jsonrpc.org/specification): bytes in, calls out; results in, bytes out. No
/// sockets, no methods.
namespace netctl::rpc {

inline constexpr std::size_t kMaxDepth = 32;    ///< of nested lists and objects in a request
inline constexpr std::size_t kMaxCalls = 1000;  ///< in one batch

/// The error codes in use. Those of -32000 and below -32000 are the specification's "server
/// errors".
enum class RpcError {
  Parse = -32700,           ///< not JSON
  InvalidRequest = -32600,  ///< JSON, and not a request
  MethodNotFound = -32601,
  InvalidParameters = -32602,
  Internal = -32603,
  Refused = -32000,    ///< the cloud's state does not allow it
  Retryable = -32001,  ///< the same request may succeed later
};
RpcError rpcErrorOf(const Error& error);

/// One body on its way: the calls that it asks for, and the answer as their results come in.
class JsonRpcExchange {
 public:
  explicit JsonRpcExchange(std::string_view body);
  ~JsonRpcExchange();
  JsonRpcExchange(JsonRpcExchange&&) noexcept;
  JsonRpcExchange& operator=(JsonRpcExchange&&) noexcept;

  /// Calls that are to be made, in this order. Requests that cannot be called are answered already.
  [[nodiscard]] std::size_t calls() const;
  [[nodiscard]] const std::string& method(std::size_t call) const;
  /// `{}` where the request has none.
  [[nodiscard]] const boost::json::value& parameters(std::size_t call) const;

  /// Each call once, in any order.
  void finish(std::size_t call, Result<boost::json::value> result);
  [[nodiscard]] bool done() const;

  /// The answer's HTTP status: 200, 204 where nothing is to be said, 400 where the body was not
  /// JSON-RPC at all. Precondition: done.
  [[nodiscard]] int status() const;
  /// The answer, in the order of the requests; a batch is answered by a list. Precondition: done.
  [[nodiscard]] std::string body() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::rpc
