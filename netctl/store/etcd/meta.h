#pragma once

#include "netctl/store/inventory.h"

#include <set>
#include <string>
#include <string_view>

/// What is in etcd of the cloud as a whole: the values of the keys `meta` and `reviews`. Pure.
namespace netctl::store {

/// The guard of every transaction: each writes it, and only where nobody else has written it since.
struct CloudMeta {
  std::string identity;     ///< of the cloud
  std::string writer;       ///< the netctld that writes it, and no other
  std::string writer_host;  ///< for people
  std::string last;         ///< of the last transaction: random
  Inventory inventory;
  // What the addresses of instances follow from, as of the last load. Empty: of no load yet.
  std::string mode;
  std::string subnet;
  std::string network_size;

  bool operator==(const CloudMeta&) const = default;
};

inline constexpr std::string_view kMetaKey = "meta";
inline constexpr std::string_view kReviewsKey = "reviews";
/// While a cloud is moved to etcd: its identity.
inline constexpr std::string_view kMovingKey = "moving";

std::string format(const CloudMeta& meta);
/// Unsupported where a newer netctld has written it.
Result<CloudMeta> parseMeta(std::string_view text);

/// The addresses whose flows are to be reviewed, or to be kept.
struct PendingReviews {
  std::set<net::Ipv4Address> review;
  std::set<net::Ipv4Address> keep;

  bool operator==(const PendingReviews&) const = default;
};

std::string format(const PendingReviews& pending);
Result<PendingReviews> parseReviews(std::string_view text);

}  // namespace netctl::store
