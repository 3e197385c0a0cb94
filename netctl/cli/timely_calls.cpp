#include "netctl/cli/timely_calls.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr int kRetryable = -32001;  ///< netctl/rpc/json_rpc.h

std::string textMember(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// A refusal of JSON-RPC. What may succeed later is as no answer.
Error refusalOf(const json::value& error) {
  Error refusal{ErrorCode::Conflict, "", "netctld refused"};
  const auto* object = error.if_object();
  if (object == nullptr) return refusal;
  const auto* code = object->if_contains("code");
  if (code != nullptr && code->is_int64() && code->as_int64() == kRetryable) {
    refusal.code = ErrorCode::Timeout;
  }
  refusal.message = textMember(*object, "message");
  const auto* data = object->if_contains("data");
  if (data == nullptr || !data->is_object()) return refusal;
  refusal.reason = textMember(data->as_object(), "reason");
  const auto* faults = data->as_object().if_contains("faults");
  if (faults == nullptr || !faults->is_array()) return refusal;
  // The message says the same where there is one fault.
  if (faults->as_array().size() < 2) return refusal;
  for (const auto& fault : faults->as_array()) {
    const auto* parts = fault.if_object();
    if (parts == nullptr) continue;
    refusal.faults.push_back({textMember(*parts, "where"), textMember(*parts, "message")});
  }
  return refusal;
}

Error late() {
  return {ErrorCode::Timeout, "NoDaemon", "netctld does not answer in time"};
}

Result<Answer> callUntil(std::chrono::steady_clock::time_point deadline, const Target& target,
                         std::string_view method, const json::object& parameters) {
  const auto told = std::make_shared<std::promise<Result<Answer>>>();
  auto answer = told->get_future();
  // Alone, since no call to the system that it waits in has a limit.
  std::thread([told, target, name = std::string(method), parameters] {
    told->set_value(call(target, name, parameters));
  }).detach();
  if (answer.wait_until(deadline) != std::future_status::ready) return late();
  return answer.get();
}

}  // namespace

Target hookTarget(const config::ServiceSettings& services, cloud::Role role) {
  if (role != cloud::Role::Node || !services.cluster) return {services.socket};
  const auto files = services.state_dir / "pki" / "hook";
  return {services.socket,
          "https://" + config::format(*services.cluster),
          {files / "ca.crt", files / "client.crt", files / "client.key"}};
}

hook::Call timelyCalls(const Target& target, std::chrono::steady_clock::time_point deadline) {
  return [=](std::string_view method, const json::object& parameters) -> Result<json::value> {
    auto answer = callUntil(deadline, target, method, parameters);
    if (!answer) return answer.error();
    if (answer->is_error) return refusalOf(answer->value);
    return std::move(answer->value);
  };
}

}  // namespace netctl::cli
