#include "netctl/cli/euca_session.h"

#include "netctl/cli/euca_values.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/rpc_client.h"

#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace json = boost::json;

/// The message with its faults, as one sentence.
Error refusedWith(const json::value& error) {
  Error result{ErrorCode::Conflict, "", field(error.as_object(), "message")};
  const auto* data = error.as_object().if_contains("data");
  if (data == nullptr || !data->is_object()) return result;
  result.reason = field(data->as_object(), "reason");
  const auto* faults = data->as_object().if_contains("faults");
  if (faults == nullptr || !faults->is_array()) return result;
  for (const auto& fault : faults->as_array()) {
    result.message += "; " + field(fault.as_object(), "message");
  }
  return result;
}

}  // namespace

Result<std::string> EucaSession::chooseOwner(const std::filesystem::path& socket,
                                             const std::string& option) {
  if (!option.empty()) return option;
  if (auto account = environment("NETCTL_ACCOUNT"); !account.empty()) return account;
  const auto answer = cli::call({socket}, "account.describe", json::object{});
  if (!answer) return answer.error();
  if (answer->is_error) return refusedWith(answer->value);
  const auto& accounts = answer->value.at("accounts").as_array();
  if (accounts.size() == 1) return field(accounts.front().as_object(), "name");
  return usageError("there is not exactly one account; name it by --account or NETCTL_ACCOUNT");
}

Result<json::object> EucaSession::call(std::string_view method, json::object parameters) const {
  if (ec2_) return callEc2(*ec2_, method, parameters);
  parameters["owner"] = owner_;
  auto answer = cli::call({socket_}, method, parameters);
  if (!answer) return answer.error();
  if (answer->is_error) return refusedWith(answer->value);
  return std::move(answer->value.as_object());
}

std::string EucaSession::line(const std::vector<std::string>& fields) const {
  std::string line;
  for (const auto& field : fields) {
    if (!line.empty()) line += '\t';
    line += field.empty() && show_empty_ ? "(nil)" : field;
  }
  return line + '\n';
}

}  // namespace netctl::cli
