#include "netctl/pki/authority.h"

#include "base/descriptor.h"
#include "base/durable_file.h"
#include "base/file.h"
#include "base/text.h"
#include "netctl/config/values.h"
#include "netctl/pki/revocation_list.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace netctl::pki {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPublic = 0644;
constexpr mode_t kSecret = 0600;

constexpr auto* kAuthorityCertificate = "ca.crt";
constexpr auto* kAuthorityKey = "ca.key";
constexpr auto* kRevoked = "ca.crl";
constexpr auto* kHostCertificate = "host.crt";
constexpr auto* kClientCertificate = "client.crt";
/// In the directory of a certificate that was renewed: those that it had before.
constexpr auto* kFormer = "former.crt";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";

Result<std::string> readOf(const fs::path& path) {
  auto text = files::read(path);
  if (!text) return text.error();
  if (!*text) {
    return Error{
        ErrorCode::NotFound, "Unavailable",
        fmt::format("there is no {}; 'netctl pki init' makes the authority, on the cluster "
                    "host",
                    path.string())};
  }
  return **std::move(text);
}

Result<KeyPair> authorityIn(const fs::path& directory) {
  auto certificate = readOf(directory / kAuthorityCertificate);
  if (!certificate) return certificate.error();
  auto key = readOf(directory / kAuthorityKey);
  if (!key) return key.error();
  return KeyPair{*std::move(certificate), *std::move(key)};
}

/// Two commands at once would each write what it has read: one waits for the other.
Result<Descriptor> lock(const fs::path& directory) {
  Descriptor held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (held.get() >= 0 && ::flock(held.get(), LOCK_EX) == 0) return held;
  return Error{ErrorCode::NotFound, "Unavailable",
               fmt::format("cannot use {}: {}; 'netctl pki init' makes it, on the cluster host",
                           directory.string(), std::strerror(errno))};
}

/// A certificate in a directory of its own.
struct Bundle {
  fs::path path;
  fs::path certificate;
  std::string text;
  std::string former;  ///< PEM, one after the other; empty: it was never renewed
};

/// Absent where there is none of that name.
Result<std::optional<Bundle>> bundleOf(const fs::path& directory, const std::string& name) {
  if (!config::parseName(name, name.size())) return std::optional<Bundle>();
  const auto path = directory / name;
  for (const auto* file : {kHostCertificate, kClientCertificate}) {
    auto text = files::read(path / file);
    if (!text) return text.error();
    if (!*text) continue;
    auto former = files::read(path / kFormer);
    if (!former) return former.error();
    return std::optional(Bundle{path, path / file, **std::move(text), former->value_or("")});
  }
  return std::optional<Bundle>();
}

Error noCertificate(const fs::path& directory, const std::string& name) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("{} has no certificate of the name {}; 'netctl pki node NAME' and 'netctl "
                      "pki client NAME' make them",
                      directory.string(), quote(name))};
}

/// The numbers of all that a bundle has and had.
Result<std::vector<std::string>> serialsIn(const Bundle& bundle) {
  std::vector<std::string> serials;
  const auto all = bundle.former + bundle.text;
  for (auto at = all.find(kBegin); at != std::string::npos; at = all.find(kBegin, at + 1)) {
    auto serial = serialOf(std::string_view(all).substr(at));
    if (!serial) return serial.error();
    if (std::ranges::find(serials, *serial) == serials.end()) serials.push_back(*std::move(serial));
  }
  return serials;
}

/// As openssl(1) shows it, with colons or without.
std::string serialIn(std::string text) {
  std::erase(text, ':');
  return text;
}

/// All that are made here have 16 octets: a name that was mistyped is not taken for one.
bool isSerial(std::string_view text) {
  static constexpr std::size_t kDigitsInAll = 32;
  static constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  return text.size() == kDigitsInAll && text.find_first_not_of(kDigits) == std::string_view::npos;
}

}  // namespace

Result<void> makeAuthority(const fs::path& directory, const std::vector<std::string>& hosts) {
  const auto authority = makeAuthority();
  if (!authority) return authority.error();
  const auto host = issue(*authority, {Kind::Cluster, "cluster"}, hosts);
  if (!host) return host.error();
  if (auto made = files::makeDirectory(directory.parent_path()); !made) return made;
  return files::writeDirectory(directory, {{kAuthorityCertificate, authority->certificate, kPublic},
                                           {kAuthorityKey, authority->key, kSecret},
                                           {"host.crt", host->certificate, kPublic},
                                           {"host.key", host->key, kSecret}});
}

Result<void> renewAuthority(const fs::path& directory, const std::vector<std::string>& hosts) {
  const auto held = lock(directory);
  if (!held) return held.error();
  auto authority = authorityIn(directory);
  if (!authority) return authority.error();
  const auto own = readOf(directory / kHostCertificate);
  if (!own) return own.error();
  auto renewed = renewAuthority(*authority);
  if (!renewed) return renewed.error();
  authority->certificate = *std::move(renewed);
  // The longest that there is: it ends with the authority.
  const auto host = renew(*authority, *own, hosts, std::chrono::years(100));
  if (!host) return host.error();
  // In this order each is good with what is there of the other, whenever this ends.
  const auto authority_file = directory / kAuthorityCertificate;
  if (auto put = files::write(authority_file, authority->certificate, kPublic); !put) return put;
  return files::write(directory / kHostCertificate, *host, kPublic);
}

Result<fs::path> issue(const fs::path& directory, const Identity& holder, Validity validity) {
  const auto authority = authorityIn(directory);
  if (!authority) return authority.error();
  const auto issued = issue(*authority, holder, {}, validity);
  if (!issued) return issued.error();
  const std::string stem = holder.kind == Kind::Node ? "host" : "client";
  const auto path = directory / holder.name;
  auto written =
      files::writeDirectory(path, {{kAuthorityCertificate, authority->certificate, kPublic},
                                   {stem + ".crt", issued->certificate, kPublic},
                                   {stem + ".key", issued->key, kSecret}});
  if (!written) return written.error();
  return path;
}

Result<Renewed> renew(const fs::path& directory, const std::string& name, Validity validity) {
  const auto held = lock(directory);
  if (!held) return held.error();
  const auto authority = authorityIn(directory);
  if (!authority) return authority.error();
  const auto bundle = bundleOf(directory, name);
  if (!bundle) return bundle.error();
  if (!*bundle) return noCertificate(directory, name);
  const auto& [path, file, text, former] = **bundle;
  const auto renewed = renew(*authority, text, {}, validity);
  if (!renewed) return renewed.error();
  // The former one first: `revoke` must know of all that were made, whenever this ends.
  if (auto put = files::write(path / kFormer, former + text, kPublic); !put) return put.error();
  const auto authority_file = path / kAuthorityCertificate;
  if (auto put = files::write(authority_file, authority->certificate, kPublic); !put)
    return put.error();
  if (auto put = files::write(file, *renewed, kPublic); !put) return put.error();
  return Renewed{identityOf(*renewed).value(), path};
}

Result<std::vector<std::string>> revoke(const fs::path& directory, const std::string& what) {
  const auto held = lock(directory);
  if (!held) return held.error();
  const auto authority = authorityIn(directory);
  if (!authority) return authority.error();
  const auto bundle = bundleOf(directory, what);
  if (!bundle) return bundle.error();
  if (!*bundle && !isSerial(serialIn(what))) return noCertificate(directory, what);
  auto serials =
      *bundle ? serialsIn(**bundle) : Result<std::vector<std::string>>(std::vector{serialIn(what)});
  if (!serials) return serials.error();
  const auto former = files::read(directory / kRevoked);
  if (!former) return former.error();
  const auto list = revocationList(*authority, former->value_or(""), *serials);
  if (!list) return list.error();
  if (auto put = files::write(directory / kRevoked, *list, kPublic); !put) return put.error();
  if (!*bundle) return serials;
  std::error_code fault;
  fs::remove_all((*bundle)->path, fault);
  if (fault) {
    return Error{ErrorCode::Internal, "InternalError",
                 fmt::format("the certificate of {} is revoked, but {} cannot be removed: {}", what,
                             (*bundle)->path.string(), fault.message())};
  }
  return serials;
}

}  // namespace netctl::pki
