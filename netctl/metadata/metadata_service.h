#pragma once

#include "modes/metadata/documents.h"
#include "netctl/http/http_message.h"
#include "netctl/metadata/tokens.h"

namespace netctl::metadata {

/// Who asks, and what holds for all who ask.
struct Asker {
  const Document* document = nullptr;  ///< null: an address that is not an instance
  bool needs_token = false;            ///< nothing is answered without a session token
};

/// The answer to a request: facts about the instance that has the peer's address.
///
/// GET or HEAD of an item or a list; PUT of `latest/api/token` gives a session token (IMDSv2: "Use
/// the Instance Metadata Service", EC2 user guide). 404 for a missing item and for a peer that is
/// not an instance, 401 without a good token where one is needed or given, 400 for an impossible
/// lifetime, 403 where a proxy asks for a token and where the instance's metadata are off. A token
/// leaves with as many hops as the instance's options say. Pure.
http::Response answer(const Asker& asker, const Tokens& tokens, const http::Request& request,
                      Tokens::Time now);

}  // namespace netctl::metadata
