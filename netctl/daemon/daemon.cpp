#include "netctl/daemon/daemon.h"

#include "base/progress.h"
#include "netctl/api/api.h"
#include "netctl/controller/controller.h"
#include "netctl/controller/forward_problems.h"
#include "netctl/controller/view.h"
#include "netctl/daemon/carrier_watch.h"
#include "netctl/daemon/certificate_watch.h"
#include "netctl/daemon/cluster_link.h"
#include "netctl/daemon/confine.h"
#include "netctl/daemon/descriptor_limit.h"
#include "netctl/daemon/device_watch.h"
#include "netctl/daemon/disputed_addresses.h"
#include "netctl/daemon/ec2_service.h"
#include "netctl/daemon/host_watch.h"
#include "netctl/daemon/nft_watch.h"
#include "netctl/daemon/node_link.h"
#include "netctl/daemon/server_thread.h"
#include "netctl/daemon/setup/configuration_in_force.h"
#include "netctl/daemon/setup/controller_setup.h"
#include "netctl/daemon/setup/held_objects.h"
#include "netctl/daemon/surroundings_watch.h"
#include "netctl/daemon/systemd/notify.h"
#include "netctl/daemon/systemd/watchdog.h"
#include "netctl/daemon/this_host.h"
#include "netctl/http/server/http_server.h"
#include "netctl/kernel/learning/address_listener.h"
#include "netctl/kernel/links/link_monitor.h"
#include "netctl/kernel/links/network_news.h"
#include "netctl/kernel/system/listeners.h"
#include "netctl/kernel/system/modules.h"
#include "netctl/pki/tls.h"
#include "netctl/rpc/server/rpc_server.h"
#include "netctl/surroundings/host_network.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace netctl::daemon {
namespace {

namespace asio = boost::asio;

void logError(const Error& error) {
  spdlog::error("daemon {}", error.message);
  for (const auto& fault : error.faults) spdlog::error("daemon {}", fault.message);
}

/// Tells the controller of addresses that cannot be listened at.
http::HttpServer::Blocked namesBlocked(controller::Controller& controller) {
  return [&controller](std::string_view key, const std::optional<Error>& error) {
    std::vector<controller::Problem> problems;
    if (error) {
      problems.push_back({std::string(key), "names an address that cannot be listened at",
                          error->message,
                          "end the program that has the port (ss -ltnp), or name another one; "
                          "netctld tries again",
                          controller::Severity::error});
    }
    controller.setProblems(fmt::format("listening at {}", key), std::move(problems));
  };
}

/// Tells the controller of files of certificates that cannot be used.
std::function<void(const std::optional<Error>&)> namesUnusable(controller::Controller& controller) {
  return [&controller](const std::optional<Error>& error) {
    std::vector<controller::Problem> problems;
    if (error) {
      problems.push_back({"NETCTL_LISTEN", "goes on with its former certificates", error->message,
                          "put the file right; netctld reads it again by itself",
                          controller::Severity::error});
    }
    controller.setProblems("certificates of NETCTL_LISTEN", std::move(problems));
  };
}

/// An event for each line of the log about connections that were turned away.
http::Refusals::Told notesRefusals(controller::Controller& controller) {
  return [&controller](std::string_view listener, const http::Refusal& refusal) {
    if (refusal.count == 1) {
      const auto where = refusal.peer.empty() ? std::string(listener) : refusal.peer;
      return controller.note(controller::EventKind::Error, "connection from " + where,
                             refusal.reason);
    }
    controller.note(controller::EventKind::Error, std::string(listener),
                    fmt::format("{} more connections were refused in a minute, the last one from "
                                "{}: {}",
                                refusal.count, refusal.peer, refusal.reason));
  };
}

api::ReloadReport reportOf(const config::Reload& reload) {
  api::ReloadReport report;
  for (const auto& change : reload.changes) {
    switch (change.taken) {
      case config::Taken::Now:
        report.applied.push_back(change.key);
        break;
      case config::Taken::AtRestart:
        report.needs_restart.push_back(change.key);
        break;
      case config::Taken::Refused:
        report.refused.push_back(config::format(change));
        break;
    }
  }
  for (const auto& notice : reload.configuration.notices) {
    report.notices.push_back(config::format(notice));
  }
  return report;
}

pki::TlsFiles tlsFiles(const config::ServiceSettings& services) {
  return {services.tls_ca, services.tls_cert, services.tls_key};
}

Result<void> prepare(kernel::LocalHost& kernel, const cloud::Settings& settings) {
  if (!cloud::hasNetworks(settings.mode)) return kernel.prepareWithoutNetworks();
  // A node host is nobody's gateway.
  const bool is_gateway = settings.host.role != cloud::Role::Node;
  const auto& plan = settings.plan;
  return kernel.prepare(is_gateway ? std::uint64_t{plan.networks()} * plan.hostsOfNetwork() : 0);
}

/// Where instances' frames meet those of others.
std::set<std::string> wiresOf(const ControllerSetup& setup) {
  std::set<std::string> wires{setup.settings.host.bridge, setup.facts.uplink};
  wires.erase("");
  return wires;
}

/// Everything that lives as long as netctld serves. Servers and links are on the calling thread,
/// but for what EC2's clients ask, which has one of its own. So have the controller and its host:
/// requests gather while a batch is being applied.
class Serving {
 public:
  Serving(config::Configuration configuration, ServeOptions options)
      : options_(std::move(options)), configuration_(std::move(configuration)) {}

  /// Of a run that has failed.
  [[nodiscard]] int exitStatus() const { return exit_status_; }

  Result<void> run() {
    const auto descriptors = raiseDescriptorLimit();
    if (!descriptors) return unusable(descriptors.error());
    auto opened = openStore(configuration_);
    if (!opened) return unusableUnlessBusy(opened.error());
    const auto store = *std::move(opened);
    if (auto loaded = kernel::loadModules(); !loaded) return loaded;
    if (auto confined = confine(); !confined) return confined;
    auto this_host = takeThisHost(controller_io_, services());
    if (!this_host) return this_host.error();
    const auto& kernel = this_host->kernel;
    auto monitor = kernel::LinkMonitor::open();
    if (!monitor) return monitor.error();
    auto nft_monitor = kernel::NftMonitor::open();
    if (!nft_monitor) return nft_monitor.error();
    const auto network = surroundings::readHostNetwork(monitor->devices());
    if (!network) return network.error();
    const auto node_link = makeNodeLink();
    std::optional<cloud::PartSettings> prescribed;
    if (node_link) {
      auto loaded = node_link->load(configuration_.settings.mode);
      if (!loaded) return unusable(loaded.error());
      prescribed = *std::move(loaded);
    }
    const auto former_subnet = store->formerSubnet();
    if (!former_subnet) return unusable(former_subnet.error());
    auto setup =
        controllerSetup(configuration_, prescribed, *network, overlapAfter(*former_subnet));
    if (!setup) return unusable(setup.error());
    kernel->lookAhead(monitor->devices());
    if (auto told = refuseToForget(*store, *kernel); !told) return unusable(told.error());
    auto cloud = store->load(setup->settings);
    if (!cloud) return unusable(cloud.error());
    auto identity = store->identity();
    if (!identity) return identity.error();
    for (const auto& notice : setup->options.notices) spdlog::warn("daemon {}", notice);

    auto of_host = ofHost(*setup);
    setup->options.usage_file = services().state_dir / "usage";
    controller::Controller controller(controller_io_, std::move(*cloud), *store, *kernel,
                                      std::move(setup->mode), std::move(setup->options));
    controller.onLost([this](const Error& error) {
      // At once: whatever is answered now may be wrong.
      controller_io_.stop();
      asio::post(io_, [this, error] {
        lost_ = error;
        io_.stop();
      });
    });
    controller.setProblems("descriptors", descriptorProblems(*descriptors));
    ConfigurationInForce in_force(
        controller, configuration_, std::move(prescribed), std::move(of_host),
        [this] { return config::load(options_.path); },
        [] { return surroundings::readHostNetwork(); });
    std::optional<ClusterLink> cluster_link;
    if (services().listen) {
      cluster_link.emplace(io_, controller, std::move(*identity));
      in_force.onChanged([&](const auto&) { cluster_link->partsChanged(); });
      // Its guards let nothing of this host's pass before they knew by which MACs it sends.
      cluster_link->onNodeReady([this, &kernel = *kernel] {
        asio::post(controller_io_, [&kernel] { kernel.announceAll(); });
      });
    }
    if (node_link) node_link->bind(controller, in_force);
    kernel::AddressListener listener(
        controller_io_, [&](auto heard) { controller.addressHeard(std::move(heard)); });
    if (setup->settings.mode == cloud::NetworkMode::System) {
      listener.watchWires(wiresOf(*setup));
    }
    controller.onLearningPorts([&](const auto& news) { listener.take(news); });
    api::Api api(
        controller,
        [&](auto reply) {
          reloadAll(in_force, [reply = std::move(reply)](const auto& reload) {
            if (!reload) return reply(reload.error());
            reply(reportOf(*reload));
          });
        },
        [this, &host = *kernel](api::Service service, auto reply) {
          restart(host, service, std::move(reply));
        });
    rpc::RpcServer server(io_, api,
                          serverOptions(cluster_link ? &*cluster_link : nullptr, controller));
    if (auto listening = server.start(); !listening) return unusableUnlessBusy(listening.error());
    const auto ec2_service = ec2ServiceOf(controller);
    if (ec2_service) {
      if (auto bound = ec2_service->start(); !bound) return unusable(bound.error());
    }
    renew_certificates_ = [&server, ec2 = ec2_service.get()] {
      server.renewCertificates();
      if (ec2 != nullptr) ec2->renewCertificate();
    };
    CertificateWatch certificate_watch(io_, [&server] { server.renewCertificates(); });
    if (services().listen) certificate_watch.watch(tlsFiles(services()));
    // All sockets are bound and all certificates are read: from here on the kernel is written to.
    if (auto prepared = prepare(*kernel, setup->settings); !prepared) return prepared;
    if (auto started = controller.start(allDevices(monitor->devices())); !started) return started;
    CarrierWatch carriers(setup->settings.host, monitor->devices(),
                          [&kernel = *kernel] { kernel.announceAll(); });
    DeviceWatch devices(controller_io_, std::move(*monitor), std::move(carriers), controller,
                        listener);
    NftWatch nft(controller_io_, std::move(*nft_monitor), controller);
    kernel->onDhcpChanged([&](const auto& status) { controller.dhcpChanged(status); });
    kernel->onDhcpFilesChanged([&] { controller.suspected(host::Areas{host::Area::Dhcp}); });
    kernel->onMetadataChanged([&](const auto& status) { controller.metadataChanged(status); });
    kernel->onMetadataFilesChanged(
        [&] { controller.suspected(host::Areas{host::Area::Metadata}); });
    DisputedAddresses disputed_addresses;
    kernel->onAddressDisputed([&](const auto& address, auto by) {
      disputed_addresses.note(address, by);
      controller.setProblems("public addresses", disputed_addresses.problems());
    });
    auto news = kernel::NetworkNews::open();
    if (!news) return news.error();
    SurroundingsWatch surroundings_watch(watch_thread_.io(), configuration_, [&](auto found) {
      controller.setProblems("surroundings", std::move(found));
      auto listeners = kernel::readListeners();
      if (!listeners) return;
      controller.read([&, there = *std::move(listeners)](const controller::View& view) {
        controller.setProblems("forwards", controller::forwardProblems(view.cloud, there));
      });
    });
    in_force.onChanged(
        [&](const auto& changed) { surroundings_watch.configurationChanged(changed); });
    HostWatch host_watch(watch_thread_.io(), *std::move(news), [&](const auto& host) {
      in_force.hostChanged(host);
      surroundings_watch.hostChanged(host);
    });
    watchSignals(in_force);
    const auto watchdog = makeWatchdog(controller);

    std::thread controller_thread([this] { controller_io_.run(); });
    if (ec2_service) ec2_thread_.start();
    watch_thread_.start();
    if (node_link) node_link->start();
    notifySystemd("READY=1");
    if (watchdog) watchdog->start();
    spdlog::info("daemon serves socket={}", services().socket.string());
    io_.run();
    notifySystemd("STOPPING=1");
    watch_thread_.stop();
    server.stop();
    ec2_thread_.stop();
    if (ec2_service) ec2_service->stop();
    controller_io_.stop();
    controller_thread.join();
    controller.saveUsage();
    if (cluster_link) cluster_link->stop();
    if (node_link) node_link->stop();
    spdlog::info("daemon stops; the data plane stays as it is");
    if (lost_) return *lost_;
    return {};
  }

 private:
  [[nodiscard]] const config::ServiceSettings& services() const { return configuration_.services; }

  /// The same at every start, until somebody changes something.
  Error unusable(Error error) {
    exit_status_ = kUnusable;
    return error;
  }

  /// Another program that holds what is needed may end.
  Error unusableUnlessBusy(Error error) {
    return error.code == ErrorCode::Busy ? error : unusable(std::move(error));
  }

  /// An empty store would tear down a cloud that runs.
  Result<void> refuseToForget(store::Store& store, kernel::LocalHost& kernel) const {
    const auto is_new = store.isNew();
    if (!is_new) return is_new.error();
    if (!*is_new) return {};
    host::Scope everything;
    everything.everything = true;
    const auto state = kernel.look(everything);
    if (!state) return state.error();
    const auto held = heldObjects(*state);
    if (held.empty()) return {};
    if (services().store == config::StoreKind::Etcd) {
      return Error{ErrorCode::Conflict, "InvalidConfiguration",
                   fmt::format("there is no cloud below {} in etcd yet, but this host holds {} of "
                               "one, which netctld would tear down; take that one there (netctl "
                               "store move --to etcd), or take off what the host holds (netctld "
                               "--purge)",
                               services().etcd_prefix, held)};
    }
    return Error{ErrorCode::Conflict, "InvalidConfiguration",
                 fmt::format("the state in {} is empty, but this host holds {} of a cloud, which "
                             "netctld would tear down; put a backup back (netctl restore FILE), "
                             "or begin anew on purpose (netctl state new)",
                             services().state_dir.string(), held)};
  }

  [[nodiscard]] Overlap overlapAfter(const std::optional<std::string>& former_subnet) const {
    const bool is_known = former_subnet == net::format(configuration_.settings.plan.subnet);
    return is_known || options_.accept_overlap ? Overlap::Named : Overlap::Refused;
  }

  /// `links` where there is a listener for other machines.
  rpc::ServerOptions serverOptions(ClusterLink* links, controller::Controller& controller) {
    rpc::ServerOptions options{.path = services().socket.string(),
                               .group = services().socket_group,
                               .on_refused = notesRefusals(controller),
                               .on_blocked = namesBlocked(controller)};
    const bool has_ec2 =
        services().ec2_listen && configuration_.settings.host.role != cloud::Role::Node;
    if (has_ec2) options.counters["ec2"] = ec2_counters_;
    options.on_made_again = [this, &controller] {
      controller.note(controller::EventKind::Drift, "socket " + services().socket.string(),
                      "its file was gone and is made again");
    };
    if (const auto& listen = services().metrics_listen) {
      options.watch = rpc::WatchOptions{.host = listen->host, .port = listen->port};
      if (services().metrics_cert && services().metrics_key) {
        options.watch->tls =
            http::CertificateFiles{*services().metrics_cert, *services().metrics_key};
      }
    }
    if (links == nullptr) return options;
    options.tls = rpc::TlsOptions{
        .host = services().listen->host,
        .port = services().listen->port,
        .files = tlsFiles(services()),
        .on_node = [links](auto connection,
                           const auto& node) { links->accept(std::move(connection), node); },
        .on_renewed = namesUnusable(controller)};
    return options;
  }

  /// Null where EC2 is not to be served; a node host has no accounts.
  std::unique_ptr<web::WebKeeper> ec2ServiceOf(controller::Controller& controller) {
    const bool is_node = configuration_.settings.host.role == cloud::Role::Node;
    if (!services().ec2_listen || is_node) return nullptr;
    return makeEc2Service(ec2_thread_.io(), controller, services(), ec2_counters_,
                          notesRefusals(controller), namesBlocked(controller));
  }

  /// Null where this host is not a node of another one.
  std::unique_ptr<NodeLink> makeNodeLink() {
    const auto& host = configuration_.settings.host;
    if (host.role != cloud::Role::Node) return nullptr;
    return std::make_unique<NodeLink>(
        io_, node::LinkClient::Options{.node = host.node_name,
                                       .host = services().cluster->host,
                                       .port = services().cluster->port,
                                       .tls = tlsFiles(services()),
                                       .file = services().state_dir / "node.json"});
  }

  /// On the thread of the host.
  void restart(kernel::LocalHost& host, api::Service service, api::Daemon::RestartReply reply) {
    asio::post(controller_io_, [&host, service, reply = std::move(reply)] {
      reply(service == api::Service::Dhcp ? host.restartDhcp() : host.restartMetadata());
    });
  }

  /// Null where systemd does not wait for us.
  std::unique_ptr<Watchdog> makeWatchdog(controller::Controller& controller) {
    const auto period = watchdogPeriod();
    if (!period) return nullptr;
    return std::make_unique<Watchdog>(io_, *period, [&controller](auto answer) {
      controller.read([answer = std::move(answer)](const auto&) { answer(); });
    });
  }

  /// A certificate may be another one though its file has the same name.
  void reloadAll(ConfigurationInForce& in_force, ConfigurationInForce::ReloadReply reply) {
    in_force.reload([this, reply = std::move(reply)](const auto& reload) {
      if (reload) renew_certificates_();
      reply(reload);
    });
  }

  void watchSignals(ConfigurationInForce& in_force) {
    signals_.async_wait([this, &in_force](boost::system::error_code error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return io_.stop();
      reloadAll(in_force, [](const auto& reload) {
        if (reload) return;
        spdlog::error("daemon cannot reload; what was in force stays");
        logError(reload.error());
      });
      watchSignals(in_force);
    });
  }

  const ServeOptions options_;
  int exit_status_ = EXIT_FAILURE;
  std::optional<Error> lost_;                  ///< why what is stored is not known any more
  const config::Configuration configuration_;  ///< as at start
  asio::io_context io_{1};
  std::function<void()> renew_certificates_ = [] {};
  std::shared_ptr<http::Counters> ec2_counters_ = std::make_shared<http::Counters>();
  ServerThread ec2_thread_;
  ServerThread watch_thread_;
  asio::io_context controller_io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> controller_work_ =
      asio::make_work_guard(controller_io_);
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
};

}  // namespace

int serve(const config::Configuration& configuration, const ServeOptions& options) {
  Serving serving(configuration, options);
  const auto served = serving.run();
  if (served) return EXIT_SUCCESS;
  logError(served.error());
  return serving.exitStatus();
}

// Without the host's checks: what netctl has put on a host must come off it, whatever became of the
// host's devices since.
int purge(const config::Configuration& configuration) {
  Progress progress("reads the stored cloud");
  asio::io_context io;
  // Held to the end: another netctld that serves would put back what is removed here.
  const auto store = holdState(configuration.services);
  const auto loaded = store ? kernel::loadModules() : Result<void>(store.error());
  const auto this_host =
      loaded ? takeThisHost(io, configuration.services) : Result<ThisHost>(loaded.error());
  if (!this_host) {
    logError(this_host.error());
    return EXIT_FAILURE;
  }
  const auto left = this_host->kernel->purge([&](auto doing) { progress.say(std::move(doing)); });
  for (const auto& error : left) logError(error);
  if (!left.empty()) return EXIT_FAILURE;
  spdlog::info("daemon purged this host");
  return EXIT_SUCCESS;
}

}  // namespace netctl::daemon
