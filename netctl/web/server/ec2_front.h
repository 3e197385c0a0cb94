#pragma once

#include "netctl/ec2/answer/answer.h"
#include "netctl/ec2/request/signed_call.h"
#include "netctl/http/http_message.h"

#include <functional>

namespace netctl::web {

/// Has a call carried out; answers once, on the same thread, now or later.
using Ask = std::function<void(const ec2::SignedCall&, std::function<void(const ec2::Answer&)>)>;

/// What answers HTTP requests of the EC2 Query API: their form is checked here, all else is asked
/// for, and the documents are made here.
http::Handler ec2Front(Ask ask);

}  // namespace netctl::web
