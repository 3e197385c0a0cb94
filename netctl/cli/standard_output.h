#pragma once

namespace netctl::cli {

/// The exit code of a program that has printed what it had to: `code`, or 1 where standard output
/// could not take all of it, as on a full disk. It says so on standard error then.
int afterPrinting(int code);

}  // namespace netctl::cli
