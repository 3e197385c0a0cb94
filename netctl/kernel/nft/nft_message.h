#pragma once

#include "netctl/kernel/netlink/mnl_socket.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace netctl::kernel {

/// Begins a message of nf_tables (NFT_MSG_...) about a family (NFPROTO_...), as MnlBatch::begin
/// does.
nlmsghdr* beginNft(MnlBatch& batch, std::uint8_t family, std::uint16_t type,
                   std::uint16_t flags = 0);

/// User data of a rule or an element in which nft finds this comment, of at most 254 bytes.
std::string userData(const std::string& comment);
/// The comment in such user data, as long as that is there; empty where there is none.
std::string_view commentIn(const nlattr* data);

}  // namespace netctl::kernel
