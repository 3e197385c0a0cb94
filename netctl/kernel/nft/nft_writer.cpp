#include "netctl/kernel/nft/nft_writer.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <new>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

/// nft's first line without its place in the commands, which can be very long.
std::string firstLine(std::string_view said) {
  said = said.substr(0, said.find('\n'));
  const auto error = said.find("Error: ");
  return std::string(error == std::string_view::npos ? said : said.substr(error + 7));
}

}  // namespace

void NftWriter::Free::operator()(nft_ctx* context) const {
  nft_ctx_free(context);
}

NftWriter NftWriter::open(std::string table) {
  Context nft(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!nft) throw std::bad_alloc();
  if (nft_ctx_buffer_output(nft.get()) != 0 || nft_ctx_buffer_error(nft.get()) != 0) {
    throw std::bad_alloc();
  }
  return {std::move(nft), std::move(table)};
}

Result<void> NftWriter::write(const std::string& commands) {
  if (nft_run_cmd_from_buffer(nft_.get(), commands.c_str()) == 0) return {};
  const auto* said = nft_ctx_get_error_buffer(nft_.get());
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot write nft's table {}: {}", table_,
                           firstLine(said != nullptr ? said : ""))};
}

bool NftWriter::wouldTake(const std::string& commands) {
  nft_ctx_set_dry_run(nft_.get(), true);
  const auto checked = write(commands);
  nft_ctx_set_dry_run(nft_.get(), false);
  return static_cast<bool>(checked);
}

}  // namespace netctl::kernel
