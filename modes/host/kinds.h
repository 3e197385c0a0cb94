#pragma once

#include "modes/host/kind_table.h"
#include "modes/host/plan.h"

namespace netctl::host {

/// All kinds of host objects, in the order in which one step tells of them.
using Kinds =
    KindTable<HostState, Scope, Step, SysctlKind, PortKind, SegmentKind, RedirectKind,
              GuardRulesKind, PortGuardKind, UnseenGuardKind, GuardMemberKind, AddressKind, SetKind,
              ChainKind, JumpKind, NatRulesKind, ElasticKind, DhcpChecksumsKind, DhcpServerKind,
              DhcpNetworkKind, DhcpHostKind>;

}  // namespace netctl::host
