#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/http/http_message.h"
#include "netctl/metadata/tokens.h"

namespace netctl::metadata {

/// The answer to a request: what the instance that has the peer's address is told of itself.
///
/// GET of an item or a list; PUT of `latest/api/token` gives a session token (IMDSv2: "Use the
/// Instance Metadata Service", EC2 user guide). 404 for what is not there and for peers that are no
/// instances, 401 without a good token where one is needed or given, 400 for a lifetime that cannot
/// be, 403 for a token that somebody forwards for another. Pure.
http::Response answer(const cloud::Cloud& cloud, const Tokens& tokens, const http::Request& request,
                      Tokens::Time now);

/// True where the answer is a token: it must not get further than the instance itself.
bool isToken(const http::Response& response);

}  // namespace netctl::metadata
