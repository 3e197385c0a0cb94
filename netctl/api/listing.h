#pragma once

#include "base/result.h"
#include "modes/cloud/cloud.h"
#include "netctl/api/fields.h"

#include <boost/json.hpp>

#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What every describe has in common: which objects are wanted, and a page of them.
namespace netctl::api {

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// A list of objects of one kind, in the order of their keys.
struct ListRequest {
  std::string owner = {};                ///< empty: any
  std::vector<std::string> wanted = {};  ///< names or ids; of a network its tag; empty: all
  std::size_t limit = kNoLimit;
  std::string after = {};  ///< goes on behind this key; empty: from the beginning
};

/// `limit`; without it none.
std::size_t readLimit(const Fields& fields);
/// `limit` and `next`.
ListRequest readPage(const Fields& fields);
/// `limit`, `next`, and the names or ids in the member `single` and in the lists, each in the form
/// that `parse` gives it.
ListRequest readList(const Fields& fields, Result<std::string> (*parse)(std::string_view),
                     std::string_view single, std::initializer_list<std::string_view> lists);

/// The same, and `owner`.
ListRequest readOwnedList(const Fields& fields, Result<std::string> (*parse)(std::string_view),
                          std::string_view single, std::initializer_list<std::string_view> lists);

/// The opaque text that a describe gives and takes as `next`: the last key of a page.
std::string makeNext(std::string_view last_key);

/// The objects of one account, or of all.
struct Owned {
  std::optional<cloud::AccountId> owner;
  [[nodiscard]] bool holds(const cloud::AccountId& id) const { return !owner || *owner == id; }
};
/// NotFound where there is no such account.
Result<Owned> ownedBy(const cloud::Cloud& cloud, const std::string& owner);

/// The objects that a request names, and those of them that have been met.
class Wanted {
 public:
  explicit Wanted(const std::vector<std::string>& names) : all_(names.begin(), names.end()) {}

  /// True where one of an object's names is wanted, or where everything is.
  bool meets(std::initializer_list<std::string_view> names);
  [[nodiscard]] std::vector<std::string> missing() const;

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
  std::function<boost::json::object(const T&)> show;
};

/// `key_of` of ids that may be any text.
template <class Id>
std::optional<Id> idOf(const std::string& text) {
  return Id{text};
}

/// NotFound that names every wanted object that was not met.
Result<void> checkAllMet(const Wanted& wanted, std::string_view noun, std::string_view plural,
                         std::string_view not_found);
/// InvalidArgument: `next` is not from a list of these.
Error wrongNext(std::string_view plural);

/// `{<plural>: [...], next: text or null}`. A page begins behind the last key of the page before,
/// so that objects that come or go meanwhile make no other one appear twice or be left out.
template <class Key, class T>
Result<boost::json::value> showList(const std::map<Key, cloud::Ref<T>>& table,
                                    const Listing<Key, T>& listing, const ListRequest& request) {
  std::optional<Key> after;
  if (!request.after.empty()) {
    after = listing.key_of(request.after);
    if (!after) return wrongNext(listing.plural);
  }
  Wanted wanted(request.wanted);
  boost::json::array page;
  boost::json::value next = nullptr;
  std::string last;
  for (const auto& [key, object] : table) {
    // All are looked at, so that what is missing is known whatever the page.
    if (!listing.matches(*object, wanted)) continue;
    if (after && !(*after < key)) continue;
    if (page.size() < request.limit) {
      page.push_back(listing.show(*object));
      last = listing.text_of(key);
    } else if (next.is_null()) {
      next = makeNext(last);
    }
  }
  if (auto met = checkAllMet(wanted, listing.noun, listing.plural, listing.not_found); !met) {
    return met.error();
  }
  return boost::json::object{{listing.plural, std::move(page)}, {"next", std::move(next)}};
}

}  // namespace netctl::api
