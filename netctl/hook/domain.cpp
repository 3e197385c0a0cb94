#include "netctl/hook/domain.h"

#include "base/text.h"
#include "modes/cloud/objects.h"

#include <fmt/format.h>
#include <boost/property_tree/xml_parser.hpp>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace netctl::hook {
namespace {

using Element = boost::property_tree::ptree;

constexpr std::size_t kLargestDomain = std::size_t{1} << 20U;
/// Of elements in each other. The parser calls itself for each.
constexpr int kDeepest = 64;
constexpr std::size_t kMostGroups = 100;

/// The end of a start tag, behind what its attributes quote.
std::size_t endOfTag(std::string_view xml, std::size_t at) {
  while ((at = xml.find_first_of("\"'>", at)) != std::string_view::npos && xml[at] != '>') {
    at = xml.find(xml[at], at + 1);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

/// Whether elements stand in each other deeper than the parser is let go; a document type, which
/// libvirt never writes, counts as that.
bool isTooDeep(std::string_view xml) {
  int depth = 0;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
    const auto rest = xml.substr(at);
    if (rest.starts_with("<!--")) {
      at = xml.find("-->", at + 4);
    } else if (rest.starts_with("<![CDATA[")) {
      at = xml.find("]]>", at);
    } else if (rest.starts_with("<?")) {
      at = xml.find("?>", at);
    } else if (rest.starts_with("<!")) {
      return true;
    } else if (rest.starts_with("</")) {
      --depth;
      at = xml.find('>', at);
    } else {
      at = endOfTag(xml, at);
      const bool is_whole = at != std::string_view::npos && xml[at - 1] == '/';
      if (!is_whole && ++depth > kDeepest) return true;
    }
  }
  return false;
}

std::string attribute(const Element& element, const std::string& name) {
  const auto attributes = element.get_child_optional("<xmlattr>");
  if (!attributes) return {};
  const auto found = attributes->find(name);
  return found == attributes->not_found() ? std::string() : found->second.data();
}

std::string trimmedText(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

/// A name as `prefix:local`.
struct Name {
  std::string prefix;
  std::string local;
};
Name nameOf(const std::string& name) {
  const auto colon = name.find(':');
  if (colon == std::string::npos) return {"", name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

/// Our element. Its namespace is declared by itself or by an element around it.
const Element* findOurs(const Element& domain) {
  const auto metadata = domain.get_child_optional("metadata");
  if (!metadata) return nullptr;
  for (const auto& [key, element] : *metadata) {
    const auto name = nameOf(key);
    if (name.local != "instance") continue;
    const auto declaration = name.prefix.empty() ? std::string("xmlns") : "xmlns:" + name.prefix;
    for (const auto* place : {&element, &*metadata, &domain}) {
      const auto declared = attribute(*place, declaration);
      if (declared.empty()) continue;
      if (declared == kDomainNamespace) return &element;
      break;
    }
  }
  return nullptr;
}

/// `i-` and the last 17 digits of the UUID, all but one of which are random.
std::string idOfUuid(std::string uuid) {
  std::erase(uuid, '-');
  constexpr std::size_t kDigits = 17;
  return uuid.size() < kDigits ? std::string() : "i-" + uuid.substr(uuid.size() - kDigits);
}

class DomainReader {
 public:
  explicit DomainReader(const Element& domain) : domain_(domain) {}

  Result<std::optional<Machine>> read() {
    const auto* ours = findOurs(domain_);
    if (ours == nullptr) return std::optional<Machine>();
    machine_.hypervisor = "libvirt";
    machine_.name = domain_.get("name", "");
    readOurs(*ours);
    readInterface();
    if (!faults_.empty()) return wrongMachine(machine_.name, std::move(faults_));
    return std::optional(std::move(machine_));
  }

 private:
  void fault(std::string where, std::string message) {
    faults_.push_back({std::move(where), std::move(message)});
  }

  void readOurs(const Element& ours) {
    const auto named = attribute(ours, "id");
    const auto id =
        cloud::InstanceId::parse(named.empty() ? idOfUuid(domain_.get("uuid", "")) : named);
    if (id) machine_.instance_id = id->text();
    if (!id) fault("id", id.error().message);
    machine_.owner = attribute(ours, "owner");
    if (machine_.owner.empty()) fault("owner", "its metadata name no account; write owner='NAME'");
    if (const auto addressing = attribute(ours, "addressing"); !addressing.empty()) {
      machine_.addressing = addressing;
      if (addressing != "public" && addressing != "private") {
        fault("addressing", fmt::format("addressing {} is not possible; write public or private",
                                        quote(addressing)));
      }
    }
    if (const auto ephemeral = attribute(ours, "ephemeral"); !ephemeral.empty()) {
      machine_.ephemeral = ephemeral == "yes";
      if (ephemeral != "yes" && ephemeral != "no") {
        fault("ephemeral",
              fmt::format("ephemeral {} is not possible; write yes or no", quote(ephemeral)));
      }
    }
    if (const auto attributes = ours.get_child_optional("<xmlattr>")) {
      for (const auto& [name, value] : *attributes) checkAttribute(name);
    }
    for (const auto& [key, element] : ours) {
      if (key == "<xmlattr>" || key == "<xmlcomment>" || key == "<xmltext>") continue;
      if (nameOf(key).local == "group") {
        machine_.groups.push_back(trimmedText(element.data()));
      } else {
        fault(key,
              fmt::format("its metadata have {}, which has no meaning; group does", quote(key)));
      }
    }
    if (machine_.groups.size() > kMostGroups) {
      fault("group", fmt::format("{} groups are too many", machine_.groups.size()));
    }
  }

  void checkAttribute(const std::string& name) {
    constexpr std::array<std::string_view, 4> kKnown{"id", "owner", "addressing", "ephemeral"};
    if (name.starts_with("xmlns") || std::ranges::find(kKnown, name) != kKnown.end()) return;
    fault(name, fmt::format("its metadata have {}, which has no meaning; id, owner, addressing "
                            "and ephemeral do",
                            quote(name)));
  }

  void readInterface() {
    const Element* found = nullptr;
    std::size_t interfaces = 0;
    if (const auto devices = domain_.get_child_optional("devices")) {
      for (const auto& [key, element] : *devices) {
        if (key != "interface") continue;
        ++interfaces;
        found = &element;
      }
    }
    if (interfaces != 1) {
      return fault("interface",
                   fmt::format("it has {} network interfaces; an instance has one", interfaces));
    }
    const auto type = attribute(*found, "type");
    if (type != "bridge" && type != "ethernet") {
      fault("interface", fmt::format("its interface is of type {}; write bridge, or in MANAGED "
                                     "ethernet",
                                     quote(type)));
    }
    if (const auto source = found->get_child_optional("source"); source && type == "bridge") {
      machine_.bridge = attribute(*source, "bridge");
    }
    if (found->get_child_optional("vlan")) {
      fault("vlan",
            "its interface has <vlan>; the network of its first group says it, leave it "
            "out");
    }
    if (found->get_child_optional("virtualport")) {
      fault("virtualport",
            "its interface has <virtualport>; netctl plugs into bridges of the "
            "kernel, leave it out");
    }
    const auto mac = found->get_child_optional("mac");
    const auto address = net::parseMacAddress(mac ? attribute(*mac, "address") : "");
    if (address && !address->isMulticast()) {
      machine_.mac = *address;
    } else {
      fault("mac", "its interface has no MAC address of one device");
    }
    const auto target = found->get_child_optional("target");
    const auto device = target ? attribute(*target, "dev") : "";
    // libvirt gives that name itself, another one at each start.
    if (!device.starts_with("vnet")) machine_.device = device;
  }

  const Element& domain_;
  Machine machine_;
  std::vector<Fault> faults_;
};

Error noDomain(std::string why) {
  return {ErrorCode::InvalidArgument, "InvalidMachine",
          "what came on stdin is not the XML of a domain: " + std::move(why)};
}

}  // namespace

Result<std::optional<Machine>> parseDomain(std::string_view xml) {
  if (xml.size() > kLargestDomain) return noDomain("it is larger than 1 MiB");
  // XML has no other; the parser takes it for the end.
  if (xml.find('\0') != std::string_view::npos) return noDomain("it has a byte of 0");
  if (isTooDeep(xml)) {
    return noDomain(
        fmt::format("it has a document type, or more than {} elements in each other", kDeepest));
  }
  Element document;
  std::istringstream text{std::string(xml)};
  try {
    boost::property_tree::read_xml(text, document, boost::property_tree::xml_parser::no_comments);
  } catch (const boost::property_tree::xml_parser_error& fault) {
    return noDomain(fault.message());
  }
  const auto domain = document.get_child_optional("domain");
  if (!domain) return noDomain("it has no element domain");
  return DomainReader(*domain).read();
}

}  // namespace netctl::hook
