#pragma once

#include "netctl/controller/problem.h"
#include "netctl/surroundings/place.h"
#include "netctl/surroundings/surroundings.h"

#include <chrono>
#include <vector>

namespace netctl::surroundings {

using controller::Problem;
using Problems = std::vector<Problem>;

/// All of the following.
Problems problemsIn(const Surroundings& surroundings, const Place& place,
                    std::chrono::system_clock::time_point now);

/// Chains of nft that drop what goes to or comes from the instances after we let it through.
Problems forwardChainProblems(const std::vector<kernel::ForwardChain>& chains, const Place& place);
/// Chains of nft that drop what instances send to this host: DHCP, requests for metadata, pings of
/// their gateway. netctl's own accept, in iptables' tables, does not end a chain of nft.
Problems inputChainProblems(const std::vector<kernel::InputChain>& chains, const Place& place);
/// Rules of iptables that decide about the instances' packets before ours do.
Problems ruleProblems(const RulesBeforeOurs& before, const Place& place);
/// Rules that keep instances' packets out of conntrack, which both walls and all NAT go by.
Problems untrackingProblems(const std::vector<UntrackingRule>& rules, const Place& place);
/// Chains that drop what is the instances' as soon as it comes in, or send it elsewhere. What
/// cannot be read of a rule counts for none.
Problems preroutingProblems(const std::vector<PreroutingChain>& chains, const Place& place);
/// The default route, and the reverse path filter.
Problems routingProblems(const Surroundings& surroundings, const Place& place);
/// STP that keeps new ports from forwarding.
Problems bridgeProblems(const std::map<std::string, std::chrono::milliseconds>& stp_delays,
                        const Place& place);
/// Tables of the kernel that are nearly full.
Problems fillingProblems(const Filling& flows, const Filling& neighbours);
/// The clock, and certificates that end.
Problems timeProblems(bool clock_is_synchronised, const std::vector<Certificate>& certificates,
                      const Place& place, std::chrono::system_clock::time_point now);

}  // namespace netctl::surroundings
