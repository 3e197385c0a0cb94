#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace netctl::host {

/// The process that answers instances about themselves.
struct MetadataServer {
  bool needs_token = false;  ///< nothing is answered without a session token

  auto operator<=>(const MetadataServer&) const = default;
};

struct Metadata {
  std::optional<MetadataServer> server;
  /// What it tells an instance, by the private address that asks: the text of a file.
  std::map<net::Ipv4Address, std::string> documents;

  bool operator==(const Metadata&) const = default;
};

struct SetMetadataDocument {
  net::Ipv4Address address;
  std::optional<std::string> text;  ///< absent: goes
  bool operator==(const SetMetadataDocument&) const = default;
};
/// Starts the server, gives it other settings, or (absent) ends it.
struct SetMetadataServer {
  std::optional<MetadataServer> server;
  bool operator==(const SetMetadataServer&) const = default;
};

/// What is nobody's any more goes before another may get it, and the server starts with its
/// documents in place.
enum MetadataOrder : std::uint8_t { kRemoveDocuments, kPutDocuments, kMetadataServer };

/// By private address.
struct MetadataDocumentKind {
  using Made = StepTypes<SetMetadataDocument>;
  static auto& objects(auto& state) { return state.metadata.documents; }
  static auto& names(auto& scope) { return scope.metadata_documents; }

  static void plan(auto& steps, net::Ipv4Address address, const Change<std::string>& change) {
    steps.add({Phase::Metadata, change.wanted != nullptr ? kPutDocuments : kRemoveDocuments},
              SetMetadataDocument{address, entryChange(change).after});
  }
  static void touched(const SetMetadataDocument& step, std::set<net::Ipv4Address>& names) {
    names.insert(step.address);
  }
  static void carryOut(const SetMetadataDocument& step,
                       std::map<net::Ipv4Address, std::string>& documents) {
    carryOutAll<net::Ipv4Address, std::string>({{step.address, {{}, step.text}}}, documents);
  }
  static Bearing bearing(const SetMetadataDocument&) { return {}; }
  static void describe(const SetMetadataDocument& step, Lines& lines);
};

struct MetadataServerKind {
  using Made = StepTypes<SetMetadataServer>;
  static auto& objects(auto& state) { return state.metadata.server; }
  static auto& names(auto& scope) { return scope.metadata_server; }

  static void plan(auto& steps, const Change<MetadataServer>& change) {
    steps.add({Phase::Metadata, kMetadataServer}, SetMetadataServer{entryChange(change).after});
  }
  static void touched(const SetMetadataServer&, bool& named) { named = true; }
  static void carryOut(const SetMetadataServer& step, std::optional<MetadataServer>& server) {
    server = step.server;
  }
  static Bearing bearing(const SetMetadataServer&) { return {}; }
  static void describe(const SetMetadataServer& step, Lines& lines);
};

}  // namespace netctl::host
