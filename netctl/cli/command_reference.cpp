#include "netctl/cli/command_reference.h"

#include "netctl/cli/help.h"
#include "netctl/cli/run_backup.h"
#include "netctl/cli/run_events.h"
#include "netctl/cli/run_hook.h"
#include "netctl/cli/run_pki.h"
#include "netctl/cli/run_setup.h"
#include "netctl/cli/run_state.h"
#include "netctl/cli/run_store.h"
#include "netctl/cli/run_wait.h"

#include <fmt/format.h>

namespace netctl::cli {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Commands

<!-- Made from the table of methods (netctl/api); UPDATE_GOLDEN=1 unit_cli rewrites this page. -->

`netctl NOUN VERB` mirrors the [RPC](rpc.md): the noun's own id or name stands by itself, all other
parameters are options. Tables are for people, `-o json` (or `--json`) and `-o yaml` for programs.
`-o wide` shows all columns, `-o name` only the names, one to a line. Exit status: 0 done, 1
refused, 2 wrong usage, 3 no daemon; of `netctl status` and `netctl wait` also 4: the daemon
answers, and not all is in force. A change answers when it is in force. Where a part is committed
and not yet in force, the answer lists it with the reason. `--dry-run` answers what would happen,
and leaves no trace.

From another machine, `--url https://HOST:PORT --ca FILE --cert FILE --key FILE` reaches the
daemon's NETCTL_LISTEN with the files that `netctl pki client` makes. NETCTL_URL, NETCTL_TLS_CA,
NETCTL_TLS_CERT and NETCTL_TLS_KEY in the environment stand for the options.

Short forms: `netctl status`, `plan`, `reconcile`, `reload`, `restart`, `pause`, `resume`, `events`.
`list`, `ls`, `show` and `get` mean `describe`; `rm` means `delete`, `detach` or `release`,
whichever the noun has. `netctl version` prints the version. `netctl complete -- WORD...` prints
what may stand in place of the last word, which is empty for a new one: bash and zsh ask it where
you press Tab, and it asks the daemon for names.

`netctl config check [FILE]` checks a configuration without a daemon, without FILE the one that
netctld reads; with `--host`, as root, it also shows what netctld would refuse or name as a problem
on this host. The exit status is 1 where netctld would refuse to start, or could not bring all into
force.

## The euca commands

The same program bears ten more names (make links to it). By each of them it takes the options of
euca2ools 3.4 and prints its lines: `euca-create-group`, `euca-delete-group`,
`euca-describe-groups`, `euca-authorize`, `euca-revoke`, `euca-allocate-address`,
`euca-release-address`, `euca-associate-address`, `euca-disassociate-address`,
`euca-describe-addresses`. They act for the account of `--account`, else of NETCTL_ACCOUNT, else for
the only account there is. With EC2_URL or -U they speak EC2 instead, for the account of the key in
-I and -S, or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: see [EC2](ec2.md). With `-o GROUP` the
source is that group alone.

```sh
euca-create-group web -d 'web servers'
euca-authorize -P tcp -p 22 -s 198.51.100.0/24 web
euca-authorize -P icmp -t 8:0 web
euca-associate-address -i i-0A1B2C3D 203.0.113.10
```
)";

}  // namespace

std::string commandReference() {
  std::string text(kIntroduction);
  for (const auto& method : api::methods()) {
    text += fmt::format("\n## netctl {}\n\n```\n{}```\n", commandName(method), helpMethod(method));
  }
  text += fmt::format("\n## netctl setup\n\n```\n{}```\n", helpSetup());
  text += fmt::format("\n## netctl events\n\n```\n{}```\n", helpEvents());
  text += fmt::format("\n## netctl wait\n\n```\n{}```\n", helpWait());
  text += fmt::format("\n## netctl hook\n\n```\n{}```\n", helpHook());
  return text + fmt::format("\n## netctl pki\n\n```\n{}```\n", helpPki()) +
         fmt::format("\n## netctl backup\n\n```\n{}```\n", helpBackup()) +
         fmt::format("\n## netctl restore\n\n```\n{}```\n", helpRestore()) +
         fmt::format("\n## netctl state\n\n```\n{}```\n", helpState()) +
         fmt::format("\n## netctl store\n\n```\n{}```\n", helpStore());
}

}  // namespace netctl::cli
