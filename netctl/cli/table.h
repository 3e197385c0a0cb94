#pragma once

#include "netctl/cli/terminal.h"

#include <string>
#include <vector>

namespace netctl::cli {

/// Rows of cells for people: a heading in capitals, columns as wide as their widest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> heading);

  void add(std::vector<std::string> row);
  /// With a line end after each row; without any row a single `-`. Where a row is wider than the
  /// terminal, its last cell goes on in the next lines.
  [[nodiscard]] std::string text(const Look& look = {}) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace netctl::cli
