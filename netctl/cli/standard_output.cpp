#include "netctl/cli/standard_output.h"

#include "netctl/cli/exit_code.h"

#include <cerrno>

#include <iostream>
#include <system_error>

namespace netctl::cli {

int afterPrinting(int code) {
  errno = 0;
  std::cout.flush();
  if (std::cout.good()) return code;
  // Set where it was this flush that failed.
  std::cerr << "netctl: the answer could not be written";
  if (errno != 0) std::cerr << ": " << std::generic_category().message(errno);
  std::cerr << "\n";
  return code == kDone ? kRefused : code;
}

}  // namespace netctl::cli
