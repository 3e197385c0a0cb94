#include "base/number.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <fmt/format.h>
#include <boost/json.hpp>

/// The noun `forward`: forward.create to forward.describe.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr std::int64_t kLastPort = 65535;
constexpr Parameter kForwardAddress{
    "address", String, false,
    "an elastic address of the account that no instance has, or one of VNET_PUBINTERFACE's own",
    R"("203.0.113.10")"};
constexpr Parameter kForwardProtocol{"protocol", String, true, "`tcp` or `udp`", R"("tcp")"};
constexpr Parameter kFirstPort{
    "from_port", Number, true,     "the public port, or the first one of a range",
    "8000",      1,      kLastPort};

net::Protocol readProtocol(const Fields& fields) {
  const auto parse = [](std::string_view text) -> Result<net::Protocol> {
    const auto protocol = net::parseProtocol(text);
    if (protocol && (*protocol == net::kTcp || *protocol == net::kUdp)) return *protocol;
    return cloud::invalid(fmt::format("{} has no ports to forward; write tcp or udp", quote(text)));
  };
  return fields.parsed("protocol", parse).value_or(net::kTcp);
}

/// Absent where it is not given, or wrong.
std::optional<std::uint16_t> readPort(const Fields& fields, std::string_view name) {
  const auto port = fields.number(name);
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

cloud::CreateForward readCreation(const Fields& fields) {
  const auto first = readPort(fields, "from_port").value_or(1);
  return {.owner = readOwner(fields),
          .address = readAddress(fields),
          .protocol = readProtocol(fields),
          .ports = {first, readPort(fields, "to_port").value_or(first)},
          .instance = readInstanceId(fields),
          .instance_port = readPort(fields, "instance_port").value_or(first)};
}

json::object showForward(const cloud::Cloud& cloud, const cloud::Forward& forward) {
  json::object result{{"address", net::format(forward.address)},
                      {"protocol", net::format(forward.protocol)},
                      {"from_port", forward.ports.first},
                      {"to_port", forward.ports.last}};
  addOwner(result, cloud, forward.owner);
  result["instance_id"] = forward.instance.text();
  result["instance_port"] = forward.instance_port;
  return result;
}

/// `ADDRESS PROTOCOL PORT`, as in `next`.
std::string textOf(const cloud::ForwardId& id) {
  return fmt::format("{} {} {}", net::format(id.address), net::format(id.protocol), id.first_port);
}

std::optional<cloud::ForwardId> forwardIdOf(const std::string& text) {
  const auto first = text.find(' ');
  const auto second = text.rfind(' ');
  if (first == std::string::npos || second == first) return {};
  const auto address = net::parseIpv4Address(text.substr(0, first));
  const auto protocol = net::parseProtocol(text.substr(first + 1, second - first - 1));
  const auto port = parseWhole<std::uint16_t>(std::string_view(text).substr(second + 1));
  if (!address || !protocol || !port) return {};
  return cloud::ForwardId{*address, *protocol, *port};
}

Result<std::string> parseForwardAddress(std::string_view text) {
  const auto address = parseAddress(text);
  if (!address) return address.error();
  return net::format(*address);
}

Method createForward() {
  return {
      .name = "forward.create",
      .help =
          "Leads a port of a public address, or a range of ports, to an instance. The "
          "permissions of its groups decide, about the instance's port. An address with "
          "forwards cannot be associated or released.",
      .parameters = {required(kOwner),
                     required(kForwardAddress),
                     kForwardProtocol,
                     kFirstPort,
                     {"to_port", Number, false, "the last public port; without it there is but one",
                      "8009", 1, kLastPort},
                     required(kInstanceId),
                     {"instance_port", Number, false,
                      "the instance's port behind from_port, and so on; without it the same "
                      "as from_port",
                      "80", 1, kLastPort},
                     kDryRun},
      .positional = "address",
      .result = "the forward",
      .example = R"({"owner": "alice", "address": "203.0.113.10", "protocol": "tcp", )"
                 R"("from_port": 8080, "instance_id": "i-0A1B2C3D", "instance_port": 80})",
      .action = command(readCreation, [](const View& view, const cloud::CreateForward& done,
                                         const cloud::Outcome&) {
        const auto forward = view.cloud.forward({done.address, done.protocol, done.ports.first});
        return forward ? showForward(view.cloud, *forward) : showOwner(view.cloud, done.owner);
      })};
}

Method deleteForward() {
  return {.name = "forward.delete",
          .help = "Ends a forward, and the flows that came by it.",
          .parameters = {required(kOwner), required(kForwardAddress), kForwardProtocol, kFirstPort,
                         kKeepFlows, kDryRun},
          .positional = "address",
          .result = "address, protocol, from_port, owner, owner_id",
          .example = R"({"owner": "alice", "address": "203.0.113.10", "protocol": "tcp", )"
                     R"("from_port": 8080})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DeleteForward{
                    readOwner(fields), readAddress(fields), readProtocol(fields),
                    readPort(fields, "from_port").value_or(1), fields.flag("keep_flows")};
              },
              [](const View& view, const cloud::DeleteForward& done, const cloud::Outcome&) {
                auto result = showOwner(view.cloud, done.owner);
                result["address"] = net::format(done.address);
                result["protocol"] = net::format(done.protocol);
                result["from_port"] = done.first_port;
                return result;
              })};
}

Method describeForwards() {
  return {
      .name = "forward.describe",
      .help = "Lists the forwards.",
      .parameters = {kAnyOwner,
                     {"address", String, false, "only those of this address", R"("203.0.113.10")"},
                     {"ids", Strings, false, "addresses", R"(["203.0.113.10"])"},
                     kLimit,
                     kNext},
      .positional = "ids",
      .plural = "forwards",
      .result =
          "forwards: address, protocol, from_port, to_port, owner, owner_id, "
          "instance_id, instance_port",
      .example = R"({"owner": "alice"})",
      .action = query(
          [](const Fields& fields) {
            return readOwnedList(fields, parseForwardAddress, "address", {"ids"});
          },
          [](const View& view, const ListRequest& request) -> Result<json::value> {
            const auto by = ownedBy(view.cloud, request.owner);
            if (!by) return by.error();
            return showList(
                view.cloud.forwards(),
                Listing<cloud::ForwardId, cloud::Forward>{
                    "forwards", "forward of", "InvalidForward.NotFound", forwardIdOf, textOf,
                    [&](const auto& forward, Wanted& wanted) {
                      return by->holds(forward.owner) &&
                             wanted.meets({net::format(forward.address)});
                    },
                    [&](const auto& forward) { return showForward(view.cloud, forward); }},
                request);
          })};
}

}  // namespace

std::vector<Method> forwardMethods() {
  return {createForward(), deleteForward(), describeForwards()};
}

}  // namespace netctl::api
