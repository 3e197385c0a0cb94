#include "netctl/cli/table.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace netctl::cli {
namespace {

constexpr std::size_t kGap = 2;
/// Narrower than this a last column is not worth reading.
constexpr std::size_t kNarrowest = 24;

std::string filled(const std::string& cell, std::size_t width) {
  return std::string(width - std::min(width, columnsOf(cell)), ' ');
}

}  // namespace

Table::Table(std::vector<std::string> heading) {
  for (auto& cell : heading) {
    std::ranges::transform(cell, cell.begin(), [](unsigned char c) {
      return c == '_' ? '-' : static_cast<char>(std::toupper(c));
    });
  }
  rows_.push_back(std::move(heading));
}

void Table::add(std::vector<std::string> row) {
  row.resize(rows_.front().size());
  rows_.push_back(std::move(row));
}

std::string Table::text(const Look& look) const {
  if (rows_.size() == 1) return "-\n";
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columnsOf(row[i]));
  }
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + kGap;
  if (look.width > 0) {
    const auto left = look.width - std::min(look.width, before_last);
    widths.back() = std::min(widths.back(), std::max(left, kNarrowest));
  }
  std::string text;
  for (const auto& row : rows_) {
    const bool is_heading = &row == &rows_.front();
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += is_heading ? heading(row[i], look) : colored(row[i], row[i], look);
      line += filled(row[i], widths[i] + kGap);
    }
    for (const auto& piece : wrapped(row.back(), widths.back())) {
      line += is_heading ? heading(piece, look) : colored(piece, piece, look);
      line.erase(line.find_last_not_of(' ') + 1);
      text += std::exchange(line, std::string(before_last, ' ')) + '\n';
    }
  }
  return text;
}

}  // namespace netctl::cli
