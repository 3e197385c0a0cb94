#include "netctl/controller/controller_impl.h"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

/// When the controller looks at the host: by news, by the poll, by the audit.
namespace netctl::controller {
namespace {

constexpr std::chrono::milliseconds kSettle{20};
constexpr std::chrono::milliseconds kPoll{1000};
/// An audit takes this part of a processor's time: one in fifty is 2 %.
constexpr int kAuditShare = 50;

}  // namespace

void Controller::Impl::devicesChanged(const DeviceNews& news) {
  if (auto renamed = enforcer_.seeNames(news); !renamed.empty()) {
    suspects_.merge(renamed);
    // At once: behind another name a port has no guard.
    look();
  }
  record(seen_devices_.update(news));
  for (const auto& device : news.devices) {
    if (!enforcer_.ports().instanceOf(device.name)) continue;
    changed_devices_.insert(device.name);
    if (!device.here) gone_devices_.insert(device.name);
  }
  for (const auto& link : news.links) {
    if (enforcer_.carries(link, news.disturbed.contains(link))) changed_carriers_.insert(link);
  }
  lookSoon();
}

void Controller::Impl::suspected(const host::Scope& scope) {
  suspects_.merge(scope);
  lookSoon();
}

void Controller::Impl::suspected(const host::Areas& areas) {
  suspected_areas_.insert(areas.begin(), areas.end());
  lookAsideSoon();
}

void Controller::Impl::lookSoon() {
  const bool any = !changed_devices_.empty() || !changed_carriers_.empty() || !suspects_.empty();
  if (!any || std::exchange(look_is_due_, true)) return;
  look_timer_.expires_after(kSettle);
  look_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    look_is_due_ = false;
    if (!error) look();
  }));
}

void Controller::Impl::look() {
  if (status_.paused_until) holdNews();
  gone_devices_.clear();
  if (!changed_devices_.empty()) enforcer_.lookAt(std::exchange(changed_devices_, {}));
  enforcer_.lookAt(std::exchange(changed_carriers_, {}), std::exchange(suspects_, {}));
  settle();
}

void Controller::Impl::holdNews() {
  auto areas = host::areasOf(std::exchange(suspects_, {}));
  if (!std::exchange(changed_carriers_, {}).empty()) {
    areas.insert({host::Area::Links, host::Area::Addresses});
  }
  const auto awaited = enforcer_.ports().waiting();
  const auto is_held = [&](const std::string& device) {
    return !awaited.contains(device) && !gone_devices_.contains(device);
  };
  if (std::erase_if(changed_devices_, is_held) > 0) areas.insert(host::Area::Links);
  suspected(areas);
}

void Controller::Impl::lookAsideSoon() {
  const bool any = audit_is_due_ || !suspected_areas_.empty();
  if (!any || looks_aside_ || std::exchange(aside_is_due_, true)) return;
  aside_timer_.expires_after(kSettle);
  aside_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    aside_is_due_ = false;
    if (!error) lookAside();
  }));
}

void Controller::Impl::lookAside() {
  looks_aside_ = true;
  const bool is_audit = std::exchange(audit_is_due_, false);
  auto areas = std::exchange(suspected_areas_, {});
  if (is_audit) areas = host::allAreas();
  auto tell = whileAlive([this, is_audit](const Findings& findings) { found(findings, is_audit); });
  enforcer_.lookAside(areas, [&io = io_, tell = std::move(tell)](Findings findings) {
    boost::asio::post(io,
                      [tell = tell, findings = std::move(findings)]() mutable { tell(findings); });
  });
}

void Controller::Impl::found(const Findings& findings, bool is_audit) {
  looks_aside_ = false;
  if (findings.error) {
    spdlog::warn("controller cannot read the host error=\"{}\"", findings.error->message);
    // With the next poll.
    suspected_areas_.insert(findings.areas.begin(), findings.areas.end());
  } else {
    if (status_.paused_until) {
      hold(findings);
    } else if (!findings.differing.empty()) {
      if (const auto pass = enforcer_.lookAtAll(findings.differing); !pass) {
        suspected_areas_.insert(findings.differing.begin(), findings.differing.end());
      }
      settle();
    }
    if (is_audit) noteAudit();
    lookAsideSoon();
  }
  if (is_audit) armAudit(findings.cost);
}

void Controller::Impl::hold(const Findings& findings) {
  for (const auto area : findings.areas) {
    if (!findings.differing.contains(area)) {
      status_.held.erase(area);
    } else if (status_.held.insert(area).second) {
      events_.add(EventKind::Drift, std::string(host::format(area)),
                  "differs, and stays so while repairs are paused");
    }
  }
  tellServiceProblems();
}

void Controller::Impl::pause(std::chrono::seconds duration) {
  status_.paused_until = std::chrono::system_clock::now() + duration;
  enforcer_.holdRepairs(true);
  tellServiceProblems();
  pause_timer_.expires_after(duration);
  pause_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    // Another pause may have begun when this one's end was on its way already.
    const bool is_over = pause_timer_.expiry() <= std::chrono::steady_clock::now();
    if (!error && is_over) resume();
  }));
}

void Controller::Impl::resume() {
  if (!std::exchange(status_.paused_until, std::nullopt)) return;
  pause_timer_.cancel();
  status_.held.clear();
  enforcer_.holdRepairs(false);
  tellServiceProblems();
  audit_is_due_ = true;
  lookAsideSoon();
}

void Controller::Impl::armAudit(std::chrono::nanoseconds cost) {
  const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(kAuditShare * cost);
  status_.audit_period = std::clamp(period, options_.audit.least, options_.audit.most);
  audit_timer_.expires_after(status_.audit_period);
  audit_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    if (error) return;
    audit_is_due_ = true;
    enforcer_.learnCutFlows();
    lookAsideSoon();
  }));
}

void Controller::Impl::armPoll() {
  poll_timer_.expires_after(kPoll);
  poll_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    if (error) return;
    if (auto step =
            clock_steps_.seen(std::chrono::system_clock::now(), std::chrono::steady_clock::now())) {
      events_.add(EventKind::Notice, "clock of this host", std::move(*step));
    }
    lookAtStore();
    if (is_lost_) return;
    if (!settling_.isMoving()) askForSuspects();
    // What is lost while repairs are paused is found when they go on.
    if (!status_.paused_until) enforcer_.seeLostFlows();
    // Paused or not: it repairs nothing.
    enforcer_.shareFlows();
    setProblems("flows", enforcer_.flowProblems());
    if (enforcer_.hasDueFight()) suspected_areas_ = host::allAreas();
    setProblems("repairs", enforcer_.problems());
    lookAsideSoon();
    armPoll();
  }));
}

void Controller::Impl::askForSuspects() {
  if (auto areas = enforcer_.suspects(); !areas) {
    spdlog::warn("controller cannot ask the host error=\"{}\"", areas.error().message);
  } else {
    suspected_areas_.merge(settling_.seen(*std::move(areas)));
  }
  if (settling_.isMoving()) lookAgainWhenStill();
}

void Controller::Impl::lookAgainWhenStill() {
  still_timer_.expires_after(Settling::kStill);
  still_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    if (error) return;
    askForSuspects();
    lookAsideSoon();
  }));
}

Result<Pass> Controller::Impl::audit() {
  auto pass = enforcer_.audit();
  if (pass) noteAudit();
  settle();
  return pass;
}

void Controller::Impl::noteAudit() {
  ++metrics_.audits;
  status_.last_audit = std::chrono::system_clock::now();
}

}  // namespace netctl::controller
