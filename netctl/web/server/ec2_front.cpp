#include "netctl/web/server/ec2_front.h"

#include "netctl/ec2/request/query.h"

#include <string>
#include <utility>

namespace netctl::web {
namespace {

std::string take(ec2::Pairs& parameters, const std::string& name) {
  const auto at = parameters.find(name);
  return at == parameters.end() ? std::string() : std::move(at->second);
}

}  // namespace

http::Handler ec2Front(Ask ask) {
  return [ask = std::move(ask)](const http::Request& request, http::Reply reply) {
    auto query = ec2::readQuery(request);
    if (!query) return reply(ec2::failure(query.error()));
    ask(ec2::callOf(query->claim, request.body),
        [action = take(query->parameters, "Action"), version = take(query->parameters, "Version"),
         reply = std::move(reply)](const ec2::Answer& answer) {
          reply(ec2::documentOf(answer, action, version));
        });
  };
}

}  // namespace netctl::web
