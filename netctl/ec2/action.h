#pragma once

#include "modes/cloud/commands.h"
#include "netctl/controller/controller.h"
#include "netctl/crypto/ssh_key.h"
#include "netctl/ec2/answer/answer.h"
#include "netctl/ec2/request/parameters.h"

#include <functional>
#include <string>
#include <string_view>
#include <variant>

/// The types that the actions of the EC2 Query API share: an action reads its parameters and the
/// cloud, and gives its answer or the command that has to run first.
namespace netctl::ec2 {

/// A request whose signature was right. Valid during the call only.
struct Call {
  const controller::View& view;
  const cloud::Account& account;
  std::string version;  ///< of the API, `YYYY-MM-DD`
  std::string host;     ///< the header Host
  std::chrono::sys_seconds now;
  const Parameters& parameters;
  const crypto::NewSshKey* ssh_key = nullptr;  ///< for an action that needs one

  [[nodiscard]] const cloud::Cloud& cloud() const { return view.cloud; }
  [[nodiscard]] const std::string& owner() const { return account.id.value; }
};

/// XML elements, those between `<requestId>` and the end of the document.
using Elements = std::string;

/// The same command as the RPC's, and the answer when it is in force. An answer may be an
/// error, where a command that changed nothing is one to EC2.
struct Change {
  using Answer = std::function<Result<Elements>(const controller::View&, const cloud::Outcome&)>;

  cloud::Command command;
  Answer answer;
  /// Asked again for a command with other new ids, where those were taken.
  std::function<cloud::Command()> again = {};
};

/// Where the parameters have faults, these are the answer and not what the action gives.
using Step = std::variant<Elements, Change>;
struct Action {
  Result<Step> (*run)(const Call&) = nullptr;
  /// It changes groups or elastic addresses, which only modes with networks have.
  bool needs_networks = false;
  Document document = Document::Compute;
  /// Call::ssh_key is made for it beforehand, of the type that KeyType says.
  bool needs_ssh_key = false;
};

/// Null where there is no such action.
const Action* findAction(std::string_view name);

/// `<return>true</return>`, which old clients insist on.
Elements returnTrue();
/// As answer to a command: returnTrue whatever it did.
Change::Answer alwaysTrue();
/// As answer to a command: an error where it changed nothing.
Change::Answer trueIfChanged(Error unchanged);

}  // namespace netctl::ec2
