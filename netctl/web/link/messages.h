#pragma once

#include "netctl/ec2/answer/answer.h"
#include "netctl/ec2/request/signed_call.h"
#include "netctl/http/server/certificate.h"
#include "netctl/http/server/refusals.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What netctld and netctl-web say to each other. A message is a list of texts, each after its size
/// as 32 bits, lowest first; the first one is its kind. Both ends are of one version: netctl-web
/// ends with the netctld that it belongs to.
namespace netctl::web {

/// To netctl-web.
///
/// Clients are shown this certificate from now on; without one the endpoint speaks no TLS. The
/// first is what netctl-web begins with.
struct ShowCertificate {
  std::optional<http::CertificateTexts> texts;
};
struct Answered {
  std::uint64_t call = 0;
  ec2::Answer answer;
};
using ToWeb = std::variant<ShowCertificate, Answered>;

/// To netctld.
///
/// Clients are served.
struct Serves {};
struct Called {
  std::uint64_t call = 0;  ///< netctl-web's number for it
  ec2::SignedCall what;
};
/// Connections were turned away.
struct TurnedAway {
  http::Refusal refusal;
};
/// What its clients got since it told so last.
struct Counted {
  std::uint64_t connections = 0;              ///< open now
  std::uint64_t refused = 0;                  ///< connections
  std::map<int, std::uint64_t> answers = {};  ///< by their HTTP status

  bool operator==(const Counted&) const = default;
};
using ToNetctld = std::variant<Serves, Called, TurnedAway, Counted>;

std::string format(const ToWeb& message);
std::string format(const ToNetctld& message);

/// Absent where it is not a message of that kind.
std::optional<ToWeb> parseToWeb(std::string_view bytes);
std::optional<ToNetctld> parseToNetctld(std::string_view bytes);

}  // namespace netctl::web
