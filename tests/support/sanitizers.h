#pragma once

#include <cstddef>

namespace netctl::testing {

/// What a test may not ask of a program that a sanitizer watches as it asks it of others. All such
/// things stand here.
///
/// How much more memory it takes: AddressSanitizer surrounds what is allocated and keeps what was
/// freed, ThreadSanitizer remembers who has touched it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kTimesTheMemory = 3;
#else
constexpr std::size_t kTimesTheMemory = 1;
#endif

}  // namespace netctl::testing
