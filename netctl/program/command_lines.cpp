#include "netctl/program/command_lines.h"

namespace netctl {

namespace options = boost::program_options;

CommandLine netctldCommandLine() {
  options::options_description description("options");
  description.add_options()("config", options::value<std::string>(),
                            "the configuration; without it /etc/netctl/netctl.conf, else "
                            "/etc/eucalyptus/eucalyptus.conf")(
      "purge", options::bool_switch(),
      "end the DHCP and the metadata server, remove all that is netctl's from this host but its "
      "state, and exit")(
      "accept-overlap", options::bool_switch(),
      "start although this host has other addresses or routes inside a VNET_SUBNET that is new to "
      "it")("load-modules", options::bool_switch(),
            "load the kernel modules that netctld needs, and exit: for a unit in which netctld may "
            "not");
  return {{.name = "netctld",
           .usage = "netctld is the network controller of a private cloud.\n\n"
                    "usage: netctld [--config FILE] [--accept-overlap | --purge]\n"
                    "       netctld --load-modules",
           .example = "\nexample:\n  netctld --config /etc/eucalyptus/eucalyptus.conf\n"},
          std::move(description)};
}

CommandLine netctlMetadataCommandLine() {
  options::options_description description("options");
  description.add_options()("serve", options::value<std::string>(),
                            "the directory, as an absolute path, with the files that netctld "
                            "leaves; goes into the background when instances are served")(
      "user", options::value<std::string>()->default_value("netctl-metadata"),
      "become this user where the host has it");
  return {{.name = "netctl-metadata",
           .usage = "netctl-metadata tells instances what they are, at 169.254.169.254. netctld "
                    "starts it.\n\nusage: netctl-metadata --serve DIRECTORY"},
          std::move(description)};
}

CommandLine netctlWebCommandLine() {
  options::options_description description("options");
  description.add_options()("user", options::value<std::string>()->default_value("netctl-web"),
                            "become this user where the host has it");
  return {{.name = "netctl-web",
           .usage = "netctl-web reads what clients of the EC2 endpoint send, and asks netctld. "
                    "netctld, or systemd,\nstarts it, with a socket as descriptor 3.\n\n"
                    "usage: netctl-web [--user USER]"},
          std::move(description)};
}

}  // namespace netctl
