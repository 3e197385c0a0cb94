#include "netctl/manual/man_page.h"

#include "netctl/manual/man_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace netctl::manual {
namespace {

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string_view> cellsOf(std::string_view row) {
  std::vector<std::string_view> cells;
  row.remove_prefix(1);
  while (!row.empty()) {
    const auto end = std::min(row.find('|'), row.size());
    cells.push_back(trimmed(row.substr(0, end)));
    row.remove_prefix(std::min(end + 1, row.size()));
  }
  return cells;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

/// Turns one block of Markdown after the other into man(7).
class Writer {
 public:
  explicit Writer(std::string_view markdown) : lines_(linesOf(markdown)) {}

  std::string write() {
    while (at_ < lines_.size()) writeBlock();
    return std::move(page_);
  }

 private:
  [[nodiscard]] bool here(std::string_view beginning) const {
    return at_ < lines_.size() && lines_[at_].starts_with(beginning);
  }

  void writeBlock() {
    const auto line = lines_[at_];
    if (trimmed(line).empty() || line.starts_with("<!--") || line.starts_with("# ")) {
      ++at_;
    } else if (line.starts_with("## ")) {
      writeHeading("SH", upper(line.substr(3)));
    } else if (line.starts_with("### ")) {
      writeHeading("SS", line.substr(4));
    } else if (line.starts_with("```")) {
      ++at_;
      writeCode([&] { return !here("```"); }, 0);
      ++at_;
    } else if (line.starts_with("    ")) {
      writeCode([&] { return here("    "); }, 4);
    } else if (line.starts_with("| ")) {
      writeTable();
    } else if (line.starts_with("- ")) {
      page_ += ".IP \\(bu 2\n" + manText(takeParagraph(2)) + "\n";
    } else {
      page_ += ".PP\n" + manText(takeParagraph(0)) + "\n";
    }
  }

  void writeHeading(std::string_view macro, std::string_view text) {
    page_ += fmt::format(".{} \"{}\"\n", macro, manCode(text));
    ++at_;
  }

  template <class Goes>
  void writeCode(Goes goes, std::size_t indent) {
    page_ += ".PP\n.RS 4\n.nf\n";
    for (; at_ < lines_.size() && goes(); ++at_)
      page_ += manCode(lines_[at_].substr(indent)) + "\n";
    page_ += ".fi\n.RE\n";
  }

  /// Each row is an entry: its first cell, and below it the others with their columns' names.
  void writeTable() {
    const auto columns = cellsOf(lines_[at_]);
    for (at_ += 2; here("| "); ++at_) {
      const auto cells = cellsOf(lines_[at_]);
      page_ += ".TP\n" + manText(fmt::format("**{}**", cells.front())) + "\n";
      for (std::size_t i = 1; i < cells.size() && i < columns.size(); ++i) {
        if (i > 1) page_ += ".br\n";
        page_ += manText(columns.size() == 2 ? std::string(cells[i])
                                             : fmt::format("{}: {}", columns[i], cells[i])) +
                 "\n";
      }
    }
  }

  /// The lines up to the next block, as one.
  std::string takeParagraph(std::size_t indent) {
    std::string text(lines_[at_++].substr(indent));
    for (; at_ < lines_.size(); ++at_) {
      const auto line = lines_[at_];
      if (trimmed(line).empty() || line.starts_with("- ") || line.starts_with("```") ||
          line.starts_with("#") || line.starts_with("| "))
        break;
      text += fmt::format(" {}", trimmed(line));
    }
    return text;
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string page_;
};

}  // namespace

std::string manPage(const PageTitle& title, std::string_view markdown) {
  return fmt::format(
             ".\\\" Made with the programs, from the tables that they work by.\n"
             ".TH {} {} \"\" \"netctl {}\" \"netctl\"\n"
             ".SH NAME\n{} \\- {}\n.SH DESCRIPTION\n",
             upper(title.name), title.section, NETCTL_VERSION, manCode(title.name),
             manText(title.purpose)) +
         Writer(markdown).write();
}

}  // namespace netctl::manual
