#pragma once

#include "modes/cloud/part.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the two ends of the node link say to each other: JSON objects, told apart by `type`.
/// Signs of life are not among them: see Channel.
namespace netctl::node {

/// The version of all that follows. Either side refuses any other.
inline constexpr std::uint64_t kProtocol = 2;

/// The node begins.
struct Hello {
  std::uint64_t protocol = kProtocol;
  std::string node;
  std::string cluster;         ///< the id of the cluster that it belongs to; empty: none yet
  std::uint64_t revision = 0;  ///< of the part that it has
};

enum class PortState { Waiting, Open, Failed };
std::string_view format(PortState state);

struct Port {
  PortState state = PortState::Waiting;
  std::string reason;
  /// In SYSTEM: the one that the node has learned.
  std::optional<net::Ipv4Address> address = {};

  bool operator==(const Port&) const = default;
};

/// How the node stands: all of it, each time.
struct Report {
  std::uint64_t revision = 0;             ///< the newest that was carried out
  std::vector<std::string> not_in_force;  ///< what of it is not, and why; empty: it is in force
  std::map<cloud::InstanceId, Port> ports;

  bool operator==(const Report&) const = default;
};

/// The cluster's answer to a hello, and again whenever a difference would not do.
struct WholePart {
  std::string cluster;
  std::uint64_t revision = 0;
  cloud::Part part;
};

/// What has become of the part of revision `base`.
struct PartChange {
  std::uint64_t base = 0;
  std::uint64_t revision = 0;
  cloud::PartDifference difference;
};

/// The cluster turns the node away and ends the connection.
struct Refusal {
  std::string reason;
};

using FromNode = std::variant<Hello, Report>;
using FromCluster = std::variant<WholePart, PartChange, Refusal>;

std::string encode(const FromNode& message);
std::string encode(const FromCluster& message);

/// InvalidArgument for anything that `encode` does not give; Unsupported for a hello of another
/// version, whatever else is in it.
Result<FromNode> decodeFromNode(std::string_view text);
Result<FromCluster> decodeFromCluster(std::string_view text);

}  // namespace netctl::node
