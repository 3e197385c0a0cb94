#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace netctl::web {

/// A size as it stands before what it is of: 32 bits, lowest first.
constexpr std::size_t kSizeBytes = 4;

inline void putSize(std::string& bytes, std::size_t size) {
  for (std::size_t byte = 0; byte < kSizeBytes; ++byte) {
    bytes += static_cast<char>((size >> (8 * byte)) & 0xffU);
  }
}

/// Precondition: there are as many bytes.
inline std::size_t sizeAt(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t byte = 0; byte < kSizeBytes; ++byte) {
    size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[byte])) << (8 * byte);
  }
  return size;
}

}  // namespace netctl::web
