#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <array>
#include <utility>

/// The noun `account`: account.create to account.delete_key.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr Parameter kAccountName{"name", String, false, "account, by name or id", R"("alice")"};
constexpr Parameter kAccessKey{"access_key", String, true, "id of the key",
                               R"("AKI00000000000000001")"};
constexpr std::int64_t kGreatestLimit = 1'000'000;

/// The parameters of account.modify, and the members of an account's `limits`.
constexpr std::array<std::pair<cloud::Limit, std::string_view>, 5> kAccountLimits{
    {{cloud::Limit::Addresses, "addresses"},
     {cloud::Limit::Groups, "groups"},
     {cloud::Limit::Permissions, "permissions"},
     {cloud::Limit::Instances, "instances"},
     {cloud::Limit::AutomaticAddresses, "automatic_addresses"}}};

Result<std::string> parseKeyId(std::string_view text) {
  const bool right =
      !text.empty() && text.size() <= 128 &&
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
  if (right) return std::string(text);
  return cloud::invalid(fmt::format(
      "{} is not an access key's id; it has upper-case letters and digits only", quote(text)));
}

std::string readAccountName(const Fields& fields) {
  return fields.parsed("name", parseOwner).value_or("");
}
std::string readKeyId(const Fields& fields) {
  return fields.parsed("access_key", parseKeyId).value_or("");
}

json::object showAccount(const cloud::Cloud& cloud, const cloud::Account& account) {
  json::array keys;
  for (const auto& id : cloud.keysOf(account.id)) {
    keys.push_back(json::object{{"access_key", id}, {"enabled", cloud.key(id)->enabled}});
  }
  json::object limits;
  for (const auto& [limit, name] : kAccountLimits) {
    const auto most = cloud::limitOf(cloud, account.id, limit);
    limits[name] = most == cloud::kNoLimit ? json::value(nullptr) : json::value(most);
  }
  return {{"account_id", account.id.value},
          {"name", account.name},
          {"keys", std::move(keys)},
          {"limits", std::move(limits)}};
}

/// The name that the caller used, and the id as far as it is known.
json::object showAccountName(const std::string& name, const cloud::Outcome& outcome) {
  json::object result{{"name", name}};
  if (const auto* const id = std::get_if<cloud::AccountId>(&outcome.object)) {
    result["account_id"] = id->value;
  }
  return result;
}

/// The one answer that shows a secret: of a key that the command has just made.
void addNewKey(json::object& result, const cloud::Outcome& outcome) {
  if (!outcome.key) return;
  result["access_key"] = outcome.key->id;
  result["secret_key"] = outcome.key->secret;
}

template <class Command>
json::object showKey(const View& view, const Command& done, const cloud::Outcome& /*outcome*/) {
  auto result = showOwner(view.cloud, done.owner);
  result["access_key"] = done.key;
  return result;
}

Method createAccount() {
  return {.name = "account.create",
          .help = "Makes an account with its first key.",
          .parameters = {{"name", String, true,
                          "of the new account: 1 to 64 letters, digits and -_.@+=,", R"("carol")"},
                         kDryRun},
          .positional = "name",
          .result = "account_id, name, access_key, secret_key: the secret is shown this once",
          .example = R"({"name": "carol"})",
          .action = command(
              [](const Fields& fields) {
                const auto name = fields.parsed("name", checked(cloud::checkAccountName));
                return cloud::CreateAccount{name.value_or(""), {}, {}, {}};
              },
              [](const View&, const cloud::CreateAccount& done, const cloud::Outcome& outcome) {
                auto result = showAccountName(done.name, outcome);
                addNewKey(result, outcome);
                return result;
              })};
}

Method deleteAccount() {
  return {.name = "account.delete",
          .help = "Deletes an account that holds nothing, with its keys.",
          .parameters = {required(kAccountName), kDryRun},
          .positional = "name",
          .result = "account_id, name",
          .example = R"({"name": "dave"})",
          .action = command(
              [](const Fields& fields) { return cloud::DeleteAccount{readAccountName(fields)}; },
              [](const View&, const cloud::DeleteAccount& done, const cloud::Outcome& outcome) {
                return showAccountName(done.owner, outcome);
              })};
}

Method describeAccounts() {
  return {.name = "account.describe",
          .help = "Lists accounts with their keys, without secrets.",
          .parameters = {kAccountName,
                         kAnyOwner,
                         {"names", Strings, false, "accounts, by name or id", R"(["alice"])"},
                         {"ids", Strings, false, "accounts, by name or id", R"(["000000000001"])"},
                         kLimit,
                         kNext},
          .positional = "names",
          .plural = "accounts",
          .result =
              "accounts: account_id, name, keys[{access_key, enabled}], limits{addresses, "
              "groups, permissions, instances, automatic_addresses}; a limit of null is none",
          .example = R"({"names": ["alice"]})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parseOwner, "name", {"names", "ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    view.cloud.accounts(),
                    Listing<cloud::AccountId, cloud::Account>{
                        "accounts", "account", "InvalidAccount.NotFound", idOf<cloud::AccountId>,
                        [](const auto& id) { return id.value; },
                        [&](const auto& account, Wanted& wanted) {
                          return by->holds(account.id) &&
                                 wanted.meets({account.id.value, account.name});
                        },
                        [&](const auto& account) { return showAccount(view.cloud, account); }},
                    request);
              })};
}

Method modifyAccount() {
  return {
      .name = "account.modify",
      .help = "Sets limits of an account; with -1 the configuration's limit counts again.",
      .parameters = {required(kAccountName),
                     {"addresses", Number, false, "elastic addresses that it may hold", "20", -1,
                      kGreatestLimit},
                     {"groups", Number, false, "groups that it may have", "100", -1,
                      kGreatestLimit},
                     {"permissions", Number, false, "permissions that each group may have", "200",
                      -1, kGreatestLimit},
                     {"instances", Number, false, "instances that it may have", "40", -1,
                      kGreatestLimit},
                     {"automatic_addresses", Number, false,
                      "automatic addresses that its instances may have", "20", -1, kGreatestLimit},
                     kDryRun},
      .positional = "name",
      .result = "the account",
      .example = R"({"name": "alice", "addresses": 20})",
      .action = command(
          [](const Fields& fields) {
            cloud::ModifyAccount asked{readAccountName(fields), {}};
            for (const auto& [limit, name] : kAccountLimits) {
              const auto value = fields.number(name);
              if (!value) continue;
              auto& own = asked.limits[limit];
              if (*value >= 0) own = static_cast<std::uint32_t>(*value);
            }
            return asked;
          },
          [](const View& view, const cloud::ModifyAccount& done, const cloud::Outcome& outcome) {
            const auto* const id = std::get_if<cloud::AccountId>(&outcome.object);
            const auto account = id != nullptr ? view.cloud.account(*id) : nullptr;
            return account ? showAccount(view.cloud, *account) : showOwner(view.cloud, done.owner);
          })};
}

Method createKey() {
  return {.name = "account.create_key",
          .help = "Makes a further key for an account.",
          .parameters = {required(kOwner), kDryRun},
          .positional = "owner",
          .result = "owner, owner_id, access_key, secret_key: the secret is shown this once",
          .example = R"({"owner": "alice"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::CreateKey{readOwner(fields), {}, {}};
              },
              [](const View& view, const cloud::CreateKey& done, const cloud::Outcome& outcome) {
                auto result = showOwner(view.cloud, done.owner);
                addNewKey(result, outcome);
                return result;
              })};
}

Method disableKey() {
  return {.name = "account.disable_key",
          .help = "Makes a key invalid; it stays listed.",
          .parameters = {required(kOwner), kAccessKey, kDryRun},
          .positional = "access_key",
          .result = "owner, owner_id, access_key",
          .example = R"({"owner": "alice", "access_key": "AKI00000000000000001"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DisableKey{readOwner(fields), readKeyId(fields)};
              },
              showKey<cloud::DisableKey>)};
}

Method deleteKey() {
  return {.name = "account.delete_key",
          .help = "Deletes a key.",
          .parameters = {required(kOwner), kAccessKey, kDryRun},
          .positional = "access_key",
          .result = "owner, owner_id, access_key",
          .example = R"({"owner": "alice", "access_key": "AKI00000000000000001"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DeleteKey{readOwner(fields), readKeyId(fields)};
              },
              showKey<cloud::DeleteKey>)};
}

}  // namespace

std::vector<Method> accountMethods() {
  return {createAccount(), deleteAccount(), describeAccounts(), modifyAccount(),
          createKey(),     disableKey(),    deleteKey()};
}

}  // namespace netctl::api
