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

constexpr std::array kDocument{Field{.name = "instance"},
                               Field{.name = "items", .type = Type::StringMap},
                               Field{.name = "user_data"}};
constexpr std::array kSettings{Field{.name = "needs_token", .type = Type::Boolean}};

Result<json::value> parse(std::string_view text) {
  boost::system::error_code fault;
  auto value = json::parse(json::string_view(text.data(), text.size()), fault);
  if (fault) return Error{ErrorCode::InvalidArgument, "", "it is not JSON: " + fault.message()};
  return value;
}

}  // namespace

Result<Document> parseDocument(std::string_view text) {
  const auto value = parse(text);
  if (!value) return value.error();
  cloud::Faults faults;
  const Fields fields(*value, kDocument, "", faults, "member");
  Document document{fields.text("instance").value_or(""),
                    fields.textMap("items").value_or(Items())};
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
