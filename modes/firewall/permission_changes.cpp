#include "modes/firewall/permission_changes.h"

#include <algorithm>
#include <iterator>

namespace netctl::firewall {

std::vector<cloud::Permission> differingPermissions(const cloud::Change<cloud::Group>& change) {
  static const std::set<cloud::Permission> kNone;
  std::vector<cloud::Permission> differing;
  std::ranges::set_symmetric_difference(change.before ? change.before->permissions : kNone,
                                        change.after ? change.after->permissions : kNone,
                                        std::back_inserter(differing));
  return differing;
}

bool isMoved(const cloud::Change<cloud::Instance>& change) {
  return !change.before || !change.after ||
         change.before->private_address != change.after->private_address ||
         change.before->groups != change.after->groups;
}

}  // namespace netctl::firewall
