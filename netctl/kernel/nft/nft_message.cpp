#include "netctl/kernel/nft/nft_message.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter/nfnetlink.h>

#include <cstring>

namespace netctl::kernel {
namespace {

// What nft writes into user data (libnftnl/udata.h): type, size, and text with NUL. It is 0 for the
// comments of rules and of elements.
constexpr char kCommentType = 0;
constexpr std::size_t kHeader = 2;

}  // namespace

nlmsghdr* beginNft(MnlBatch& batch, std::uint8_t family, std::uint16_t type, std::uint16_t flags) {
  auto* message = batch.begin(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8U | type), flags);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = family;
  header->version = NFNETLINK_V0;
  return message;
}

std::string userData(const std::string& comment) {
  std::string data{kCommentType, static_cast<char>(comment.size() + 1)};
  return data.append(comment.c_str(), comment.size() + 1);
}

std::string_view commentIn(const nlattr* data) {
  if (data == nullptr || mnl_attr_get_payload_len(data) <= kHeader) return {};
  const auto* bytes = static_cast<const char*>(mnl_attr_get_payload(data));
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]));
  if (bytes[0] != kCommentType || size < 1 || mnl_attr_get_payload_len(data) < kHeader + size) {
    return {};
  }
  return {bytes + kHeader, size - 1};
}

}  // namespace netctl::kernel
