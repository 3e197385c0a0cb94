#include "netctl/api/read.h"

#include "modes/cloud/text_rules.h"
#include "base/base64.h"
#include "netctl/api/fields.h"
#include "netctl/api/permissions.h"
#include "netctl/api/references.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <functional>
#include <unordered_map>

namespace netctl::api {
namespace {

namespace json = boost::json;

/// The text where `check` is content with it.
auto checked(Result<void> (*check)(std::string_view)) {
  return [check](std::string_view text) -> Result<std::string> {
    if (const auto right = check(text); !right) return right.error();
    return std::string(text);
  };
}

Result<net::Ipv4Address> parseAddress(std::string_view text) {
  if (auto address = net::parseIpv4Address(text)) return address;
  return cloud::invalid(
      fmt::format("{} is not an IPv4 address; write four numbers of 0 to 255, as 203.0.113.10",
                  cloud::quoted(text)));
}

Result<net::MacAddress> parseMac(std::string_view text) {
  const auto mac = net::parseMacAddress(text);
  if (mac && !mac->isMulticast() && *mac != net::MacAddress{}) return mac;
  return cloud::invalid(
      fmt::format("{} is not the MAC address of one device; write it as d0:0d:0a:1b:2c:3d",
                  cloud::quoted(text)));
}

Result<cloud::Addressing> parseAddressing(std::string_view text) {
  if (text == "public") return cloud::Addressing::Public;
  if (text == "private") return cloud::Addressing::Private;
  return cloud::invalid(
      fmt::format("{} is not an addressing; write public or private", cloud::quoted(text)));
}

Result<std::string> parseUserData(std::string_view text) {
  auto bytes = decodeBase64(text);
  if (!bytes)
    return cloud::invalid(fmt::format("{} is not base64 with padding", cloud::quoted(text)));
  if (bytes->size() > cloud::kMaxUserData) {
    return cloud::invalid(fmt::format("the user data has {} bytes; {} are possible", bytes->size(),
                                      cloud::kMaxUserData));
  }
  return *std::move(bytes);
}

Result<std::string> parseKeyId(std::string_view text) {
  const bool right =
      !text.empty() && text.size() <= 128 &&
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
  if (right) return std::string(text);
  return cloud::invalid(
      fmt::format("{} is not an access key's id; it has upper-case letters and digits only",
                  cloud::quoted(text)));
}

constexpr std::string_view kNextPrefix = "1:";  // tells our own from other base64

Result<std::string> parseNext(std::string_view text) {
  const auto decoded = decodeBase64(text);
  if (decoded && decoded->starts_with(kNextPrefix)) return decoded->substr(kNextPrefix.size());
  return Error{ErrorCode::InvalidArgument, "InvalidNextToken",
               fmt::format("{} is no 'next' of an earlier answer", cloud::quoted(text))};
}

std::string owner(const Fields& fields) {
  return fields.parsed("owner", parseOwner).value_or("");
}
std::string group(const Fields& fields) {
  return fields.parsed("group", parseGroup).value_or("");
}
std::string key(const Fields& fields) {
  return fields.parsed("access_key", parseKeyId).value_or("");
}
net::Ipv4Address address(const Fields& fields) {
  return fields.parsed("address", parseAddress).value_or(net::Ipv4Address{});
}

/// Without a right one, an id that stands for the fault: the request is refused.
cloud::InstanceId instance(const Fields& fields) {
  auto id = fields.parsed("instance_id", cloud::InstanceId::parse);
  return id ? *std::move(id) : cloud::InstanceId::parse("i-00000000").value();
}

/// The elements of a list, each read by `parse`.
std::optional<std::vector<std::string>> list(const Fields& fields, std::string_view name,
                                             Result<std::string> (*parse)(std::string_view)) {
  const auto texts = fields.texts(name);
  for (std::size_t i = 0; texts && i < texts->size(); ++i) {
    fields.check(fmt::format("{}[{}]", name, i), parse((*texts)[i]));
  }
  return texts;
}

std::optional<std::map<std::string, std::string>> attributes(const Fields& fields) {
  auto map = fields.textMap("attributes");
  if (!map) return map;
  if (map->size() > cloud::kMaxAttributes) {
    fields.fault("attributes", fmt::format("there are {} attributes; {} are possible", map->size(),
                                           cloud::kMaxAttributes));
  }
  for (const auto& [name, value] : *map) {
    fields.check("attributes", cloud::checkAttributeKey(name));
    fields.check("attributes", cloud::checkAttributeValue(value));
  }
  return map;
}

cloud::Command readAttach(const Fields& fields) {
  const auto tag = fields.number("tag");
  const auto index = fields.number("address_index");
  return cloud::AttachInstance{
      .instance = instance(fields),
      .owner = owner(fields),
      .groups = list(fields, "groups", parseGroup).value_or(std::vector<std::string>{}),
      .node = fields.parsed("node", checked(cloud::checkNodeName)).value_or(""),
      .device = fields.parsed("device", checked(cloud::checkDeviceName)).value_or(""),
      .mac = fields.parsed("mac", parseMac),
      .tag = tag ? std::optional(net::Tag{static_cast<std::uint16_t>(*tag)}) : std::nullopt,
      .address_index = index ? std::optional(static_cast<std::uint32_t>(*index)) : std::nullopt,
      .addressing =
          fields.parsed("addressing", parseAddressing).value_or(cloud::Addressing::Public),
      .user_data = fields.parsed("user_data", parseUserData).value_or(""),
      .attributes = attributes(fields).value_or(std::map<std::string, std::string>{}),
  };
}

cloud::Command readModify(const Fields& fields) {
  auto groups = list(fields, "groups", parseGroup);
  if (groups && groups->empty()) {
    fields.fault("groups", "an instance has at least one group; give one, or leave 'groups' out");
  }
  return cloud::ModifyInstance{
      .instance = instance(fields),
      .groups = std::move(groups),
      .node = fields.parsed("node", checked(cloud::checkNodeName)),
      .device = fields.parsed("device", checked(cloud::checkDeviceName)),
      .attributes = attributes(fields),
      .keep_flows = fields.flag("keep_flows"),
  };
}

using ReadCommand = std::function<cloud::Command(const Fields&)>;

const std::unordered_map<std::string_view, ReadCommand>& commandReaders() {
  using namespace cloud;
  static const std::unordered_map<std::string_view, ReadCommand> all{
      {"account.create",
       [](const Fields& f) {
         const auto name = f.parsed("name", checked(checkAccountName));
         return CreateAccount{name.value_or(""), {}, {}, {}};
       }},
      {"account.delete",
       [](const Fields& f) { return DeleteAccount{f.parsed("name", parseOwner).value_or("")}; }},
      {"account.modify",
       [](const Fields& f) {
         ModifyAccount command{f.parsed("name", parseOwner).value_or(""), {}};
         for (const auto& [limit, name] : kLimitParameters) {
           const auto value = f.number(name);
           if (!value) continue;
           auto& own = command.limits[limit];
           if (*value >= 0) own = static_cast<std::uint32_t>(*value);
         }
         return command;
       }},
      {"account.create_key",
       [](const Fields& f) {
         return CreateKey{owner(f), {}, {}};
       }},
      {"account.disable_key",
       [](const Fields& f) {
         return DisableKey{owner(f), key(f)};
       }},
      {"account.delete_key",
       [](const Fields& f) {
         return DeleteKey{owner(f), key(f)};
       }},
      {"group.create",
       [](const Fields& f) {
         const auto name = f.parsed("name", checked(checkGroupName));
         const auto description = f.parsed("description", checked(checkDescription));
         return CreateGroup{owner(f), name.value_or(""), description.value_or(""), {}};
       }},
      {"group.delete",
       [](const Fields& f) {
         return DeleteGroup{owner(f), group(f)};
       }},
      {"group.authorize",
       [](const Fields& f) {
         return Authorize{owner(f), group(f), readPermissions(f)};
       }},
      {"group.revoke",
       [](const Fields& f) {
         return Revoke{owner(f), group(f), readPermissions(f), f.flag("keep_flows")};
       }},
      {"address.allocate",
       [](const Fields& f) {
         return AllocateAddress{owner(f), f.parsed("address", parseAddress),
                                f.parsed("client_token", checked(checkClientToken)).value_or("")};
       }},
      {"address.release",
       [](const Fields& f) {
         return ReleaseAddress{owner(f), address(f)};
       }},
      {"address.associate",
       [](const Fields& f) {
         return AssociateAddress{owner(f), address(f), instance(f), f.flag("allow_reassociation")};
       }},
      {"address.disassociate",
       [](const Fields& f) {
         return DisassociateAddress{owner(f), address(f), f.flag("keep_flows")};
       }},
      {"instance.attach", readAttach},
      {"instance.modify", readModify},
      {"instance.detach",
       [](const Fields& f) {
         return DetachInstance{instance(f), f.flag("keep_flows")};
       }},
  };
  return all;
}

struct Kind {
  Noun noun;
  /// Gives a name or id as the cloud's keys are written.
  Result<std::string> (*parse)(std::string_view);
};

const std::unordered_map<std::string_view, Kind>& kinds() {
  static const std::unordered_map<std::string_view, Kind> all{
      {"account.describe", {Noun::Account, parseOwner}},
      {"group.describe", {Noun::Group, parseGroup}},
      {"address.describe",
       {Noun::Address,
        [](std::string_view text) -> Result<std::string> {
          const auto address = parseAddress(text);
          if (!address) return address.error();
          return net::format(*address);
        }}},
      {"instance.describe",
       {Noun::Instance,
        [](std::string_view text) -> Result<std::string> {
          const auto id = cloud::InstanceId::parse(text);
          if (!id) return id.error();
          return id->canonical();
        }}},
      {"network.describe", {Noun::Network, nullptr}},  // its ids are numbers
      {"node.describe",
       {Noun::Node, [](std::string_view text) { return checked(cloud::checkNodeName)(text); }}},
  };
  return all;
}

Request readDescribe(const Kind& kind, const Method& method, const Fields& fields) {
  DescribeRequest request;
  request.noun = kind.noun;
  for (const Parameter& parameter : method.parameters) {
    const auto name = parameter.name;
    if (name == "owner" || name == "next") continue;
    if (parameter.type == ParameterType::String) {
      if (const auto one = fields.parsed(name, kind.parse)) request.wanted.push_back(*one);
    } else if (parameter.type == ParameterType::Strings) {
      const auto texts = fields.texts(name);
      for (std::size_t i = 0; texts && i < texts->size(); ++i) {
        const auto one = kind.parse((*texts)[i]);
        if (fields.check(fmt::format("{}[{}]", name, i), one)) request.wanted.push_back(*one);
      }
    } else if (parameter.type == ParameterType::Numbers) {
      for (const auto number : fields.numbers(name).value_or(std::vector<std::int64_t>{})) {
        request.wanted.push_back(std::to_string(number));
      }
    } else if (name == "tag") {
      if (const auto tag = fields.number(name)) request.wanted.push_back(std::to_string(*tag));
    }
  }
  request.owner = owner(fields);
  if (const auto limit = fields.number("limit")) request.limit = static_cast<std::size_t>(*limit);
  request.after = fields.parsed("next", parseNext).value_or("");
  return request;
}

Request readEvents(const Fields& fields) {
  EventsRequest request;
  request.since = static_cast<std::uint64_t>(fields.number("since").value_or(0));
  if (const auto limit = fields.number("limit")) request.limit = static_cast<std::size_t>(*limit);
  return request;
}

Request readSystem(const Method& method, const Fields& fields) {
  static const std::unordered_map<std::string_view, SystemAction> kActions{
      {"status", SystemAction::Status},
      {"plan", SystemAction::Plan},
      {"reconcile", SystemAction::Reconcile},
      {"reload", SystemAction::Reload},
      {"methods", SystemAction::Methods}};
  return SystemRequest{kActions.at(method.verb()), fields.flag("dry_run")};
}

Request readFields(const Method& method, const Fields& fields) {
  if (const auto found = commandReaders().find(method.name); found != commandReaders().end()) {
    return ChangeRequest{found->second(fields), fields.flag("dry_run")};
  }
  if (const auto found = kinds().find(method.name); found != kinds().end()) {
    return readDescribe(found->second, method, fields);
  }
  return method.noun() == "events" ? readEvents(fields) : readSystem(method, fields);
}

}  // namespace

Result<Request> read(const Method& method, const json::value& parameters) {
  cloud::Faults faults;
  const json::object* const object = parameters.if_object();
  if (object == nullptr) {
    faults.add(
        "", cloud::invalid(fmt::format("the parameters are {}; write an object of names and values",
                                       shown(parameters))));
    return faults.error();
  }
  const Fields fields(*object, method.parameters, "", faults);
  auto request = readFields(method, fields);
  if (!faults.empty()) return faults.error();
  return request;
}

std::string makeNext(std::string_view last_key) {
  return encodeBase64(fmt::format("{}{}", kNextPrefix, last_key));
}

}  // namespace netctl::api
