#include "netctl/kernel/nft/nft_writer.h"

#include <fmt/format.h>

#include <string_view>

namespace netctl::kernel {
namespace {

/// nft's first line without its place in the commands, which can be very long.
std::string firstLine(std::string_view said) {
  said = said.substr(0, said.find('\n'));
  const auto error = said.find("Error: ");
  return std::string(error == std::string_view::npos ? said : said.substr(error + 7));
}

}  // namespace

Result<void> NftWriter::write(const std::string& commands) {
  const auto answer = nft_->run(commands, false);
  if (answer && answer->taken) return {};
  return Error{answer ? ErrorCode::Kernel : answer.error().code, "",
               fmt::format("cannot write nft's table {}: {}", table_,
                           answer ? firstLine(answer->said) : answer.error().message)};
}

Result<bool> NftWriter::wouldTake(const std::string& commands) {
  const auto answer = nft_->run(commands, true);
  if (!answer) return answer.error();
  return answer->taken;
}

}  // namespace netctl::kernel
