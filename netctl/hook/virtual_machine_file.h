#pragma once

#include "base/result.h"
#include "netctl/hook/machine.h"

#include <optional>
#include <string_view>

namespace netctl::hook {

/// The machine of a Proxmox VM, from its file /etc/pve/qemu-server/VMID.conf up to the first
/// section (qm.conf(5)): `KEY: VALUE` a line, and the description as comments before. Absent for a
/// VM without a tag `netctl.ACCOUNT.GROUP`. An error names all that is wrong with one that has.
///
/// Each such tag is one group, in the order of the file. In the description, a line `netctl: `
/// followed by words may say `id=i-...`, `addressing=private` and `ephemeral=yes`.
Result<std::optional<Machine>> parseVirtualMachineFile(std::string_view vmid,
                                                       std::string_view text);

}  // namespace netctl::hook
