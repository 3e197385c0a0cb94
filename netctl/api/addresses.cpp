#include "modes/cloud/resource_ids.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <boost/json.hpp>

/// The noun `address`: address.allocate to address.disassociate.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr Parameter kAddress{"address", String, false, "public address", R"("203.0.113.10")"};

/// As the cloud writes it.
Result<std::string> parseAddressText(std::string_view text) {
  const auto address = parseAddress(text);
  if (!address) return address.error();
  return net::format(*address);
}

std::optional<net::Ipv4Address> addressOf(const std::string& text) {
  const auto address = net::parseIpv4Address(text);
  return address ? std::optional(*address) : std::nullopt;
}

json::object showAddress(const cloud::Cloud& cloud, const cloud::Address& address) {
  json::object result{{"address", net::format(address.address)}};
  addOwner(result, cloud, address.owner);
  result["instance_id"] = nullptr;
  if (address.instance) result["instance_id"] = address.instance->text();
  result["automatic"] = address.automatic;
  result["allocation_id"] = cloud::allocationId(address);
  return result;
}

template <class Command>
json::object showAddressAfter(const View& view, const Command& done,
                              const cloud::Outcome& outcome) {
  const auto* const which = std::get_if<net::Ipv4Address>(&outcome.object);
  if (const auto address = which != nullptr ? view.cloud.address(*which) : nullptr) {
    return showAddress(view.cloud, *address);
  }
  return showOwner(view.cloud, done.owner);
}

Method allocateAddress() {
  return {.name = "address.allocate",
          .help = "Gives an elastic address of the public pool to an account.",
          .parameters =
              {required(kOwner),
               {"address", String, false,
                "this one; without it the lowest free one, and last what another account gave back",
                R"("203.0.113.20")"},
               {"client_token", String, false, "the same token gives the same address again",
                R"("order-4711")"},
               kDryRun},
          .positional = "address",
          .result = "the address",
          .example = R"({"owner": "alice", "client_token": "order-4711"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::AllocateAddress{
                    readOwner(fields), fields.parsed("address", parseAddress),
                    fields.parsed("client_token", checked(cloud::checkClientToken)).value_or("")};
              },
              showAddressAfter<cloud::AllocateAddress>)};
}

Method releaseAddress() {
  return {.name = "address.release",
          .help = "Gives an elastic address that no instance has back to the pool.",
          .parameters = {required(kOwner), required(kAddress), kDryRun},
          .positional = "address",
          .result = "address, owner, owner_id",
          .example = R"({"owner": "alice", "address": "203.0.113.10"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::ReleaseAddress{readOwner(fields), readAddress(fields)};
              },
              [](const View& view, const cloud::ReleaseAddress& done, const cloud::Outcome&) {
                auto result = showOwner(view.cloud, done.owner);
                result["address"] = net::format(done.address);
                return result;
              })};
}

Method describeAddresses() {
  return {.name = "address.describe",
          .help = "Lists the public addresses that accounts hold.",
          .parameters = {kAnyOwner,
                         kAddress,
                         {"ids", Strings, false, "addresses", R"(["203.0.113.10"])"},
                         kLimit,
                         kNext},
          .positional = "ids",
          .plural = "addresses",
          .result =
              "addresses: address, owner, owner_id, instance_id or null, automatic, allocation_id",
          .example = R"({"owner": "alice"})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parseAddressText, "address", {"ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    view.cloud.addresses(),
                    Listing<net::Ipv4Address, cloud::Address>{
                        "addresses", "address", "InvalidAddress.NotFound", addressOf,
                        [](const auto& address) { return net::format(address); },
                        [&](const auto& address, Wanted& wanted) {
                          return by->holds(address.owner) &&
                                 wanted.meets({net::format(address.address)});
                        },
                        [&](const auto& address) { return showAddress(view.cloud, address); }},
                    request);
              })};
}

Method associateAddress() {
  return {
      .name = "address.associate",
      .help = "Gives an instance an elastic address as its public address.",
      .parameters = {required(kOwner),
                     required(kAddress),
                     required(kInstanceId),
                     {"allow_reassociation", Boolean, false,
                      "takes it from the instance that has it; without it that is refused", "true"},
                     kDryRun},
      .positional = "address",
      .result = "the address",
      .example = R"({"owner": "alice", "address": "203.0.113.10", "instance_id": "i-0A1B2C3D"})",
      .action = command(
          [](const Fields& fields) {
            return cloud::AssociateAddress{readOwner(fields), readAddress(fields),
                                           readInstanceId(fields),
                                           fields.flag("allow_reassociation")};
          },
          showAddressAfter<cloud::AssociateAddress>)};
}

Method disassociateAddress() {
  return {.name = "address.disassociate",
          .help = "Takes an elastic address from its instance; the account keeps it.",
          .parameters = {required(kOwner), required(kAddress), kKeepFlows, kDryRun},
          .positional = "address",
          .result = "the address",
          .example = R"({"owner": "alice", "address": "203.0.113.11"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DisassociateAddress{readOwner(fields), readAddress(fields),
                                                  fields.flag("keep_flows")};
              },
              showAddressAfter<cloud::DisassociateAddress>)};
}

}  // namespace

std::vector<Method> addressMethods() {
  return {allocateAddress(), releaseAddress(), describeAddresses(), associateAddress(),
          disassociateAddress()};
}

}  // namespace netctl::api
