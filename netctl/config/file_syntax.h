#pragma once

#include "base/result.h"
#include "netctl/config/problem.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The line syntax of eucalyptus.conf, as Eucalyptus' own daemons read it: `KEY="value"` or
/// `KEY=word`, one to a line. It looks like shell, but it is not shell. Where a shell, which the
/// init scripts of Eucalyptus use for the same file, would read something else, a warning says so.
namespace netctl::config {

/// A file's name, for messages, and all of its bytes.
struct SourceText {
  std::string file;
  std::string text;
};

struct ParsedFile {
  std::vector<Entry>
      entries;  ///< in the order of their lines, each key once: its first line counts
  std::vector<Problem> problems;  ///< only about lines that mean a key of ours
};

/// Takes any bytes. Never fails as a whole: what cannot be read is a problem.
ParsedFile parseFile(const SourceText& source);

/// True for VNET_* and NETCTL_*: the keys that must be known. All others belong to other programs.
bool isOurs(std::string_view key);

/// All bytes of a file of at most 16 MiB. NotFound where there is none, Kernel with the errno's
/// text where it cannot be read.
Result<std::string> readText(const std::filesystem::path& path);

}  // namespace netctl::config
