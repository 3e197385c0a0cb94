/// What costs no kernel: rendering and comparing, over a cloud of so many groups with ten
/// permissions and five instances each. Google Benchmark's own options hold.

#include "modes/cloud/commands.h"
#include "modes/host/plan.h"
#include "modes/mode.h"
#include "netctl/api/request.h"
#include "netctl/controller/controller.h"
#include "netctl/ec2/actions.h"
#include "netctl/rpc/json_rpc.h"
#include "tests/support/example_cloud.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>

namespace {

using namespace netctl;

constexpr std::uint16_t kPermissions = 10;
constexpr unsigned kInstances = 5;
constexpr std::uint16_t kFirstPort = 1000;

struct Sample {
  cloud::Cloud cloud;
  std::unique_ptr<Mode> mode;
};

void must(cloud::Cloud& cloud, const cloud::Command& command) {
  if (const auto outcome = cloud::run(cloud, command); !outcome) {
    throw std::runtime_error(outcome.error().message);
  }
}

cloud::PermissionRequest permission(std::uint16_t port) {
  return {.protocol = net::kTcp, .ports = {port, port}, .cidrs = {testing::prefix("0.0.0.0/0")}};
}

Sample makeSample(unsigned groups) {
  auto settings = testing::usualSettings();
  settings.plan.subnet = testing::prefix("10.0.0.0/16");
  Sample sample{cloud::Cloud(settings),
                makeMode(settings, {.private_interface = "br0", .public_interface = "eth1"})};
  auto& cloud = sample.cloud;
  must(cloud, cloud::CreateAccount{"alice", {"000000000001"}, "AKIALICE", "secret"});
  for (unsigned group = 0; group < groups; ++group) {
    const auto name = fmt::format("g{}", group);
    must(cloud, cloud::CreateGroup{"alice", name, name, {fmt::format("sg-{:08x}", group)}});
    cloud::Authorize authorize{"alice", name, {}};
    for (std::uint16_t port = 0; port < kPermissions; ++port) {
      authorize.permissions.push_back(permission(static_cast<std::uint16_t>(kFirstPort + port)));
    }
    must(cloud, authorize);
    for (unsigned number = 0; number < kInstances; ++number) {
      const auto id = group * kInstances + number + 1;
      must(cloud, cloud::AttachInstance{.instance = testing::instance(fmt::format("i-{:08x}", id)),
                                        .owner = "alice",
                                        .groups = {name},
                                        .device = fmt::format("tap{}", id),
                                        .addressing = cloud::Addressing::Private});
    }
  }
  (void)cloud.takeChanges();
  return sample;
}

/// Made once for each size.
Sample& sampleOf(benchmark::State& state) {
  static std::map<std::int64_t, Sample> samples;
  const auto groups = state.range(0);
  auto found = samples.find(groups);
  if (found == samples.end()) {
    found = samples.emplace(groups, makeSample(static_cast<unsigned>(groups))).first;
  }
  return found->second;
}

void renderAndDiffFromNothing(benchmark::State& state) {
  const auto& sample = sampleOf(state);
  for (auto _ : state) {
    const auto rendering = sample.mode->render(sample.cloud);
    benchmark::DoNotOptimize(host::diff(rendering.desired, {}));
  }
}
BENCHMARK(renderAndDiffFromNothing)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void renderAll(benchmark::State& state) {
  const auto& sample = sampleOf(state);
  for (auto _ : state) benchmark::DoNotOptimize(sample.mode->render(sample.cloud));
}
BENCHMARK(renderAll)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void diffOfEqualStates(benchmark::State& state) {
  const auto& sample = sampleOf(state);
  const auto one = sample.mode->render(sample.cloud);
  const auto other = sample.mode->render(sample.cloud);
  for (auto _ : state) benchmark::DoNotOptimize(host::diff(one.desired, other.desired));
}
BENCHMARK(diffOfEqualStates)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void authoriseAndRender(benchmark::State& state) {
  auto& sample = sampleOf(state);
  for (auto _ : state) {
    must(sample.cloud, cloud::Authorize{"alice", "g0", {permission(9)}});
    const auto changes = sample.cloud.takeChanges();
    benchmark::DoNotOptimize(sample.mode->render(sample.cloud, changes));
    sample.cloud.undo(changes);
  }
}
BENCHMARK(authoriseAndRender)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

/// What readers see of the sample: the cloud, and a host of which nothing is known.
controller::View viewOf(const Sample& sample) {
  static const std::map<cloud::InstanceId, controller::PortStatus> ports;
  static const controller::Status status;
  static const std::map<std::string, controller::NodeStatus> nodes;
  static const controller::EventLog events;
  static const controller::Metrics metrics;
  static const controller::Usage usage;
  return {sample.cloud, ports, status, nodes, events, metrics, 0, usage, ports};
}

void describeGroups(benchmark::State& state) {
  const auto& sample = sampleOf(state);
  for (auto _ : state) {
    rpc::JsonRpcExchange exchange(
        R"({"jsonrpc": "2.0", "method": "group.describe", "params": {"owner": "alice"}, "id": 1})");
    const auto request =
        api::readRequest(*api::findMethod(exchange.method(0)), exchange.parameters(0));
    exchange.finish(0, std::get<api::QueryRequest>(request->what).answer(viewOf(sample)));
    benchmark::DoNotOptimize(exchange.body());
  }
}
BENCHMARK(describeGroups)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void describeSecurityGroups(benchmark::State& state) {
  const auto& sample = sampleOf(state);
  const auto view = viewOf(sample);
  const auto account = sample.cloud.account({"000000000001"});
  for (auto _ : state) {
    cloud::Faults faults;
    const ec2::Parameters parameters({}, faults);
    const ec2::Call call{view, *account, "2016-11-15", "host", {}, parameters};
    benchmark::DoNotOptimize(ec2::describeSecurityGroups(call));
  }
}
BENCHMARK(describeSecurityGroups)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
