#include "netctl/web/link/messages.h"

#include "base/number.h"
#include "netctl/web/link/sizes.h"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

namespace netctl::web {
namespace {

constexpr std::string_view kCertificate = "certificate";
constexpr std::string_view kSuccess = "success";
constexpr std::string_view kTokenSuccess = "token-success";
constexpr std::string_view kFailure = "failure";
constexpr std::string_view kServes = "serves";
constexpr std::string_view kCall = "call";
constexpr std::string_view kTurnedAway = "turned-away";
constexpr std::string_view kCounted = "counted";

using Texts = std::vector<std::string_view>;

std::string pack(const Texts& texts) {
  std::string bytes;
  std::size_t size = 0;
  for (const auto text : texts) size += kSizeBytes + text.size();
  bytes.reserve(size);
  for (const auto text : texts) {
    putSize(bytes, text.size());
    bytes += text;
  }
  return bytes;
}

std::optional<Texts> unpack(std::string_view bytes) {
  Texts texts;
  while (!bytes.empty()) {
    if (bytes.size() < kSizeBytes) return {};
    const auto size = sizeAt(bytes);
    bytes.remove_prefix(kSizeBytes);
    if (size > bytes.size()) return {};
    texts.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return texts;
}

/// That many texts after the kind.
bool is(const Texts& texts, std::string_view kind, std::size_t count) {
  return texts.size() == count + 1 && texts.front() == kind;
}

std::string text(std::string_view view) {
  return std::string(view);
}

/// Two numbers, and two for each status.
std::string packCounted(const Counted& counted) {
  std::vector<std::string> numbers{std::to_string(counted.connections),
                                   std::to_string(counted.refused)};
  for (const auto& [status, count] : counted.answers) {
    numbers.push_back(std::to_string(status));
    numbers.push_back(std::to_string(count));
  }
  Texts texts{kCounted};
  texts.insert(texts.end(), numbers.begin(), numbers.end());
  return pack(texts);
}

std::optional<Counted> unpackCounted(const Texts& texts) {
  constexpr std::uint64_t kStatuses = 600;  // RFC 9110, section 15: below this
  std::vector<std::uint64_t> numbers;
  for (const auto one : std::span(texts).subspan(1)) {
    const auto number = parseWhole<std::uint64_t>(one);
    if (!number) return {};
    numbers.push_back(*number);
  }
  if (numbers.size() < 2 || numbers.size() % 2 != 0) return {};
  Counted counted{numbers[0], numbers[1]};
  for (std::size_t i = 2; i < numbers.size(); i += 2) {
    if (numbers[i] >= kStatuses) return {};
    counted.answers[static_cast<int>(numbers[i])] = numbers[i + 1];
  }
  return counted;
}

}  // namespace

std::string format(const ToWeb& message) {
  if (const auto* const certificate = std::get_if<ShowCertificate>(&message)) {
    const auto& texts = certificate->texts;
    return texts ? pack({kCertificate, texts->certificate, texts->key}) : pack({kCertificate});
  }
  const auto& [call, answer] = std::get<Answered>(message);
  const auto number = std::to_string(call);
  if (const auto* const failure = std::get_if<ec2::Failure>(&answer)) {
    return pack({kFailure, number, failure->code, failure->message});
  }
  const auto& [document, elements] = std::get<ec2::Success>(answer);
  return pack({document == ec2::Document::Compute ? kSuccess : kTokenSuccess, number, elements});
}

std::string format(const ToNetctld& message) {
  if (const auto* const called = std::get_if<Called>(&message)) {
    const auto number = std::to_string(called->call);
    const auto& what = called->what;
    return pack({kCall, number, what.access_key, what.string_to_sign, what.signature,
                 what.canonical_request, what.body});
  }
  if (const auto* const turned_away = std::get_if<TurnedAway>(&message)) {
    const auto& refusal = turned_away->refusal;
    const auto count = std::to_string(refusal.count);
    return pack({kTurnedAway, refusal.peer, refusal.reason, count});
  }
  if (const auto* const counted = std::get_if<Counted>(&message)) return packCounted(*counted);
  return pack({kServes});
}

std::optional<ToWeb> parseToWeb(std::string_view bytes) {
  const auto texts = unpack(bytes);
  if (!texts) return {};
  const auto& part = *texts;
  if (is(part, kCertificate, 0)) return ShowCertificate{};
  if (is(part, kCertificate, 2)) {
    return ShowCertificate{http::CertificateTexts{text(part[1]), text(part[2])}};
  }
  const auto call = part.size() < 2 ? std::nullopt : parseWhole<std::uint64_t>(part[1]);
  if (!call) return {};
  if (is(part, kFailure, 3)) return Answered{*call, ec2::Failure{text(part[2]), text(part[3])}};
  if (is(part, kSuccess, 2)) {
    return Answered{*call, ec2::Success{ec2::Document::Compute, text(part[2])}};
  }
  if (is(part, kTokenSuccess, 2)) {
    return Answered{*call, ec2::Success{ec2::Document::SecurityToken, text(part[2])}};
  }
  return {};
}

std::optional<ToNetctld> parseToNetctld(std::string_view bytes) {
  const auto texts = unpack(bytes);
  if (!texts) return {};
  const auto& part = *texts;
  if (is(part, kServes, 0)) return Serves{};
  if (!part.empty() && part.front() == kCounted) return unpackCounted(part);
  if (is(part, kTurnedAway, 3)) {
    const auto count = parseWhole<std::uint64_t>(part[3]);
    if (!count) return {};
    return TurnedAway{{text(part[1]), text(part[2]), *count}};
  }
  if (!is(part, kCall, 6)) return {};
  const auto call = parseWhole<std::uint64_t>(part[1]);
  if (!call) return {};
  return Called{*call, {text(part[2]), text(part[3]), text(part[4]), text(part[5]), text(part[6])}};
}

}  // namespace netctl::web
