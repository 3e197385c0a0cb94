#include "netctl/api/describe.h"

#include "modes/cloud/text_rules.h"
#include "netctl/api/write.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>

namespace netctl::api {
namespace {

namespace json = boost::json;

std::optional<std::uint32_t> numberOf(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

/// Who is asked for, and who of them has been met.
class Wanted {
 public:
  explicit Wanted(const std::vector<std::string>& names) {
    for (const auto& name : names) all_.insert(name);
  }

  /// True where one of an object's names is wanted, or where everything is.
  bool meets(std::initializer_list<std::string_view> names) {
    bool met = all_.empty();
    for (const auto name : names) {
      if (const auto found = all_.find(name); found != all_.end()) {
        met_.insert(*found);
        met = true;
      }
    }
    return met;
  }
  [[nodiscard]] std::vector<std::string> missing() const {
    std::vector<std::string> result;
    std::ranges::set_difference(all_, met_, std::back_inserter(result));
    return result;
  }

 private:
  std::set<std::string, std::less<>> all_;
  std::set<std::string> met_;
};

/// How one kind of object is listed. Keys are compared as Key and written as text in `next`.
template <class Key, class T>
struct Listing {
  std::string_view plural;
  std::string_view noun;       ///< for messages
  std::string_view not_found;  ///< reason of the error
  std::function<std::optional<Key>(const std::string&)> key_of;
  std::function<std::string(const Key&)> text_of;
  std::function<bool(const T&, Wanted&)> matches;
  std::function<json::object(const T&)> write;
};

template <class Key, class T>
Result<json::value> list(const std::map<Key, cloud::Ref<T>>& table, const Listing<Key, T>& listing,
                         const DescribeRequest& request) {
  std::optional<Key> after;
  if (!request.after.empty()) {
    after = listing.key_of(request.after);
    if (!after) {
      return Error{ErrorCode::InvalidArgument,
                   "InvalidNextToken",
                   fmt::format("this 'next' is none of {}", listing.plural),
                   {{"next", "write the 'next' of the answer before"}}};
    }
  }
  Wanted wanted(request.wanted);
  json::array page;
  json::value next = nullptr;
  std::string last;
  for (const auto& [key, object] : table) {
    // All are looked at, so that what is missing is known whatever the page.
    if (!listing.matches(*object, wanted)) continue;
    if (after && !(*after < key)) continue;
    if (page.size() < request.limit) {
      page.push_back(listing.write(*object));
      last = listing.text_of(key);
    } else if (next.is_null()) {
      next = makeNext(last);
    }
  }
  if (const auto missing = wanted.missing(); !missing.empty()) {
    std::vector<std::string> names;
    for (const auto& name : missing) names.push_back(cloud::quoted(name));
    return Error{
        ErrorCode::NotFound, std::string(listing.not_found),
        names.size() == 1
            ? fmt::format("The {} {} does not exist", listing.noun, names.front())
            : fmt::format("The {} {} do not exist", listing.plural, fmt::join(names, ", "))};
  }
  return json::object{{listing.plural, std::move(page)}, {"next", std::move(next)}};
}

template <class Id>
std::function<std::optional<Id>(const std::string&)> idOf() {
  return [](const std::string& text) { return std::optional(Id{text}); };
}

/// The objects of one account, or of all.
struct Owned {
  std::optional<cloud::AccountId> owner;
  [[nodiscard]] bool holds(const cloud::AccountId& id) const { return !owner || *owner == id; }
};

Result<json::value> accounts(const cloud::Cloud& cloud, Owned by, const DescribeRequest& request) {
  return list(cloud.accounts(),
              Listing<cloud::AccountId, cloud::Account>{
                  "accounts", "account", "InvalidAccount.NotFound", idOf<cloud::AccountId>(),
                  [](const auto& id) { return id.value; },
                  [&](const auto& account, Wanted& wanted) {
                    return by.holds(account.id) && wanted.meets({account.id.value, account.name});
                  },
                  [&](const auto& account) { return write(cloud, account); }},
              request);
}

Result<json::value> groups(const cloud::Cloud& cloud, Owned by, const DescribeRequest& request) {
  return list(cloud.groups(),
              Listing<cloud::GroupId, cloud::Group>{
                  "groups", "security group", "InvalidGroup.NotFound", idOf<cloud::GroupId>(),
                  [](const auto& id) { return id.value; },
                  [&](const auto& group, Wanted& wanted) {
                    return by.holds(group.owner) && wanted.meets({group.id.value, group.name});
                  },
                  [&](const auto& group) { return write(cloud, group); }},
              request);
}

Result<json::value> addresses(const cloud::Cloud& cloud, Owned by, const DescribeRequest& request) {
  return list(cloud.addresses(),
              Listing<net::Ipv4Address, cloud::Address>{
                  "addresses", "address", "InvalidAddress.NotFound",
                  [](const std::string& text) -> std::optional<net::Ipv4Address> {
                    const auto address = net::parseIpv4Address(text);
                    return address ? std::optional(*address) : std::nullopt;
                  },
                  [](const auto& address) { return net::format(address); },
                  [&](const auto& address, Wanted& wanted) {
                    return by.holds(address.owner) && wanted.meets({net::format(address.address)});
                  },
                  [&](const auto& address) { return write(cloud, address); }},
              request);
}

Result<json::value> instances(const controller::View& view, Owned by,
                              const DescribeRequest& request) {
  return list(view.cloud.instances(),
              Listing<cloud::InstanceId, cloud::Instance>{
                  "instances", "instance", "InvalidInstanceID.NotFound",
                  [](const std::string& text) -> std::optional<cloud::InstanceId> {
                    const auto id = cloud::InstanceId::parse(text);
                    return id ? std::optional(*id) : std::nullopt;
                  },
                  [](const auto& id) { return id.canonical(); },
                  [&](const auto& instance, Wanted& wanted) {
                    return by.holds(instance.owner) && wanted.meets({instance.id.canonical()});
                  },
                  [&](const auto& instance) { return write(view, instance); }},
              request);
}

Result<json::value> networks(const cloud::Cloud& cloud, Owned by, const DescribeRequest& request) {
  std::map<std::uint32_t, cloud::Ref<cloud::Group>> by_tag;
  for (const auto& [id, group] : cloud.groups()) {
    if (group->tag) by_tag.emplace(group->tag->value, group);
  }
  return list(by_tag,
              Listing<std::uint32_t, cloud::Group>{
                  "networks", "network", "InvalidNetwork.NotFound", numberOf,
                  [](const auto& tag) { return std::to_string(tag); },
                  [&](const auto& group, Wanted& wanted) {
                    return by.holds(group.owner) &&
                           wanted.meets({std::to_string(group.tag->value)});
                  },
                  [&](const auto& group) { return writeNetwork(cloud, group); }},
              request);
}

Result<json::value> nodes(const controller::View& view, const DescribeRequest& request) {
  const auto& settings = view.cloud.settings();
  std::map<std::string, cloud::Ref<std::string>> all;
  for (const auto& [name, node] : view.nodes)
    all.emplace(name, std::make_shared<std::string>(name));
  if (settings.host.role != cloud::Role::Cluster) {
    all.emplace(settings.host.node_name, std::make_shared<std::string>(settings.host.node_name));
  }
  return list(all,
              Listing<std::string, std::string>{
                  "nodes", "node", "InvalidNode.NotFound", idOf<std::string>(),
                  [](const auto& name) { return name; },
                  [](const auto& name, Wanted& wanted) { return wanted.meets({name}); },
                  [&](const auto& name) { return writeNode(view, name); }},
              request);
}

}  // namespace

Result<json::value> describe(const controller::View& view, const DescribeRequest& request) {
  Owned by;
  if (!request.owner.empty()) {
    const auto account = cloud::findAccount(view.cloud, request.owner);
    if (!account) return account.error();
    by.owner = (*account)->id;
  }
  switch (request.noun) {
    case Noun::Account:
      return accounts(view.cloud, by, request);
    case Noun::Group:
      return groups(view.cloud, by, request);
    case Noun::Address:
      return addresses(view.cloud, by, request);
    case Noun::Instance:
      return instances(view, by, request);
    case Noun::Network:
      return networks(view.cloud, by, request);
    case Noun::Node:
      return nodes(view, request);
  }
  throw std::logic_error("no such noun");
}

bool lacksDefaultGroup(const cloud::Cloud& cloud, const DescribeRequest& request) {
  const bool shows = request.wanted.empty() ||
                     std::ranges::find(request.wanted, "default") != request.wanted.end();
  if (request.noun != Noun::Group || request.owner.empty() || !shows) return false;
  const auto account = cloud::findAccount(cloud, request.owner);
  return account && !cloud.groupByName((*account)->id, "default");
}

}  // namespace netctl::api
