// Bytes as a netctl-web that somebody has taken over may send them to netctld, and as netctld sends
// them to it. Through the messages, and what is called through its signature.
#include "netctl/web/link/messages.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

using namespace netctl;

namespace {

/// Ends the program, which the fuzzer reports with its input.
void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto message = web::parseToNetctld(bytes)) {
    // There is one way to say it, but for zeros before a number.
    require(web::parseToNetctld(web::format(*message)).has_value());
    if (const auto* const called = std::get_if<web::Called>(&*message)) {
      // Nobody guesses a signature.
      const std::chrono::sys_seconds then{std::chrono::seconds(1795170900)};
      require(!ec2::openCall(called->what, "the secret", then));
    }
  }
  if (const auto message = web::parseToWeb(bytes)) {
    require(web::parseToWeb(web::format(*message)).has_value());
  }
  return 0;
}
