#include "netctl/hook/virtual_machine_file.h"

#include "base/text.h"
#include "modes/cloud/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace netctl::hook {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view kTag = "netctl.";
constexpr std::string_view kLine = "netctl:";

std::string_view withoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Words split(std::string_view text, std::string_view separators) {
  Words words;
  for (;;) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

/// The description is percent-encoded (RFC 3986).
std::string decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : std::nullopt;
    const auto low = high ? hexDigit(text[i + 2]) : std::nullopt;
    if (low) {
      bytes += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

/// `i-` and the VMID as it is written; eight digits hold most, and the others are nine.
std::string idOfVmid(std::string_view vmid) {
  return vmid.size() <= 8 ? fmt::format("i-{:0>8}", vmid) : fmt::format("i-{:0>17}", vmid);
}

/// `net0` to `net31`.
bool isInterface(std::string_view key) {
  return key.starts_with("net") && key.size() > 3 && std::ranges::all_of(key.substr(3), isDigit);
}

class FileReader {
 public:
  FileReader(std::string_view vmid, std::string_view text) : vmid_(vmid), text_(text) {}

  Result<std::optional<Machine>> read() {
    machine_.name = vmid_;
    machine_.hypervisor = "proxmox";
    for (auto rest = text_; !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const auto line = withoutBlanks(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      // A snapshot's values, or those of a change that waits for the next start.
      if (line.starts_with('[')) break;
      readLine(line);
    }
    if (!is_ours_) return std::optional<Machine>();
    const auto id = cloud::InstanceId::parse(machine_.instance_id.empty() ? idOfVmid(vmid_)
                                                                          : machine_.instance_id);
    if (id) machine_.instance_id = id->text();
    if (!id) fault("id", id.error().message);
    readInterface();
    if (!faults_.empty()) return wrongMachine(machine_.name, std::move(faults_));
    return std::optional(std::move(machine_));
  }

 private:
  void fault(std::string where, std::string message) {
    faults_.push_back({std::move(where), std::move(message)});
  }

  void readLine(std::string_view line) {
    if (line.starts_with('#')) {
      const auto text = decoded(line.substr(1));
      for (const auto each : split(text, "\n")) readDescription(withoutBlanks(each));
      return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto key = line.substr(0, colon);
    const auto value = withoutBlanks(line.substr(colon + 1));
    if (key == "tags") {
      for (const auto tag : split(value, ";, ")) readTag(tag);
    } else if (key == "description") {
      const auto text = decoded(value);
      for (const auto each : split(text, "\n")) readDescription(withoutBlanks(each));
    } else if (isInterface(key)) {
      ++interfaces_;
      key_ = key;
      interface_ = value;
    }
  }

  void readTag(std::string_view tag) {
    if (!tag.starts_with(kTag)) return;
    is_ours_ = true;
    const auto names = tag.substr(kTag.size());
    const auto dot = names.find('.');
    const auto owner = names.substr(0, dot);
    const auto group = dot == std::string_view::npos ? std::string_view() : names.substr(dot + 1);
    if (owner.empty() || group.empty()) {
      return fault("tags", fmt::format("tag {} names no account and group; write "
                                       "netctl.ACCOUNT.GROUP",
                                       quote(tag)));
    }
    if (!machine_.owner.empty() && machine_.owner != owner) {
      return fault("tags", fmt::format("its tags name two accounts, {} and {}",
                                       quote(machine_.owner), quote(owner)));
    }
    machine_.owner = owner;
    machine_.groups.emplace_back(group);
  }

  void readDescription(std::string_view line) {
    if (!line.starts_with(kLine)) return;
    for (const auto word : split(line.substr(kLine.size()), " \t")) {
      const auto equals = word.find('=');
      const auto key = word.substr(0, equals);
      const auto value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
      if (key == "id") {
        machine_.instance_id = value;
      } else if (key == "addressing" && (value == "public" || value == "private")) {
        machine_.addressing = value;
      } else if (key == "ephemeral" && (value == "yes" || value == "no")) {
        machine_.ephemeral = value == "yes";
      } else {
        fault("description", fmt::format("its description says {}; write id=i-..., "
                                         "addressing=public or private, ephemeral=yes or no",
                                         quote(word)));
      }
    }
  }

  /// `MODEL=MAC,bridge=vmbr0,firewall=1`, or `MODEL,macaddr=MAC,...`.
  void readInterface() {
    if (interfaces_ != 1) {
      return fault("net",
                   fmt::format("it has {} network interfaces; an instance has one", interfaces_));
    }
    std::string_view mac;
    for (const auto part : split(interface_, ",")) {
      const auto equals = part.find('=');
      const auto key = part.substr(0, equals);
      const auto value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
      if (key == "bridge") machine_.bridge = value;
      if (key == "macaddr" || net::parseMacAddress(value)) mac = value;
      const bool is_off = value.empty() || value == "0";
      if (key == "firewall" && !is_off) refusePart(part, "the groups and guards do that");
      if (key == "tag") refusePart(part, "the network of its first group says it");
      if (key == "trunks") refusePart(part, "an instance has no tags of its own");
    }
    const auto address = net::parseMacAddress(mac);
    if (address && !address->isMulticast()) {
      machine_.mac = *address;
    } else {
      fault("net", fmt::format("its {} has no MAC address of one device", key_));
    }
    machine_.device = fmt::format("tap{}i{}", vmid_, key_.substr(3));
  }

  void refusePart(std::string_view part, std::string_view why) {
    fault("net", fmt::format("its {} has {}; {}, leave it out", key_, part, why));
  }

  std::string_view vmid_;
  std::string_view text_;
  Machine machine_;
  bool is_ours_ = false;
  std::size_t interfaces_ = 0;
  std::string_view key_;
  std::string_view interface_;
  std::vector<Fault> faults_;
};

/// 100 to 999999999, as Proxmox counts.
bool isVmid(std::string_view text) {
  return text.size() >= 3 && text.size() <= 9 && text[0] != '0' &&
         std::ranges::all_of(text, isDigit);
}

}  // namespace

Result<std::optional<Machine>> parseVirtualMachineFile(std::string_view vmid,
                                                       std::string_view text) {
  if (!isVmid(vmid)) {
    return Error{ErrorCode::InvalidArgument, "InvalidMachine",
                 fmt::format("{} is not a VMID; write a number of 100 to 999999999", quote(vmid))};
  }
  return FileReader(vmid, text).read();
}

}  // namespace netctl::hook
