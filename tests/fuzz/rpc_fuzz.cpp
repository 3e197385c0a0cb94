// Bytes as a client may send them: through JSON-RPC, the parameters' checks and the cloud's
// commands to an answer.
#include "modes/cloud/cloud.h"
#include "netctl/api/request.h"
#include "netctl/rpc/json_rpc.h"
#include "tests/support/fuzzed_cloud.h"

#include <boost/json.hpp>

#include <cstdint>
#include <string_view>

namespace {

using namespace netctl;
using fuzz::require;

/// What is refused changes nothing; what is done can be taken back.
void runCommand(const cloud::Command& command) {
  static cloud::Cloud cloud = fuzz::makeCloud();
  const auto outcome = cloud::run(cloud, command);
  const auto changes = cloud.takeChanges();
  require(outcome.has_value() || changes.empty());
  cloud.undo(changes);
}

Result<boost::json::value> answer(const std::string& name, const boost::json::value& parameters) {
  const auto* const method = api::findMethod(name);
  if (method == nullptr) return Error{ErrorCode::Unsupported, "InvalidAction", "no such method"};
  const auto request = api::readRequest(*method, parameters);
  if (!request) {
    require(request.error().code == ErrorCode::InvalidArgument && !request.error().faults.empty());
    return request.error();
  }
  if (const auto* const change = std::get_if<api::CommandRequest>(&request->what)) {
    runCommand(change->command);
  }
  return boost::json::value("done");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rpc::JsonRpcExchange exchange({reinterpret_cast<const char*>(data), size});
  for (std::size_t call = 0; call < exchange.calls(); ++call) {
    exchange.finish(call, answer(exchange.method(call), exchange.parameters(call)));
  }
  require(exchange.done());
  const auto body = exchange.body();
  require((exchange.status() == 204) == body.empty());
  if (!body.empty()) require(boost::json::parse(body).is_structured());
  return 0;
}
