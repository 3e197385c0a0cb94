// Bytes as a client may send them: method, target and header fields in a line each, an empty line,
// and the body. Through signatures, parameters, every action and the XML of the answer.
#include "netctl/ec2/action.h"
#include "netctl/ec2/answer/xml.h"
#include "netctl/ec2/request/query.h"
#include "tests/support/fuzzed_cloud.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace netctl;
using fuzz::require;

cloud::Cloud makeCloud() {
  auto cloud = fuzz::makeCloud();
  for (const auto* const name : {"web", "db"}) {
    const cloud::GroupId id{std::string("sg-0000000") + (*name == 'w' ? '1' : '2')};
    cloud.put(cloud::Group{
        .id = id, .owner = {"000000000001"}, .name = name, .description = "a <group>"});
  }
  (void)cloud.takeChanges();
  return cloud;
}

std::string_view takeLine(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

http::Request requestOf(std::string_view text) {
  http::Request request;
  request.method = takeLine(text);
  request.target = takeLine(text);
  while (!text.empty()) {
    const auto line = takeLine(text);
    if (line.empty()) break;
    const auto colon = std::min(line.find(": "), line.size());
    request.fields.emplace_back(line.substr(0, colon),
                                line.substr(std::min(colon + 2, line.size())));
  }
  request.body = text;
  return request;
}

/// What is refused changes nothing; what is done can be taken back.
void act(const ec2::Pairs& pairs) {
  static cloud::Cloud cloud = makeCloud();
  static const std::map<cloud::InstanceId, controller::PortStatus> ports;
  static const controller::Status status;
  static const std::map<std::string, controller::NodeStatus> nodes;
  static const controller::EventLog events;
  static const controller::Metrics metrics;
  static const controller::Usage usage;
  const controller::View view{cloud, ports, status, nodes, events, metrics, 0, usage, ports};
  cloud::Faults faults;
  const ec2::Parameters parameters(pairs, faults);
  const auto* const action = ec2::findAction(parameters.text("Action"));
  if (action == nullptr) return;
  const auto account = cloud.account({"000000000001"});
  auto step = action->run({view, *account, parameters.text("Version"), "host", {}, parameters});
  if (!faults.empty() || !step) return;
  const auto* const change = std::get_if<ec2::Change>(&*step);
  if (change == nullptr) return;
  const auto outcome = cloud::run(cloud, change->command);
  const auto changes = cloud.takeChanges();
  require(outcome.has_value() || changes.empty());
  if (outcome) (void)change->answer(view, *outcome);
  cloud.undo(changes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = requestOf(text);
  const auto query = ec2::readQuery(request);
  if (query) {
    // Nobody guesses a signature.
    require(!ec2::verify(query->claim, "the secret",
                         query->claim.signed_at.value_or(std::chrono::sys_seconds{})));
  }
  // What the signature would let through, were it right.
  ec2::Pairs pairs;
  if (ec2::addPairs(request.body, pairs)) act(pairs);
  const auto escaped = ec2::escape(text);
  require(escaped.find('<') == std::string::npos && escaped.find('"') == std::string::npos);
  require(escaped.find('\0') == std::string::npos);
  return 0;
}
