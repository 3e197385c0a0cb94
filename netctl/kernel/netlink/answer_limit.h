#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace netctl::kernel {

/// How long the kernel may take to answer a request.
///
/// The kernel carries a request out before send(2) returns, however long it waits for its own
/// locks, and the answer stands in the receive buffer by then. So no answer comes late; one can
/// only be lost, where the buffer was full or the kernel had no memory for it. The limit ends the
/// wait for such a one. It is long, because to give up too early costs more: what was asked for is
/// done and taken for failed. And it is short enough that a caller is told before it gives up.
inline constexpr std::chrono::milliseconds kAnswerLimit{10000};

/// How often a dump is begun anew that the kernel calls disturbed (EINTR, or EAGAIN in libnl's
/// words): what is listed comes and goes while it is read.
inline constexpr int kDumpTries = 10;

/// Makes a read of that socket end with EAGAIN when the time is over. An errno, or 0.
int limitReads(int descriptor, std::chrono::milliseconds limit);

/// Says which request of which netlink protocol (NETLINK_ROUTE, ...) has had no answer, by the
/// numbers of the kernel's headers: "no answer within 10000 ms to request 6 of ipset".
std::string describeNoAnswer(int protocol, std::uint16_t type, std::chrono::milliseconds limit);

}  // namespace netctl::kernel
