#include "netctl/cli/run_euca.h"

#include "netctl/cli/command_line.h"
#include "netctl/cli/euca_commands.h"
#include "netctl/cli/euca_values.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"

#include <boost/program_options.hpp>

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>

namespace netctl::cli {
namespace {

namespace options = boost::program_options;

const std::map<std::string, EucaCommand, std::less<>>& commands() {
  static const std::map<std::string, EucaCommand, std::less<>> kCommands{
      {"euca-create-group", {createGroupOptions, createGroup, "NAME -d DESCRIPTION"}},
      {"euca-delete-group", {noOptions, deleteGroup, "GROUP"}},
      {"euca-describe-groups",
       {filterOptions, describeGroups, "[GROUP ...] [--filter NAME=VALUE ...]"}},
      {"euca-authorize",
       {permissionOptions, authorize,
        "[-P PROTOCOL] [-p PORT[-PORT] | -t TYPE:CODE] [-s CIDR | -o GROUP -u ACCOUNT] GROUP"}},
      {"euca-revoke",
       {permissionOptions, revoke,
        "[-P PROTOCOL] [-p PORT[-PORT] | -t TYPE:CODE] [-s CIDR | -o GROUP -u ACCOUNT] GROUP"}},
      {"euca-allocate-address", {domainOptions, allocateAddress, "[-d standard|vpc]"}},
      {"euca-release-address", {allocationOptions, releaseAddress, "ADDRESS | -a ALLOCATION"}},
      {"euca-associate-address",
       {associationOptions, associateAddress,
        "-i INSTANCE ADDRESS | -i INSTANCE -a ALLOCATION [--allow-reassociation]"}},
      {"euca-disassociate-address",
       {allocationOptions, disassociateAddress, "ADDRESS | -a ASSOCIATION"}},
      {"euca-describe-addresses",
       {filterOptions, describeAddresses, "[ADDRESS ...] [--filter NAME=VALUE ...]"}},
  };
  return kCommands;
}

options::options_description commonOptions() {
  options::options_description common;
  common.add_options()("account", options::value<std::string>()->default_value(""),
                       "account to act for; else NETCTL_ACCOUNT, else the only account")(
      "socket", options::value<std::string>(), "the daemon's socket; else NETCTL_SOCKET")(
      "show-empty-fields", options::bool_switch(), "show empty fields as (nil)")(
      "help,h", options::bool_switch(), "this text")("url,U", options::value<std::string>(),
                                                     "EC2 endpoint instead of the socket; else "
                                                     "EC2_URL")(
      "access-key-id,I", options::value<std::string>(), "key for EC2; else AWS_ACCESS_KEY_ID")(
      "secret-key,S", options::value<std::string>(), "its secret; else AWS_SECRET_ACCESS_KEY");
  return common;
}

int fail(const std::string& name, const Error& error) {
  if (error.reason == "Usage") {
    std::cerr << name << ": error: " << error.message << "\n";
    return kUsage;
  }
  if (error.reason == "NoDaemon") {
    std::cerr << name << ": error: " << error.message << "\n";
    return kNoDaemon;
  }
  std::cerr << name << ": error (" << error.reason << "): " << error.message << "\n";
  return kRefused;
}

/// To EC2 where that was chosen: another endpoint than our socket must never be mistaken for it.
Result<EucaSession> makeSession(const options::variables_map& given,
                                const std::optional<Ec2Access>& ec2) {
  const bool show_empty = given["show-empty-fields"].as<bool>();
  if (ec2) return EucaSession(*ec2, show_empty);
  const std::filesystem::path socket =
      given.count("socket") > 0 ? std::filesystem::path(given["socket"].as<std::string>())
                                : defaultSocket();
  auto owner = EucaSession::chooseOwner(socket, given["account"].as<std::string>());
  if (!owner) return owner.error();
  return EucaSession(socket, *owner, show_empty);
}

Result<options::variables_map> parseWords(const options::options_description& description,
                                          const std::vector<std::string>& words) {
  options::options_description all;
  all.add(description).add_options()("names", options::value<std::vector<std::string>>());
  options::positional_options_description positional;
  positional.add("names", -1);
  return readOptions(all, positional, words);
}

}  // namespace

bool isEucaCommand(std::string_view name) {
  return commands().contains(name);
}

std::vector<std::string> eucaCommandNames() {
  std::vector<std::string> names;
  for (const auto& [name, command] : commands()) names.push_back(name);
  return names;
}

std::string helpEuca(const std::string& name) {
  const auto& command = commands().at(name);
  auto description = commonOptions();
  command.options(description);
  std::ostringstream text;
  text << "usage: " << name << " " << command.usage << "\n\n" << description;
  return text.str();
}

int runEuca(const std::string& name, const std::vector<std::string>& words) {
  const auto& command = commands().at(name);
  auto description = commonOptions();
  command.options(description);
  const auto given = parseWords(description, words);
  if (!given) return fail(name, given.error());
  if ((*given)["help"].as<bool>()) {
    std::cout << helpEuca(name);
    return kDone;
  }
  const auto ec2 = chooseEc2(optionText(*given, "url"), optionText(*given, "access-key-id"),
                             optionText(*given, "secret-key"));
  if (!ec2) return fail(name, ec2.error());
  const auto session = makeSession(*given, *ec2);
  if (!session) return fail(name, session.error());
  const auto text = command.run(*session, *given);
  if (!text) return fail(name, text.error());
  std::cout << *text;
  return kDone;
}

}  // namespace netctl::cli
