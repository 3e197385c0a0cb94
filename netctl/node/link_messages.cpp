#include "netctl/node/link_messages.h"

#include "netctl/node/members.h"
#include "netctl/node/part_json.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <limits>
#include <optional>

namespace netctl::node {
namespace {

namespace json = boost::json;

constexpr auto kAnyNumber = std::numeric_limits<std::uint64_t>::max();

json::object write(const Hello& hello) {
  return {{"type", "hello"},
          {"protocol", hello.protocol},
          {"node", hello.node},
          {"cluster", hello.cluster},
          {"revision", hello.revision}};
}

json::object write(const Report& report) {
  json::object ports;
  for (const auto& [id, port] : report.ports) {
    json::object written{
        {"state", format(port.state)}, {"reason", port.reason}, {"address", nullptr}};
    if (port.address) written["address"] = net::format(*port.address);
    ports[id.text()] = std::move(written);
  }
  return {{"type", "report"},
          {"revision", report.revision},
          {"not_in_force", json::array(report.not_in_force.begin(), report.not_in_force.end())},
          {"ports", std::move(ports)}};
}

json::object write(const WholePart& whole) {
  return {{"type", "part"},
          {"protocol", kProtocol},
          {"cluster", whole.cluster},
          {"revision", whole.revision},
          {"part", toJson(whole.part)}};
}

json::object write(const PartChange& change) {
  return {{"type", "change"},
          {"base", change.base},
          {"revision", change.revision},
          {"difference", toJson(change.difference)}};
}

json::object write(const Refusal& refusal) {
  return {{"type", "refusal"}, {"reason", refusal.reason}};
}

std::optional<PortState> parseState(std::string_view text) {
  for (const auto state : {PortState::Waiting, PortState::Open, PortState::Failed}) {
    if (format(state) == text) return state;
  }
  return {};
}

Hello readHello(const json::value& value, Verdict& verdict) {
  const Members members(value, "", {"type", "protocol", "node", "cluster", "revision"}, verdict);
  return {members.number("protocol", 0, kAnyNumber), members.text("node"), members.text("cluster"),
          members.number("revision", 0, kAnyNumber)};
}

Report readReport(const json::value& value, Verdict& verdict) {
  const Members members(value, "", {"type", "revision", "not_in_force", "ports"}, verdict);
  Report report{members.number("revision", 0, kAnyNumber), {}, {}};
  const auto* const lines = members.at("not_in_force").if_array();
  if (lines == nullptr) verdict.refuse("not_in_force", "is no list");
  for (const auto& line : lines == nullptr ? json::array() : *lines) {
    if (!line.is_string()) {
      verdict.refuse("not_in_force", "holds what is no text");
    } else {
      report.not_in_force.emplace_back(line.get_string());
    }
  }
  for (const auto& member : members.object("ports")) {
    const auto path = fmt::format("ports.{}", std::string_view(member.key()));
    const auto id = cloud::InstanceId::parse(member.key());
    const Members port(member.value(), path, {"state", "reason", "address"}, verdict);
    if (!id) verdict.refuse(path, "has a wrong name");
    Port read{PortState::Waiting, port.text("reason")};
    port.read("state", read.state, parseState);
    if (!port.at("address").is_null()) {
      port.read("address", read.address.emplace(), net::parseIpv4Address);
    }
    if (id && !report.ports.emplace(*id, std::move(read)).second) {
      verdict.refuse(path, "is there twice");
    }
    if (verdict.refused()) break;
  }
  return report;
}

WholePart readWhole(const json::value& value, Verdict& verdict) {
  const Members members(value, "", {"type", "protocol", "cluster", "revision", "part"}, verdict);
  if (members.number("protocol", 0, kAnyNumber) != kProtocol) {
    verdict.refuse("protocol", "is of another version");
  }
  return {members.text("cluster"), members.number("revision", 0, kAnyNumber),
          readPart(members.at("part"), "part", verdict)};
}

PartChange readChange(const json::value& value, Verdict& verdict) {
  const Members members(value, "", {"type", "base", "revision", "difference"}, verdict);
  return {members.number("base", 0, kAnyNumber), members.number("revision", 0, kAnyNumber),
          readDifference(members.at("difference"), "difference", verdict)};
}

Refusal readRefusal(const json::value& value, Verdict& verdict) {
  return {Members(value, "", {"type", "reason"}, verdict).text("reason")};
}

/// Null where the text is no JSON at all.
json::value parse(std::string_view text, Verdict& verdict) {
  boost::system::error_code fault;
  auto value = json::parse(text, fault);
  if (fault) verdict.refuse("", "is no JSON");
  return fault ? json::value() : value;
}

std::string_view memberText(const json::value& value, std::string_view name) {
  const auto* const object = value.if_object();
  const auto* const member = object == nullptr ? nullptr : object->if_contains(name);
  const auto* const text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

/// A peer of another version may say hello in its own way; only its version is looked at.
std::optional<Error> otherVersion(const json::value& value) {
  const auto* const protocol = value.as_object().if_contains("protocol");
  if (protocol == nullptr || *protocol == kProtocol) return {};
  return Error{ErrorCode::Unsupported, "UnsupportedOperation",
               fmt::format("the node speaks version {} of the node link, and this cluster host {}; "
                           "install the same netctl on both",
                           json::serialize(*protocol).substr(0, 20), kProtocol)};
}

}  // namespace

std::string_view format(PortState state) {
  switch (state) {
    case PortState::Waiting:
      return "waiting";
    case PortState::Open:
      return "open";
    case PortState::Failed:
      return "failed";
  }
  return {};
}

std::string encode(const FromNode& message) {
  return std::visit([](const auto& one) { return json::serialize(write(one)); }, message);
}

std::string encode(const FromCluster& message) {
  return std::visit([](const auto& one) { return json::serialize(write(one)); }, message);
}

Result<FromNode> decodeFromNode(std::string_view text) {
  Verdict verdict;
  const auto value = parse(text, verdict);
  const auto type = memberText(value, "type");
  FromNode message;
  if (type == "hello") {
    if (auto other = otherVersion(value)) return *std::move(other);
    message = readHello(value, verdict);
  } else if (type == "report") {
    message = readReport(value, verdict);
  } else {
    verdict.refuse("type", "is not known");
  }
  if (verdict.refused()) return verdict.error();
  return message;
}

Result<FromCluster> decodeFromCluster(std::string_view text) {
  Verdict verdict;
  const auto value = parse(text, verdict);
  const auto type = memberText(value, "type");
  FromCluster message;
  if (type == "part") {
    message = readWhole(value, verdict);
  } else if (type == "change") {
    message = readChange(value, verdict);
  } else if (type == "refusal") {
    message = readRefusal(value, verdict);
  } else {
    verdict.refuse("type", "is not known");
  }
  if (verdict.refused()) return verdict.error();
  return message;
}

}  // namespace netctl::node
