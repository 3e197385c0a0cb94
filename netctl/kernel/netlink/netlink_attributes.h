#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace netctl::kernel {

/// The attributes of a message or of a nested attribute, by type. Of those that come twice the last
/// counts.
class NetlinkAttributes {
 public:
  /// Of types below 64; others are noted as not known.
  static constexpr std::uint16_t kTypes = 64;

  static NetlinkAttributes ofMessage(const nlmsghdr& message, unsigned header) {
    NetlinkAttributes attributes;
    mnl_attr_parse(&message, header, &take, &attributes);
    return attributes;
  }
  static NetlinkAttributes ofNest(const nlattr* nest) {
    NetlinkAttributes attributes;
    mnl_attr_parse_nested(nest, &take, &attributes);
    return attributes;
  }

  [[nodiscard]] const nlattr* get(std::uint16_t type) const { return found_.at(type); }
  [[nodiscard]] bool has(std::uint16_t type) const { return get(type) != nullptr; }
  /// True where there are none but those whose bits (1 << type) are set.
  [[nodiscard]] bool onlyOf(std::uint64_t types) const {
    return (present_ & ~types) == 0 && !more_;
  }

  /// The value, where it is there and has the size of T. Netlink's own byte order is the host's;
  /// ipset's numbers are in network order.
  template <class T>
  [[nodiscard]] std::optional<T> value(std::uint16_t type) const {
    const nlattr* attribute = get(type);
    if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != sizeof(T)) {
      return std::nullopt;
    }
    T value;
    std::memcpy(&value, mnl_attr_get_payload(attribute), sizeof value);
    return value;
  }
  /// A string that ends with NUL, or with the attribute.
  [[nodiscard]] std::optional<std::string> text(std::uint16_t type) const {
    const nlattr* attribute = get(type);
    if (attribute == nullptr) return std::nullopt;
    const auto* begin = static_cast<const char*>(mnl_attr_get_payload(attribute));
    return std::string(begin, strnlen(begin, mnl_attr_get_payload_len(attribute)));
  }

 private:
  static int take(const nlattr* attribute, void* self) {
    auto& attributes = *static_cast<NetlinkAttributes*>(self);
    const std::uint16_t type = mnl_attr_get_type(attribute);
    if (type < kTypes) {
      attributes.found_.at(type) = attribute;
      attributes.present_ |= std::uint64_t{1} << type;
    } else {
      attributes.more_ = true;
    }
    return MNL_CB_OK;
  }

  std::array<const nlattr*, kTypes> found_{};
  std::uint64_t present_ = 0;
  bool more_ = false;
};

}  // namespace netctl::kernel
