#include "modes/metadata/documents.h"
#include "netctl/metadata/metadata_service.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace netctl;

metadata::Document makeDocument() {
  return {"i-00000001",
          {{"meta-data/instance-id", "i-00000001"},
           {"meta-data/public-keys", "0=key"},
           {"meta-data/public-keys/0/openssh-key", "ssh-rsa AAAA"},
           {"user-data", "bytes"}}};
}

/// The text up to a separator, which is taken off together with it.
std::string_view take(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace

/// A method and a target in the first line, header fields in the others; of an instance.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto document = makeDocument();
  static const metadata::Tokens tokens;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto line = take(text, '\n');
  http::Request request{
      .method = std::string(take(line, ' ')), .target = std::string(line), .peer = "10.0.0.9"};
  while (!text.empty()) {
    auto field = take(text, '\n');
    const auto name = take(field, ':');
    request.fields.emplace_back(name, field);
  }
  const auto response = metadata::answer({.document = &document}, tokens, request, {});
  const bool known = response.status == 200 || response.status == 400 || response.status == 401 ||
                     response.status == 403 || response.status == 404 || response.status == 405;
  if (!known) std::abort();
  return 0;
}
