#pragma once

#include "modes/cloud/node_report.h"
#include "modes/cloud/part.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What the two ends of the node link say to each other: JSON objects, told apart by `type`.
/// Signs of life are not among them: see Channel.
namespace netctl::node {

/// The version of all that follows. Either side refuses any other.
inline constexpr std::uint64_t kProtocol = 4;

/// How far a part of the cloud has come. The cluster host counts its changes from its start on, so
/// that a number alone does not tell whether it is of today or of before a restart: the epoch is
/// new with each start, and numbers of different epochs say nothing of each other.
struct Revision {
  std::string epoch;  ///< hexadecimal digits; empty: nothing has come yet
  std::uint64_t number = 0;

  bool operator==(const Revision&) const = default;
};

/// The node begins.
struct Hello {
  std::uint64_t protocol = kProtocol;
  std::string node;
  std::string cluster;  ///< the id of the cluster that it belongs to; empty: none yet
  Revision revision;    ///< of the part that it has
};

/// How the node stands.
struct Report {
  std::string epoch;  ///< of the report's revision
  cloud::NodeReport content;

  bool operator==(const Report&) const = default;
};

/// The cluster's answer to a hello, and again whenever a difference would not do.
struct WholePart {
  std::string cluster;
  Revision revision;
  cloud::Part part;
};

/// The changes of the part since revision `base`, which is of the same epoch.
struct PartChange {
  std::uint64_t base = 0;
  Revision revision;
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

/// InvalidArgument with all that is wrong for anything that `encode` does not give; Unsupported for
/// a hello of another version, whatever else is in it.
Result<FromNode> decodeFromNode(std::string_view text);
Result<FromCluster> decodeFromCluster(std::string_view text);

/// The part that a node keeps on disk: a message as `encode` gives it, or one of version 3, which
/// had no MACs of cluster hosts, or of version 2, which had no epochs either. A node that was
/// brought up to date goes on with what it had.
Result<WholePart> decodeStored(std::string_view text);

}  // namespace netctl::node
