#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/links/announce.h"
#include "netctl/kernel/links/probe_answers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace netctl::kernel {

/// Announces the public addresses that stand on this host again and again, for neighbours that
/// missed it or were taught otherwise. Before each announcement it asks by an ARP probe whether
/// another machine has the address. Where one has, the address is *disputed* and is announced no
/// more, until a later probe stays without an answer: to announce it would be a fight that both
/// lose.
///
/// On the thread of its io_context, which must not run any more when this object is gone.
class SteadyAnnouncer {
 public:
  struct Options {
    std::chrono::milliseconds period{300000};  ///< from one announcement of an address to the next
    std::chrono::milliseconds pause{100};      ///< at least, from one address to the next
  };
  struct Links {
    /// Our addresses on wires: those of gateways, and the public ones, which are no sources.
    std::function<Result<std::set<host::InterfaceAddress>>()> standing;
    /// Whether a device of this host has the MAC: on one wire with the address's own it answers
    /// for it, too (arp_ignore is 0).
    std::function<bool(const net::MacAddress&)> is_own;
    /// The machine that answers for an address; absent: none does any more.
    std::function<void(const host::InterfaceAddress&, std::optional<net::MacAddress>)> disputed;
  };

  SteadyAnnouncer(boost::asio::io_context& io, Announcer& announcer, ProbeAnswers answers,
                  Options options, Links links);
  ~SteadyAnnouncer();
  SteadyAnnouncer(const SteadyAnnouncer&) = delete;
  SteadyAnnouncer& operator=(const SteadyAnnouncer&) = delete;

  /// Begins; the first round is one period later.
  void start();
  /// A wire has its carrier back, or there are others on it that may have missed all so far: a
  /// round begins at once, with the gateways first.
  void announceAll();
  /// An address was just added, and is announced by whoever added it.
  void added(const host::InterfaceAddress& address);
  /// It leaves.
  void removed(const host::InterfaceAddress& address);

 private:
  struct Dispute {
    net::MacAddress by;
    bool answered = true;  ///< since the last probe
  };

  void wait(std::chrono::milliseconds time);
  void begin(bool thoroughly);
  void next();
  [[nodiscard]] std::chrono::milliseconds untilNextRound() const;
  void probe(const host::InterfaceAddress& address);
  void listen();
  void hear(const ProbeAnswer& answer);

  Announcer& announcer_;
  Options options_;
  Links links_;
  ProbeAnswers answers_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point round_begin_;
  bool thoroughly_ = false;                       ///< this round: each address several times
  bool again_ = false;                            ///< another such round is due behind this one
  std::deque<host::InterfaceAddress> waiting_;    ///< of this round
  std::optional<host::InterfaceAddress> probed_;  ///< the next to be announced
  std::map<net::Ipv4Address, host::InterfaceAddress> asked_;
  std::map<host::InterfaceAddress, Dispute> disputes_;
};

}  // namespace netctl::kernel
