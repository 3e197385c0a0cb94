#include "netctl/metadata/read_files.h"

#include "base/base64.h"
#include "modes/cloud/faults.h"
#include "netctl/json/fields.h"

#include <boost/json.hpp>

#include <array>
#include <optional>
#include <utility>

namespace netctl::metadata {
namespace {

namespace json = boost::json;
using netctl::json::Field;
using netctl::json::Fields;
using netctl::json::Type;

constexpr std::array kOptions{Field{.name = "token_hops",
                                    .type = Type::Number,
                                    .minimum = 1,
                                    .maximum = cloud::MetadataOptions::kMostHops},
                              Field{.name = "enabled", .type = Type::Boolean},
                              Field{.name = "needs_token", .type = Type::Boolean}};
constexpr std::array kDocument{
    Field{.name = "instance"}, Field{.name = "items", .type = Type::StringMap},
    Field{.name = "user_data"}, Field{.name = "options", .type = Type::Object, .required = false}};
constexpr std::array kSettings{Field{.name = "needs_token", .type = Type::Boolean}};

Result<json::value> parse(std::string_view text) {
  boost::system::error_code fault;
  auto value = json::parse(json::string_view(text.data(), text.size()), fault);
  if (fault) return Error{ErrorCode::InvalidArgument, "", "it is not JSON: " + fault.message()};
  return value;
}

cloud::MetadataOptions readOptions(const Fields& document) {
  cloud::MetadataOptions options;
  const auto* const object = document.object("options");
  if (object == nullptr) return options;
  const Fields fields(*object, kOptions, "options.", document.faults(), "member");
  options.token_hops = static_cast<std::uint32_t>(fields.number("token_hops").value_or(1));
  options.enabled = fields.flag("enabled");
  options.needs_token = fields.flag("needs_token");
  return options;
}

}  // namespace

Result<Document> parseDocument(std::string_view text) {
  const auto value = parse(text);
  if (!value) return value.error();
  cloud::Faults faults;
  const Fields fields(*value, kDocument, "", faults, "member");
  Document document{fields.text("instance").value_or(""), fields.textMap("items").value_or(Items()),
                    readOptions(fields)};
  const auto encoded = fields.text("user_data").value_or("");
  auto user_data = decodeBase64(encoded);
  if (!user_data) fields.fault("user_data", "it is not base64");
  if (document.items.contains(std::string(kUserData))) {
    fields.fault("items", "user-data has a member of its own");
  }
  if (!faults.empty()) return faults.error();
  if (!user_data->empty()) document.items.emplace(kUserData, *std::move(user_data));
  return document;
}

std::string format(const host::MetadataServer& settings) {
  return json::serialize(json::object{{"needs_token", settings.needs_token}});
}

Result<host::MetadataServer> parseSettings(std::string_view text) {
  const auto value = parse(text);
  if (!value) return value.error();
  cloud::Faults faults;
  const Fields fields(*value, kSettings, "", faults, "member");
  if (!faults.empty()) return faults.error();
  return host::MetadataServer{fields.flag("needs_token")};
}

}  // namespace netctl::metadata
