#pragma once

#include "base/result.h"
#include "modes/cloud/faults.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The parameters of a request to the EC2 Query API: `application/x-www-form-urlencoded` pairs,
/// from the query string and from the body, where a list is `Name.1`, `Name.2`, ... and a structure
/// `Name.Member`. Some clients count lists from 0.
namespace netctl::ec2 {

inline constexpr std::size_t kMaxParameters = 2000;
inline constexpr std::uint32_t kMaxIndex = 1000;  ///< of `Name.N`

using Pairs = std::map<std::string, std::string>;

/// EC2's MalformedQueryString: the request is not one of the Query API.
Error malformedQuery(std::string message);

/// Decodes pairs and adds them. MalformedQueryString for a bad escape, a pair without `=`, a
/// name that is there already (two meanings of one request), control characters, bytes that are
/// not UTF-8, and too many.
Result<void> addPairs(std::string_view encoded, Pairs& pairs);

/// RFC 3986: all but letters, digits and `-._~` as `%XX`, as both signature versions want it.
std::string encode(std::string_view text);

/// Parameters by name; an empty value is as if it were missing. What is wrong goes to `faults`,
/// with the name; the getters give only right values, so that reading goes on and finds the rest.
/// What nobody has asked for until the end is a parameter that the action does not know.
class Parameters {
 public:
  Parameters(Pairs pairs, cloud::Faults& faults)
      : Parameters(std::move(pairs), "", faults, std::make_shared<std::set<std::string>>()) {}

  [[nodiscard]] bool has(std::string_view name) const { return !text(name).empty(); }
  /// Empty where it is missing.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// As above; missing is a fault, for which alone it may be asked.
  const std::string& required(std::string_view name) const;
  /// `true`, `false`, `1` or `0`; missing is false.
  [[nodiscard]] bool flag(std::string_view name) const;
  /// A strict decimal, perhaps negative, within the limits.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name, std::int64_t minimum,
                                                   std::int64_t maximum) const;
  /// The values of `Name.0`, `Name.1`, ..., in the order of their numbers; gaps are allowed.
  /// Empty ones are left out.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  /// The same with the empty ones.
  [[nodiscard]] std::vector<std::string> listWithEmpty(std::string_view name) const;
  /// The structures `Name.0.*`, `Name.1.*`, ... as well.
  [[nodiscard]] std::vector<Parameters> structures(std::string_view name) const;
  /// The structure `Name.*`.
  [[nodiscard]] Parameters structure(std::string_view name) const;
  /// True where any is named so, or begins with that and a point.
  [[nodiscard]] bool hasAny(std::string_view name) const;

  /// UnknownParameter for each that nobody has asked for, but for those that `has_no_meaning`.
  template <class HasNoMeaning>
  void refuseUnasked(HasNoMeaning has_no_meaning) const {
    for (const auto& [name, value] : pairs_) {
      if (!asked_->contains(pathOf(name)) && !has_no_meaning(pathOf(name))) unknown(name);
    }
  }

  /// The whole name of one of its own, for messages: `IpPermissions.1.FromPort`.
  [[nodiscard]] std::string pathOf(std::string_view name) const {
    return path_ + std::string(name);
  }
  /// MissingParameter.
  void missing(std::string_view name) const;
  /// UnknownParameter.
  void unknown(std::string_view name) const;
  /// InvalidParameterValue, or another reason.
  void wrong(std::string_view name, std::string message,
             std::string reason = "InvalidParameterValue") const;
  /// The failed result's error as fault of that parameter. True where it succeeded.
  template <class T>
  bool check(std::string_view name, const Result<T>& result) const {
    return faults_->check(pathOf(name), result);
  }
  [[nodiscard]] cloud::Faults& faults() const { return *faults_; }

 private:
  using Names = std::set<std::string>;

  Parameters(Pairs pairs, std::string path, cloud::Faults& faults, std::shared_ptr<Names> asked)
      : pairs_(std::move(pairs)),
        path_(std::move(path)),
        faults_(&faults),
        asked_(std::move(asked)) {}
  /// The members of `Name.N`, by N.
  [[nodiscard]] std::map<std::uint32_t, Pairs> members(std::string_view name) const;

  Pairs pairs_;
  std::string path_;
  cloud::Faults* faults_;
  std::shared_ptr<Names> asked_;  ///< of the whole request
};

}  // namespace netctl::ec2
