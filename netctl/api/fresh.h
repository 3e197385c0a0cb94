#pragma once

#include "modes/cloud/objects.h"

#include <chrono>
#include <string>

namespace netctl::api {

/// Candidates for the ids and secrets that a command may need (commands.h). One that is taken is
/// refused by the cloud, and another is drawn.
struct Fresh {
  cloud::AccountId account;
  cloud::GroupId group;
  std::string key_id;  ///< `AKI` and 17 upper-case letters and digits
  std::string secret;  ///< 40 characters of base64: 240 bits
  std::chrono::sys_seconds now = {};
  cloud::KeyPairId key_pair = {};
  cloud::PrefixListId prefix_list = {};
};

/// From OpenSSL's generator of secrets, which the kernel seeds. Throws where it has no randomness.
Fresh drawFresh();

}  // namespace netctl::api
