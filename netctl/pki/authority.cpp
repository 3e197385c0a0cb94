#include "netctl/pki/authority.h"

#include "base/durable_file.h"
#include "base/file.h"

#include <fmt/format.h>

namespace netctl::pki {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPublic = 0644;
constexpr mode_t kSecret = 0600;

constexpr auto* kAuthorityCertificate = "ca.crt";
constexpr auto* kAuthorityKey = "ca.key";

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

Result<fs::path> issue(const fs::path& directory, const Identity& holder) {
  const auto certificate = readOf(directory / kAuthorityCertificate);
  if (!certificate) return certificate.error();
  const auto key = readOf(directory / kAuthorityKey);
  if (!key) return key.error();
  const auto issued = issue(KeyPair{*certificate, *key}, holder);
  if (!issued) return issued.error();
  const std::string stem = holder.kind == Kind::Node ? "host" : "client";
  const auto path = directory / holder.name;
  auto written = files::writeDirectory(path, {{kAuthorityCertificate, *certificate, kPublic},
                                              {stem + ".crt", issued->certificate, kPublic},
                                              {stem + ".key", issued->key, kSecret}});
  if (!written) return written.error();
  return path;
}

}  // namespace netctl::pki
