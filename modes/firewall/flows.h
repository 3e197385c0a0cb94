#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/flow.h"

#include <set>

namespace netctl::firewall {

/// The addresses whose flows may have become illegal by these changes: an instance that lost a
/// permission, a group or its place, a public address that lost its instance, a forward that ended.
/// A change that only allows more puts nothing at stake, but for a forward of UDP by the host's own
/// address: what came before it must begin anew.
std::set<net::Ipv4Address> addressesAtStake(const cloud::Cloud& cloud,
                                            const cloud::Changes& changes);

/// The private addresses that their instances have left by these changes. The flows at them belong
/// to nobody, even where another instance has the address already.
std::set<net::Ipv4Address> addressesLeft(const cloud::Changes& changes);

/// What is to become of a flow.
enum class FlowFate {
  Keep,       ///< the rules would let it begin as it is, translations included
  Cut,        ///< they would not: it gets our mark
  BeginAnew,  ///< its translation is out of date: its entry goes, and its packets find their way
};

/// Judges a flow by the rules of this cloud, whether it bears our mark or not; one that bears the
/// mark and is not to be cut any more is to begin anew.
///
/// A flow without any instance is kept. A flow with a private address that belongs to no instance
/// is cut. A flow to a public address that leads elsewhere now, or from an instance that is seen by
/// another address now, begins anew: its client's next packet reaches the new instance. A flow that
/// was masqueraded goes on when its instance gets a public address. Flows of the host itself are
/// kept, or judged like an outsider's: the mark has no effect on packets that are not forwarded.
FlowFate fateOf(const cloud::Cloud& cloud, const host::Flow& flow);

/// True where the flow is to be kept.
bool isLegal(const cloud::Cloud& cloud, const host::Flow& flow);

}  // namespace netctl::firewall
