#include "tests/kernel/support/guarded_bridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace netctl::kernel {

host::EditGuards difference(const host::Guards& before, const host::Guards& after) {
  host::HostState observed;
  host::HostState desired;
  observed.guards = before;
  desired.guards = after;
  const auto plan = host::diff(desired, observed);
  if (plan.empty()) return {};
  EXPECT_EQ(plan.steps.size(), 1U);
  return std::get<host::EditGuards>(plan.steps.front().action);
}

host::EditGuards creation(const host::Guards& guards) {
  return difference({}, guards);
}

void GuardedBridge::SetUp() {
  NetworkNamespace::SetUp();
  // Nothing is to be on the wires but what the tests send.
  output("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  guards_.emplace(BridgeGuards::open().value());
}

void GuardedBridge::TearDown() {
  wires_.clear();
  NetworkNamespace::TearDown();
}

void GuardedBridge::build(const std::string& bridge,
                          const std::map<std::string, std::string>& ports) {
  output(
      fmt::format("ip link add {0} type bridge mcast_snooping 0 && "
                  "ip link set {0} address {1} up",
                  bridge, kHostMac));
  std::string made;
  std::string up;
  for (const auto& [wire, port] : ports) {
    made += fmt::format(
        "link add {} type veth peer name {}\nlink set {} master {}\n"
        "link set {} type bridge_slave hairpin on learning off\n",
        wire, port, port, bridge, port);
    up += fmt::format("link set {} up\nlink set {} up\n", wire, port);
  }
  // All links together, because the kernel tells of changed links only once a second.
  output(fmt::format("ip -batch - <<'END'\n{}{}END", made, up));
  for (const auto& [wire, port] : ports) {
    output(
        fmt::format("timeout 10 sh -c 'until bridge link show dev {} | grep -q forwarding; do "
                    "sleep 0.05; done'",
                    port));
  }
  for (const auto& [wire, port] : ports) wires_[wire] = std::make_unique<Wire>(wire);
  wires_["host"] = std::make_unique<Wire>(bridge);
}

void GuardedBridge::setBridgeNetfilter(bool on) {
  output(fmt::format("for file in /proc/sys/net/bridge/bridge-nf-call-*; do echo {} > $file; done",
                     on ? 1 : 0));
}

void GuardedBridge::apply(const host::EditGuards& step) {
  const auto applied = guards_->apply(step);
  ASSERT_TRUE(applied) << applied.error().message;
}

void GuardedBridge::make(const host::Guards& guards) {
  apply(creation(guards));
}

host::Guards GuardedBridge::look(const host::Scope& scope) {
  host::HostState state;
  const auto looked = guards_->look(scope, state);
  EXPECT_TRUE(looked) << looked.error().message;
  return state.guards;
}

host::Guards GuardedBridge::lookAtAll() {
  host::Scope scope;
  scope.everything = true;
  return look(scope);
}

void GuardedBridge::send(const std::string& what, const std::string& from,
                         std::initializer_list<std::string> to,
                         const std::function<Bytes(const Bytes&)>& frame) {
  const auto token = fmt::format("<{:030}>", sent_.size());
  sent_.push_back({fmt::format("{} from {}", what, from), token, to});
  wires_.at(from)->send(frame(token));
}

void GuardedBridge::expectArrivals() {
  for (const auto& sent : sent_) {
    for (const auto& name : sent.to) {
      EXPECT_TRUE(wires_.at(name)->gets(sent.token, true))
          << sent.what << " did not reach " << name;
    }
  }
  // Frames cross a bridge on the processor that sent them; this is for one that is very busy.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (const auto& sent : sent_) {
    for (const auto& [name, wire] : wires_) {
      if (std::find(sent.to.begin(), sent.to.end(), name) != sent.to.end()) continue;
      EXPECT_FALSE(wire->gets(sent.token, false)) << sent.what << " reached " << name;
    }
  }
  sent_.clear();
}

}  // namespace netctl::kernel
