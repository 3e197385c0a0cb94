#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// Rows of cells for people: a heading in capitals, columns as wide as their widest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> heading);

  void add(std::vector<std::string> row);
  /// With a line end after each row; without any row a single `-`.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace netctl::cli
