#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/fresh.h"
#include "netctl/api/timestamp.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <set>

/// Key pairs: the public SSH keys that RunInstances can give to instances.
namespace netctl::ec2 {
namespace {

using cloud::AddKeyPair;
using cloud::KeyPair;
using cloud::Ref;

Error noSuchKeyPairs(const std::set<std::string>& named) {
  return {ErrorCode::NotFound, "InvalidKeyPair.NotFound",
          named.size() == 1
              ? fmt::format("The key pair '{}' does not exist", printable(*named.begin()))
              : fmt::format("The key pairs '{}' do not exist", fmt::join(named, ", "))};
}

const FilterTable<KeyPair>& keyPairFilters() {
  static const FilterTable<KeyPair> table = [] {
    FilterTable<KeyPair> filters{
        {"fingerprint",
         [](const KeyPair& pair, Values& values) { values.push_back(pair.fingerprint); }},
        {"key-name", [](const KeyPair& pair, Values& values) { values.push_back(pair.name); }},
        {"key-pair-id",
         [](const KeyPair& pair, Values& values) { values.push_back(pair.id.value); }},
    };
    addTagFilters<KeyPair>(filters, [](const KeyPair& pair) -> const cloud::ResourceTags& {
      return pair.resource_tags;
    });
    return filters;
  }();
  return table;
}

/// The name and the tags, which both ways to a new pair have.
AddKeyPair readNew(const Call& call) {
  AddKeyPair command{.owner = call.owner(),
                     .name = call.parameters.required("KeyName"),
                     .now = call.now,
                     .resource_tags = readTagSpecifications(call.parameters, "key-pair"),
                     .fresh_id = api::drawFresh().key_pair};
  if (!command.name.empty()) {
    call.parameters.check("KeyName", cloud::checkKeyPairName(command.name));
  }
  return command;
}

void writeKeyPair(XmlWriter& xml, const KeyPair& pair) {
  xml.text("keyPairId", pair.id.value)
      .text("keyName", pair.name)
      .text("keyFingerprint", pair.fingerprint);
  writeTags(xml, pair.resource_tags);
}

/// A repetition is an error to EC2, since nobody gets to see a private key twice.
Change add(AddKeyPair command) {
  return {.command = command,
          .answer = [name = command.name, private_key = command.private_key](
                        const controller::View& view,
                        const cloud::Outcome& outcome) -> Result<Elements> {
            const auto* const id = std::get_if<cloud::KeyPairId>(&outcome.object);
            const auto pair = id != nullptr ? view.cloud.keyPair(*id) : nullptr;
            if (!outcome.changed) {
              return Error{ErrorCode::Conflict, "InvalidKeyPair.Duplicate",
                           fmt::format("The keypair '{}' already exists.", name)};
            }
            if (!pair) return noSuchKeyPairs({name});  // deleted before it was in force
            XmlWriter xml;
            writeKeyPair(xml, *pair);
            if (!private_key.empty()) xml.text("keyMaterial", private_key);
            return xml.take();
          },
          .again =
              [command]() mutable {
                command.fresh_id = api::drawFresh().key_pair;
                return command;
              }};
}

void writeShown(XmlWriter& xml, const KeyPair& pair, bool with_public_key) {
  writeKeyPair(xml, pair);
  xml.text("keyType", crypto::format(crypto::typeOfSshKey(pair.public_key)));
  xml.text("createTime", api::formatTime(pair.created));
  if (with_public_key) xml.text("publicKey", pair.public_key + " " + pair.name);
}

}  // namespace

Result<Step> importKeyPair(const Call& call) {
  const auto& parameters = call.parameters;
  auto command = readNew(call);
  const auto& material = parameters.required("PublicKeyMaterial");
  if (const auto text = decodeBase64(material); !text) {
    parameters.wrong("PublicKeyMaterial", "Invalid base64 of a public key", "InvalidKey.Format");
  } else if (!material.empty()) {
    auto key = crypto::readSshPublicKey(*text);
    if (parameters.check("PublicKeyMaterial", key)) {
      command.public_key = std::move(key->line);
      command.fingerprint = std::move(key->fingerprint);
    }
  }
  return add(std::move(command));
}

Result<Step> createKeyPair(const Call& call) {
  const auto& parameters = call.parameters;
  auto command = readNew(call);
  if (const auto& type = parameters.text("KeyType");
      !type.empty() && type != "rsa" && type != "ed25519") {
    parameters.wrong("KeyType",
                     fmt::format("{} is not a type of key; write rsa or ed25519", quote(type)));
  }
  if (const auto& form = parameters.text("KeyFormat"); !form.empty() && form != "pem") {
    parameters.wrong("KeyFormat",
                     fmt::format("{} is not possible; write pem, and convert it", quote(form)),
                     "UnsupportedOperation");
  }
  if (call.ssh_key != nullptr) {
    command.public_key = call.ssh_key->public_key.line;
    command.fingerprint = call.ssh_key->public_key.fingerprint;
    command.private_key = call.ssh_key->private_key;
  }
  return add(std::move(command));
}

Result<Step> deleteKeyPair(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& id = parameters.text("KeyPairId");
  const auto& name = id.empty() ? parameters.required("KeyName") : parameters.text("KeyName");
  if (!id.empty() && !name.empty()) {
    parameters.wrong("KeyPairId", "Name a key pair by KeyName or by KeyPairId",
                     "InvalidParameterCombination");
  }
  const auto pair = id.empty() ? call.cloud().keyPairByName(call.account.id, name)
                               : cloud::findKeyPair(call.cloud(), call.account.id, id);
  return Change{
      .command = cloud::DeleteKeyPair{call.owner(), pair ? pair->id.value : std::string()},
      .answer = [](const controller::View&, const cloud::Outcome& outcome) -> Result<Elements> {
        XmlWriter xml;
        xml.flag("return", true);
        if (const auto* const gone = std::get_if<cloud::KeyPairId>(&outcome.object)) {
          xml.text("keyPairId", gone->value);
        }
        return xml.take();
      }};
}

Result<Step> describeKeyPairs(const Call& call) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, keyPairFilters(), true);
  const bool with_public_key = parameters.flag("IncludePublicKey");
  std::set<std::string> absent;
  std::set<cloud::KeyPairId> wanted;
  const auto want = [&](const std::string& named, const Ref<KeyPair>& pair) {
    if (pair && pair->owner == call.account.id) {
      wanted.insert(pair->id);
    } else {
      absent.insert(named);
    }
  };
  for (const auto& name : parameters.list("KeyName")) {
    want(name, call.cloud().keyPairByName(call.account.id, name));
  }
  for (const auto& id : parameters.list("KeyPairId")) {
    want(id, call.cloud().keyPair(cloud::KeyPairId{id}));
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  if (!absent.empty()) return noSuchKeyPairs(absent);
  XmlWriter xml;
  xml.open("keySet");
  for (const auto& [name, id] : call.cloud().keyPairsOf(call.account.id)) {
    const auto pair = call.cloud().keyPair(id);
    const bool named = wanted.empty() || wanted.contains(id);
    if (!named || !filters.hold(*pair, keyPairFilters(), pair->resource_tags)) continue;
    xml.open("item");
    writeShown(xml, *pair, with_public_key);
    xml.close();
  }
  xml.close();
  return Step{xml.take()};
}

}  // namespace netctl::ec2
