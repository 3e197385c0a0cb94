#include "netctl/hook/machines_here.h"

#include "base/file.h"
#include "base/number.h"
#include "base/process.h"
#include "base/text.h"
#include "netctl/hook/domain.h"
#include "netctl/hook/virtual_machine_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace netctl::hook {
namespace {

namespace fs = std::filesystem;

constexpr auto kVirtualMachines = "etc/pve/qemu-server";
constexpr std::string_view kFileEnd = ".conf";

/// What virsh prints.
Result<std::string> virsh(std::vector<std::string> words) {
  words.insert(words.begin(), {"/usr/bin/virsh", "-q", "-c", "qemu:///system"});
  auto ended = runForOutput(words);
  if (!ended) return ended.error();
  if (ended->exit_code == 0) return std::move(ended->output);
  return Error{ErrorCode::Busy, "",
               fmt::format("'{}' failed: {}", fmt::join(words, " "), ended->message)};
}

bool isUuid(std::string_view text) {
  return text.size() == 36 &&
         std::ranges::all_of(text, [](char c) { return c == '-' || hexDigit(c).has_value(); });
}

/// The UUIDs that virsh lists.
Result<std::set<std::string>> uuidsOf(std::vector<std::string> words) {
  const auto output = virsh(std::move(words));
  if (!output) return output.error();
  std::set<std::string> uuids;
  for (std::string_view rest = *output; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto line = rest.substr(0, end); isUuid(line)) uuids.emplace(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return uuids;
}

void add(Result<std::optional<Machine>> machine, bool runs, MachinesHere& here) {
  if (!machine) {
    here.wrong.push_back(machine.error());
  } else if (*machine) {
    here.machines.push_back({**std::move(machine), runs});
  }
}

Result<void> addLibvirts(const fs::path& root, MachinesHere& here) {
  std::error_code fault;
  if (!fs::exists(root / "run/libvirt/libvirt-sock", fault) &&
      !fs::exists(root / "run/libvirt/virtqemud-sock", fault)) {
    return {};
  }
  const auto all = uuidsOf({"list", "--uuid", "--all"});
  if (!all) return all.error();
  const auto running = uuidsOf({"list", "--uuid"});
  if (!running) return running.error();
  here.hypervisors.emplace("libvirt");
  for (const auto& uuid : *all) {
    const auto xml = virsh({"dumpxml", uuid});
    if (!xml) return xml.error();
    if (xml->find(kDomainNamespace) == std::string::npos) continue;
    add(parseDomain(*xml), running->contains(uuid), here);
  }
  return {};
}

/// As qm tells it: by the number in its file of a process that lives.
bool runsOnProxmox(const fs::path& root, const std::string& vmid) {
  const auto text = files::read(root / "run/qemu-server" / (vmid + ".pid"));
  if (!text || !*text) return false;
  const auto pid = parseWhole<int>(std::string_view(**text).substr(0, (*text)->find('\n')));
  return pid && Process::open(*pid).has_value();
}

Result<void> addProxmoxs(const fs::path& root, MachinesHere& here) {
  auto directory = files::Directory::open(root / kVirtualMachines);
  if (!directory) return directory.error();
  if (!*directory) return {};
  auto names = (*directory)->names();
  if (!names) return names.error();
  here.hypervisors.emplace("proxmox");
  std::ranges::sort(*names);
  for (const auto& name : *names) {
    if (!name.ends_with(kFileEnd)) continue;
    const auto text = (*directory)->read(name);
    if (!text) return text.error();
    if (!*text) continue;
    const auto vmid = name.substr(0, name.size() - kFileEnd.size());
    add(parseVirtualMachineFile(vmid, **text), runsOnProxmox(root, vmid), here);
  }
  return {};
}

}  // namespace

Result<MachinesHere> machinesHere(const fs::path& root) {
  MachinesHere here;
  if (auto added = addLibvirts(root, here); !added) return added.error();
  if (auto added = addProxmoxs(root, here); !added) return added.error();
  return here;
}

Result<std::optional<VirtualMachineFile>> findVirtualMachineFile(std::string_view vmid,
                                                                 const fs::path& root) {
  const auto name = std::string(vmid) + std::string(kFileEnd);
  auto text = files::read(root / kVirtualMachines / name);
  if (!text) return text.error();
  if (*text) return std::optional(VirtualMachineFile{**std::move(text), true});
  // One that migrates is the other host's until it has arrived.
  std::error_code fault;
  for (const auto& node : fs::directory_iterator(root / "etc/pve/nodes", fault)) {
    text = files::read(node.path() / "qemu-server" / name);
    if (!text) return text.error();
    if (*text) return std::optional(VirtualMachineFile{**std::move(text), false});
  }
  return std::optional<VirtualMachineFile>();
}

}  // namespace netctl::hook
