#pragma once

#include "netctl/cli/euca_session.h"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What each of the euca commands does. A run gives the lines to print; an Error of reason `Usage`
/// is the caller's slip, any other is the daemon's refusal.
namespace netctl::cli {

using EucaOptions = boost::program_options::options_description;
using EucaValues = boost::program_options::variables_map;

struct EucaCommand {
  std::function<void(EucaOptions&)> options;
  std::function<Result<std::string>(const EucaSession&, const EucaValues&)> run;
  std::string_view usage;
};

void noOptions(EucaOptions& options);
void filterOptions(EucaOptions& options);
void createGroupOptions(EucaOptions& options);
void permissionOptions(EucaOptions& options);
void domainOptions(EucaOptions& options);
void allocationOptions(EucaOptions& options);
void associationOptions(EucaOptions& options);

Result<std::string> createGroup(const EucaSession& session, const EucaValues& values);
Result<std::string> deleteGroup(const EucaSession& session, const EucaValues& values);
Result<std::string> describeGroups(const EucaSession& session, const EucaValues& values);
Result<std::string> authorize(const EucaSession& session, const EucaValues& values);
Result<std::string> revoke(const EucaSession& session, const EucaValues& values);
Result<std::string> allocateAddress(const EucaSession& session, const EucaValues& values);
Result<std::string> releaseAddress(const EucaSession& session, const EucaValues& values);
Result<std::string> associateAddress(const EucaSession& session, const EucaValues& values);
Result<std::string> disassociateAddress(const EucaSession& session, const EucaValues& values);
Result<std::string> describeAddresses(const EucaSession& session, const EucaValues& values);

}  // namespace netctl::cli
