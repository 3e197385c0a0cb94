#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"
#include "netctl/api/timestamp.h"
#include "netctl/crypto/ssh_key.h"

#include <fmt/format.h>
#include <boost/json.hpp>

/// The noun `key`: the SSH keys of accounts, key.import to key.describe.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr Parameter kKeyName{"name", String, true,
                             "unique in the account, 1 to 255 printable ASCII characters",
                             R"("deploy")"};
constexpr Parameter kKeyPair{"key_pair", String, false, "key pair, by name or id", R"("deploy")"};

std::string readKeyName(const Fields& fields) {
  return fields.parsed("name", checked(cloud::checkKeyPairName)).value_or("");
}

Result<std::string> parseKeyPair(std::string_view text) {
  return checked(cloud::checkKeyPairName)(text);
}

Result<crypto::SshKeyType> parseKeyType(std::string_view text) {
  if (text == "rsa") return crypto::SshKeyType::Rsa;
  if (text == "ed25519") return crypto::SshKeyType::Ed25519;
  return cloud::invalid(fmt::format("{} is not a type of key; write ed25519 or rsa", quote(text)));
}

cloud::AddKeyPair readImport(const Fields& fields) {
  cloud::AddKeyPair command{.owner = readOwner(fields), .name = readKeyName(fields)};
  if (auto key = fields.parsed("public_key", crypto::readSshPublicKey)) {
    command.public_key = std::move(key->line);
    command.fingerprint = std::move(key->fingerprint);
  }
  return command;
}

cloud::AddKeyPair readCreate(const Fields& fields) {
  cloud::AddKeyPair command{.owner = readOwner(fields), .name = readKeyName(fields)};
  const auto type = fields.parsed("type", parseKeyType).value_or(crypto::SshKeyType::Ed25519);
  if (!fields.faults().empty()) return command;  // a key costs time
  auto key = crypto::makeSshKey(type);
  command.public_key = std::move(key.public_key.line);
  command.fingerprint = std::move(key.public_key.fingerprint);
  command.private_key = std::move(key.private_key);
  return command;
}

json::object showKeyPair(const cloud::Cloud& cloud, const cloud::KeyPair& pair) {
  json::object result{{"key_pair_id", pair.id.value}, {"name", pair.name}};
  addOwner(result, cloud, pair.owner);
  result["type"] = crypto::format(crypto::typeOfSshKey(pair.public_key));
  result["fingerprint"] = pair.fingerprint;
  result["public_key"] = pair.public_key;
  result["created"] = formatTime(pair.created);
  return result;
}

/// The one answer that has a private key is that of its making.
json::object showAdded(const View& view, const cloud::AddKeyPair& done,
                       const cloud::Outcome& outcome) {
  const auto* const id = std::get_if<cloud::KeyPairId>(&outcome.object);
  const auto pair = id != nullptr ? view.cloud.keyPair(*id) : nullptr;
  if (!pair) {
    auto result = showOwner(view.cloud, done.owner);
    result["name"] = done.name;
    return result;
  }
  auto result = showKeyPair(view.cloud, *pair);
  if (!done.private_key.empty()) result["private_key"] = done.private_key;
  return result;
}

Method importKeyPair() {
  return {
      .name = "key.import",
      .help = "Gives an account a public SSH key, by which its instances can be logged in to.",
      .parameters =
          {required(kOwner),
           kKeyName,
           {"public_key", String, true,
            "a line of OpenSSH's authorized_keys without options, RSA or Ed25519",
            R"("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc")"},
           kDryRun},
      .positional = "name",
      .result = "the key pair",
      .example =
          R"({"owner": "alice", "name": "laptop", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc"})",
      .action = command(readImport, showAdded)};
}

Method createKeyPair() {
  return {
      .name = "key.create",
      .help = "Makes an SSH key pair for an account; the private key is shown once and not kept.",
      .parameters = {required(kOwner),
                     kKeyName,
                     {"type", String, false, "`ed25519` (the default) or `rsa`", R"("rsa")"},
                     kDryRun},
      .positional = "name",
      .result = "the key pair, private_key",
      .example = R"({"owner": "alice", "name": "deploy"})",
      .action = command(readCreate, showAdded)};
}

Method deleteKeyPair() {
  return {.name = "key.delete",
          .help = "Deletes a key pair; instances that have its public key keep it.",
          .parameters = {required(kOwner), required(kKeyPair), kDryRun},
          .positional = "key_pair",
          .result = "owner, owner_id, key_pair",
          .example = R"({"owner": "alice", "key_pair": "deploy"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DeleteKeyPair{readOwner(fields),
                                            fields.parsed("key_pair", parseKeyPair).value_or("")};
              },
              [](const View& view, const cloud::DeleteKeyPair& done, const cloud::Outcome&) {
                auto result = showOwner(view.cloud, done.owner);
                result["key_pair"] = done.key_pair;
                return result;
              })};
}

Method describeKeyPairs() {
  return {.name = "key.describe",
          .help = "Lists key pairs.",
          .parameters = {kAnyOwner,
                         kKeyPair,
                         {"names", Strings, false, "key pairs, by name or id", R"(["deploy"])"},
                         {"ids", Strings, false, "key pairs, by name or id", R"(["deploy"])"},
                         kLimit,
                         kNext},
          .positional = "names",
          .plural = "key_pairs",
          .result =
              "key_pairs: key_pair_id, name, owner, owner_id, type (`rsa` `ed25519`), fingerprint, "
              "public_key, created",
          .example = R"({"owner": "alice"})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parseKeyPair, "key_pair", {"names", "ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    view.cloud.keyPairs(),
                    Listing<cloud::KeyPairId, cloud::KeyPair>{
                        "key_pairs", "key pair", "InvalidKeyPair.NotFound", idOf<cloud::KeyPairId>,
                        [](const auto& id) { return id.value; },
                        [&](const auto& pair, Wanted& wanted) {
                          return by->holds(pair.owner) && wanted.meets({pair.id.value, pair.name});
                        },
                        [&](const auto& pair) { return showKeyPair(view.cloud, pair); }},
                    request);
              })};
}

}  // namespace

std::vector<Method> keyPairMethods() {
  return {importKeyPair(), createKeyPair(), deleteKeyPair(), describeKeyPairs()};
}

}  // namespace netctl::api
