#include "netctl/ec2/answer/answer.h"

#include "netctl/crypto/random.h"
#include "netctl/ec2/answer/xml.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <map>
#include <utility>

namespace netctl::ec2 {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view kContentType = "text/xml;charset=UTF-8";

http::Response errorDocument(int status, std::string_view code, std::string_view message) {
  XmlWriter xml;
  xml.raw(kDeclaration).open("Response").open("Errors").open("Error");
  xml.text("Code", code).text("Message", message);
  xml.close().close().text("RequestID", crypto::randomUuid()).close();
  return {status, std::string(kContentType), xml.take()};
}

/// How EC2 calls it, where our own word is another one.
std::string codeOf(const Error& error) {
  if (error.retryable()) return "Unavailable";
  if (error.code == ErrorCode::Internal || error.reason.empty()) return "InternalError";
  // The account of a key that was just used has gone.
  if (error.reason == "InvalidAccount.NotFound") return "AuthFailure";
  // Clients name no ids of their own: only a token's repetition meets an instance.
  if (error.reason == "InvalidInstanceID.Duplicate") return "IdempotentParameterMismatch";
  return error.reason;
}

}  // namespace

int statusOf(std::string_view code) {
  static const std::map<std::string_view, int> kStatus{
      {"AuthFailure", 401},           {"SignatureDoesNotMatch", 403},
      {"UnauthorizedOperation", 403}, {"MissingAuthenticationToken", 403},
      {"RequestTimeout", 408},        {"DryRunOperation", 412},
      {"RequestEntityTooLarge", 413}, {"InternalError", 500},
      {"Unavailable", 503},           {"RequestLimitExceeded", 503}};
  const auto at = kStatus.find(code);
  return at == kStatus.end() ? 400 : at->second;
}

http::Response success(std::string_view action, std::string_view version,
                       std::string_view elements) {
  std::string body(kDeclaration);
  body.reserve(elements.size() + 256);
  fmt::format_to(std::back_inserter(body),
                 "<{0}Response xmlns=\"http://ec2.amazonaws.com/doc/{1}/\">"
                 "<requestId>{2}</requestId>",
                 action, version, crypto::randomUuid());
  body += elements;
  fmt::format_to(std::back_inserter(body), "</{}Response>", action);
  return {200, std::string(kContentType), std::move(body)};
}

http::Response tokenServiceSuccess(std::string_view action, std::string_view elements) {
  auto body = fmt::format(
      "{0}<{1}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
      "<{1}Result>{2}</{1}Result>"
      "<ResponseMetadata><RequestId>{3}</RequestId></ResponseMetadata>"
      "</{1}Response>",
      kDeclaration, action, elements, crypto::randomUuid());
  return {200, std::string(kContentType), std::move(body)};
}

Failure failureOf(const Error& error) {
  auto code = codeOf(error);
  if (code != "InternalError") return {std::move(code), error.message};
  spdlog::error("ec2 internal-error error=\"{}\"", error.message);
  return {std::move(code), "An internal error has occurred"};
}

http::Response documentOf(const Answer& answer, std::string_view action, std::string_view version) {
  if (const auto* const failure = std::get_if<Failure>(&answer)) {
    return errorDocument(statusOf(failure->code), failure->code, failure->message);
  }
  const auto& [document, elements] = std::get<Success>(answer);
  return document == Document::Compute ? success(action, version, elements)
                                       : tokenServiceSuccess(action, elements);
}

http::Response failure(const Error& error) {
  return documentOf(failureOf(error), "", "");
}

http::Response refusal(int status, std::string text) {
  static const std::map<int, std::string_view> kCodes{
      {408, "RequestTimeout"}, {413, "RequestEntityTooLarge"}, {503, "RequestLimitExceeded"}};
  const auto at = kCodes.find(status);
  while (text.ends_with('\n')) text.pop_back();
  return errorDocument(status, at == kCodes.end() ? "MalformedQueryString" : at->second, text);
}

}  // namespace netctl::ec2
