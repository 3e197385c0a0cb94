#include "netctl/manual/pages.h"

#include "netctl/cli/command_reference.h"
#include "netctl/cli/run_euca.h"
#include "netctl/config/reference_manual.h"
#include "netctl/manual/man_page.h"
#include "netctl/program/command_lines.h"

#include <fmt/format.h>
#include <boost/program_options/options_description.hpp>

#include <string_view>
#include <utility>

namespace netctl::manual {
namespace {

constexpr std::string_view kNetctldMore = R"(
## Signals

- SIGTERM and SIGINT stop netctld. The data plane stays as it is: packets go on as before, and the
  DHCP server and netctl-metadata serve on. netctl-web ends with it.
- SIGHUP takes in a changed configuration. One that has errors changes nothing.

## Exit status

| status | why |
|---|---|
| 0 | It was told to stop, or has done what it was asked. |
| 1 | It failed. Another start may succeed. |
| 2 | It was called wrongly. |
| 78 | The configuration is wrong, or the stored cloud cannot be used. Another start would end alike. |

## Files

| file | what it is |
|---|---|
| /etc/netctl/netctl.conf | the configuration: **netctl.conf**(5) |
| /etc/eucalyptus/eucalyptus.conf | the configuration where the former does not exist |
| /var/lib/netctl | the cloud and the certificates |
| /run/netctl/netctl.sock | the socket of **netctl**(1), for root and the group netctl |

## See also

**netctl**(1), **netctl.conf**(5), **netctl-metadata**(8), **netctl-web**(8)
)";

constexpr std::string_view kServerMore = R"(
## See also

**netctld**(8)
)";

/// The options of a daemon as a table.
std::string optionTable(const CommandLine& command_line) {
  std::string text = "## Options\n\n| option | meaning |\n|---|---|\n";
  for (const auto& option : command_line.options.options()) {
    const auto value = option->format_parameter();
    text += fmt::format("| {}{}{} | {} |\n", option->format_name(), value.empty() ? "" : " ", value,
                        option->description());
  }
  return text;
}

Page daemonPage(std::string_view purpose, CommandLine command_line, std::string_view more) {
  addCommonOptions(command_line.options);
  const auto& help = command_line.help;
  const auto text =
      fmt::format("```\n{}\n```\n\n{}{}", help.usage, optionTable(command_line), more);
  return {help.name + ".8", manPage({.name = help.name, .section = 8, .purpose = purpose}, text)};
}

/// The reference of the commands, with each command below one heading.
Page netctlPage() {
  auto text = cli::commandReference();
  constexpr std::string_view kCommand = "\n## netctl ";
  auto at = text.find(kCommand);
  text.insert(at, "\n## Commands\n");
  while ((at = text.find(kCommand)) != std::string::npos) text.insert(at + 1, "#");
  text += "\n## See also\n\n**netctld**(8), **netctl.conf**(5), **netctl-euca**(1)\n";
  return {"netctl.1",
          manPage({.name = "netctl", .purpose = "controls the network of a private cloud"}, text)};
}

Page configurationPage() {
  auto text = config::referenceManual() + "\n## See also\n\n**netctld**(8), **netctl**(1)\n";
  return {
      "netctl.conf.5",
      manPage({.name = "netctl.conf", .section = 5, .purpose = "configuration of netctld"}, text)};
}

Page eucaPage() {
  std::string text =
      "netctl bears the names of ten commands of euca2ools 3.4, takes their options and prints "
      "their lines. They ask netctld over its socket, or an EC2 endpoint where EC2_URL or `-U` "
      "names one. NETCTL_ACCOUNT names the account to act for.\n\n## Commands\n";
  for (const auto& name : cli::eucaCommandNames()) {
    text += fmt::format("\n### {}\n\n```\n{}```\n", name, cli::helpEuca(name));
  }
  text += "\n## See also\n\n**netctl**(1)\n";
  return {
      "netctl-euca.1",
      manPage({.name = "netctl-euca", .purpose = "the commands of euca2ools, by netctl"}, text)};
}

}  // namespace

std::vector<Page> pages() {
  return {netctlPage(),
          eucaPage(),
          configurationPage(),
          daemonPage("network controller of a private cloud", netctldCommandLine(), kNetctldMore),
          daemonPage("tells instances what they are", netctlMetadataCommandLine(), kServerMore),
          daemonPage("serves EC2's clients", netctlWebCommandLine(), kServerMore)};
}

}  // namespace netctl::manual
