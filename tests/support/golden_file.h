#pragma once

#include <string>

namespace netctl::testing {

/// Fails where the text is not that of `tests/golden/<file>`; with UPDATE_GOLDEN=1 writes it there.
void compareWithGolden(const std::string& file, const std::string& text);

}  // namespace netctl::testing
