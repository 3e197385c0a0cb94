#pragma once

#include "modes/firewall/chain_and_set_names.h"
#include "modes/host/rule.h"

/// Short words for the matches and targets that our chains are made of.
namespace netctl::firewall {

inline constexpr auto kSourceDimension = host::SetMatch::Direction::Source;
inline constexpr auto kDestinationDimension = host::SetMatch::Direction::Destination;

inline constexpr std::uint16_t kDnsPort = 53;

inline host::ConntrackMatch state(unsigned states) {
  return {.states = static_cast<std::uint8_t>(states)};
}
inline host::ConntrackMatch notState(unsigned states) {
  return {.states = static_cast<std::uint8_t>(states), .inverted = true};
}
/// What lets a new flow in: its bit is set, so that what follows passes and the wall lets it by.
inline host::Goto admit() {
  return {kAdmit};
}
inline host::SetMatch sourceIn(const char* set) {
  return {set, {kSourceDimension}};
}
inline host::SetMatch destinationIn(const char* set) {
  return {set, {kDestinationDimension}};
}
/// The same, and the packet is counted at the member.
inline host::SetMatch counted(host::SetMatch match) {
  match.counts = true;
  return match;
}

}  // namespace netctl::firewall
