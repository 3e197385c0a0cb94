#include "netctl/node/link_messages.h"

#include "base/text.h"
#include "netctl/json/fields.h"
#include "netctl/node/member_readers.h"
#include "netctl/node/part_json.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace netctl::node {
namespace {

using boost::json::object;
using boost::json::value;
using json::Field;
using json::Fields;

constexpr std::uint64_t kWithoutEpoch = 2;
constexpr std::uint64_t kWithoutGateways = 3;
constexpr std::size_t kLongestEpoch = 32;
/// A message is for people.
constexpr std::size_t kFaultsShown = 5;

constexpr std::array kHello{text("type"),  number("protocol", 0, kAnyNumber),
                            text("node"),  text("cluster"),
                            text("epoch"), number("revision", 0, kAnyNumber)};
constexpr std::array kReport{text("type"), text("epoch"), number("revision", 0, kAnyNumber),
                             texts("not_in_force"), members("ports")};
constexpr std::array kPort{text("state"), text("reason"), orNull(text("address"))};
constexpr std::array kWholePart{text("type"),  number("protocol", 0, kAnyNumber), text("cluster"),
                                text("epoch"), number("revision", 0, kAnyNumber), members("part")};
constexpr std::array kPartChange{text("type"), text("epoch"), number("base", 0, kAnyNumber),
                                 number("revision", 0, kAnyNumber), members("difference")};
constexpr std::array kRefusal{text("type"), text("reason")};

object write(const Hello& hello) {
  return {{"type", "hello"},
          {"protocol", hello.protocol},
          {"node", hello.node},
          {"cluster", hello.cluster},
          {"epoch", hello.revision.epoch},
          {"revision", hello.revision.number}};
}

object write(const Report& report) {
  const auto& content = report.content;
  object ports;
  for (const auto& [id, port] : content.ports) {
    object written{
        {"state", cloud::format(port.state)}, {"reason", port.reason}, {"address", nullptr}};
    const auto address = content.addresses.find(id);
    if (address != content.addresses.end() && address->second) {
      written["address"] = net::format(*address->second);
    }
    ports[id.text()] = std::move(written);
  }
  const auto& lines = content.not_in_force;
  return {{"type", "report"},
          {"epoch", report.epoch},
          {"revision", content.revision},
          {"not_in_force", boost::json::array(lines.begin(), lines.end())},
          {"ports", std::move(ports)}};
}

object write(const WholePart& whole) {
  return {{"type", "part"},
          {"protocol", kProtocol},
          {"cluster", whole.cluster},
          {"epoch", whole.revision.epoch},
          {"revision", whole.revision.number},
          {"part", toJson(whole.part)}};
}

object write(const PartChange& change) {
  return {{"type", "change"},
          {"epoch", change.revision.epoch},
          {"base", change.base},
          {"revision", change.revision.number},
          {"difference", toJson(change.difference)}};
}

object write(const Refusal& refusal) {
  return {{"type", "refusal"}, {"reason", refusal.reason}};
}

std::optional<std::string> parseEpoch(std::string_view text) {
  const bool right = text.size() <= kLongestEpoch &&
                     std::ranges::all_of(text, [](char c) { return hexDigit(c).has_value(); });
  return right ? std::optional(std::string(text)) : std::nullopt;
}

std::uint64_t readNumber(const Fields& fields, std::string_view name) {
  return static_cast<std::uint64_t>(fields.number(name).value_or(0));
}

std::string readEpoch(const Fields& fields) {
  return readAs(fields, "epoch", parseEpoch).value_or("");
}

Revision readRevision(const Fields& fields) {
  return {readEpoch(fields), readNumber(fields, "revision")};
}

Hello readHello(const value& of, cloud::Faults& faults) {
  const auto fields = membersOf(of, kHello, "", faults);
  return {readNumber(fields, "protocol"), fields.text("node").value_or(""),
          fields.text("cluster").value_or(""), readRevision(fields)};
}

Report readReport(const value& of, cloud::Faults& faults) {
  const auto fields = membersOf(of, kReport, "", faults);
  Report report{readEpoch(fields), {.revision = readNumber(fields, "revision")}};
  auto& content = report.content;
  content.not_in_force = fields.texts("not_in_force").value_or(std::vector<std::string>{});
  readMap(fields, "ports", cloud::InstanceId::parse,
          [&](const cloud::InstanceId& id, const value& entry, const std::string& path) {
            const auto port = membersOf(entry, kPort, path, faults);
            const auto state = readAs(port, "state", cloud::parsePortState);
            content.addresses[id] = readAs(port, "address", net::parseIpv4Address);
            return content.ports
                .emplace(id, cloud::PortStatus{state.value_or(cloud::PortState::Waiting),
                                               port.text("reason").value_or("")})
                .second;
          });
  return report;
}

WholePart readWhole(const value& of, cloud::Faults& faults) {
  const auto fields = membersOf(of, kWholePart, "", faults);
  if (fields.has("protocol") && readNumber(fields, "protocol") != kProtocol) {
    fields.fault("protocol",
                 fmt::format("is not {}: the message is of another version of netctl", kProtocol));
  }
  WholePart whole{fields.text("cluster").value_or(""), readRevision(fields), {}};
  if (const auto* const part = fields.object("part")) whole.part = readPart(*part, "part.", faults);
  return whole;
}

PartChange readChange(const value& of, cloud::Faults& faults) {
  const auto fields = membersOf(of, kPartChange, "", faults);
  PartChange change{readNumber(fields, "base"), readRevision(fields), {}};
  if (const auto* const difference = fields.object("difference")) {
    change.difference = readDifference(*difference, "difference.", faults);
  }
  return change;
}

Refusal readRefusal(const value& of, cloud::Faults& faults) {
  return {membersOf(of, kRefusal, "", faults).text("reason").value_or("")};
}

Error wrong(const cloud::Faults& faults) {
  auto error = faults.error();
  error.reason = "InvalidMessage";
  error.message = "a message of the node link is wrong";
  const auto shown = std::min(error.faults.size(), kFaultsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [where, what] = error.faults[i];
    error.message += i == 0 ? ": " : "; ";
    error.message += where.empty() ? what : where + ": " + what;
  }
  return error;
}

/// Null where the text is not JSON at all.
value parse(std::string_view text, cloud::Faults& faults) {
  boost::system::error_code fault;
  auto parsed = boost::json::parse(text, fault);
  if (!fault) return parsed;
  faults.add("", {ErrorCode::InvalidArgument, "", "it is not JSON: " + fault.message()});
  return {};
}

std::string_view memberText(const value& of, std::string_view name) {
  const auto* const members = of.if_object();
  const auto* const member = members == nullptr ? nullptr : members->if_contains(name);
  const auto* const text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

void refuseType(std::string_view type, cloud::Faults& faults) {
  // The text is not JSON: that is said already.
  if (!faults.empty()) return;
  faults.add("type",
             {ErrorCode::InvalidArgument, "", fmt::format("{} is not known here", quote(type))});
}

/// A peer of another version may say hello in its own way; only its version is looked at.
std::optional<Error> otherVersion(const value& hello) {
  const auto* const protocol = hello.as_object().if_contains("protocol");
  if (protocol == nullptr || *protocol == kProtocol) return {};
  return Error{ErrorCode::Unsupported, "UnsupportedOperation",
               fmt::format("the node speaks version {} of the node link, and this cluster host {}; "
                           "install the same netctl on both",
                           boost::json::serialize(*protocol).substr(0, 20), kProtocol)};
}

object* memberObject(object& of, std::string_view name) {
  auto* const member = of.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

/// The stored part of a version before, as one of this version that nobody can report about.
void bringUpToDate(value& stored) {
  auto* const members = stored.if_object();
  const auto* const protocol = members == nullptr ? nullptr : members->if_contains("protocol");
  if (protocol == nullptr) return;
  const bool without_epoch = *protocol == kWithoutEpoch && !members->contains("epoch");
  if (!without_epoch && *protocol != kWithoutGateways) return;
  auto* const part = memberObject(*members, "part");
  auto* const settings = part == nullptr ? nullptr : memberObject(*part, "settings");
  if (settings == nullptr || settings->contains("gateway_macs")) return;
  (*settings)["gateway_macs"] = boost::json::array();
  (*members)["protocol"] = kProtocol;
  (*members)["epoch"] = "";
}

template <class Message>
Result<Message> unless(const cloud::Faults& faults, Message message) {
  if (!faults.empty()) return wrong(faults);
  return message;
}

}  // namespace

std::string encode(const FromNode& message) {
  return std::visit([](const auto& one) { return boost::json::serialize(write(one)); }, message);
}

std::string encode(const FromCluster& message) {
  return std::visit([](const auto& one) { return boost::json::serialize(write(one)); }, message);
}

Result<FromNode> decodeFromNode(std::string_view text) {
  cloud::Faults faults;
  const auto message = parse(text, faults);
  const auto type = memberText(message, "type");
  FromNode decoded;
  if (type == "hello") {
    if (auto other = otherVersion(message)) return *std::move(other);
    decoded = readHello(message, faults);
  } else if (type == "report") {
    decoded = readReport(message, faults);
  } else {
    refuseType(type, faults);
  }
  return unless(faults, std::move(decoded));
}

Result<FromCluster> decodeFromCluster(std::string_view text) {
  cloud::Faults faults;
  const auto message = parse(text, faults);
  const auto type = memberText(message, "type");
  FromCluster decoded;
  if (type == "part") {
    decoded = readWhole(message, faults);
  } else if (type == "change") {
    decoded = readChange(message, faults);
  } else if (type == "refusal") {
    decoded = readRefusal(message, faults);
  } else {
    refuseType(type, faults);
  }
  return unless(faults, std::move(decoded));
}

Result<WholePart> decodeStored(std::string_view text) {
  cloud::Faults faults;
  auto stored = parse(text, faults);
  bringUpToDate(stored);
  WholePart whole;
  if (const auto type = memberText(stored, "type"); type == "part") {
    whole = readWhole(stored, faults);
  } else {
    refuseType(type, faults);
  }
  return unless(faults, std::move(whole));
}

}  // namespace netctl::node
