// Bytes as a client may send them: through JSON-RPC, the parameters' checks and the cloud's
// commands to an answer.
#include "modes/cloud/cloud.h"
#include "netctl/api/read.h"
#include "netctl/rpc/json_rpc.h"

#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace netctl;

void require(bool promise) {
  if (!promise) std::abort();
}

cloud::Cloud makeCloud() {
  cloud::Settings settings;
  settings.mode = cloud::NetworkMode::ManagedNoVlan;
  settings.role = cloud::Role::All;
  settings.node_name = "n1";
  settings.plan.subnet = net::parseIpv4Prefix("192.168.0.0/16").value();
  for (std::uint16_t tag = 2; tag < 100; ++tag) settings.plan.tags.push_back({tag});
  settings.pool.add({net::parseIpv4Address("203.0.113.10").value(),
                     net::parseIpv4Address("203.0.113.20").value()});
  cloud::Cloud cloud(settings);
  cloud.put(cloud::Account{{"000000000001"}, "alice"});
  cloud.put(cloud::Account{{"000000000002"}, "bob"});
  (void)cloud.takeChanges();
  return cloud;
}

/// What is refused changes nothing; what is done can be taken back.
void runCommand(const cloud::Command& command) {
  static cloud::Cloud cloud = makeCloud();
  const auto outcome = cloud::run(cloud, command);
  const auto changes = cloud.takeChanges();
  require(outcome.has_value() || changes.empty());
  cloud.undo(changes);
}

Result<boost::json::value> answer(const std::string& name, const boost::json::value& parameters) {
  const auto* const method = api::findMethod(name);
  if (method == nullptr) return Error{ErrorCode::Unsupported, "InvalidAction", "no such method"};
  const auto request = api::read(*method, parameters);
  if (!request) {
    require(request.error().code == ErrorCode::InvalidArgument && !request.error().faults.empty());
    return request.error();
  }
  if (const auto* const change = std::get_if<api::ChangeRequest>(&*request)) {
    runCommand(change->command);
  }
  return boost::json::value("done");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rpc::Exchange exchange({reinterpret_cast<const char*>(data), size});
  for (std::size_t call = 0; call < exchange.calls(); ++call) {
    exchange.finish(call, answer(exchange.method(call), exchange.parameters(call)));
  }
  require(exchange.done());
  const auto body = exchange.body();
  require((exchange.status() == 204) == body.empty());
  if (!body.empty()) require(boost::json::parse(body).is_structured());
  return 0;
}
