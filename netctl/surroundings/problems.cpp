#include "netctl/surroundings/problems.h"

#include <iterator>
#include <utility>

namespace netctl::surroundings {

Problems problemsIn(const Surroundings& surroundings, const Place& place,
                    std::chrono::system_clock::time_point now) {
  Problems all;
  const auto add = [&](Problems found) {
    all.insert(all.end(), std::make_move_iterator(found.begin()),
               std::make_move_iterator(found.end()));
  };
  add(forwardChainProblems(surroundings.forward_chains, place));
  add(inputChainProblems(surroundings.input_chains, place));
  add(ruleProblems(surroundings.before_ours, place));
  add(untrackingProblems(surroundings.untracking, place));
  add(preroutingProblems(surroundings.prerouting_chains, place));
  add(routingProblems(surroundings, place));
  add(bridgeProblems(surroundings.stp_delays, place));
  add(fillingProblems(surroundings.flows, surroundings.neighbours));
  add(timeProblems(surroundings.clock_is_synchronised, surroundings.certificates, place, now));
  return all;
}

}  // namespace netctl::surroundings
