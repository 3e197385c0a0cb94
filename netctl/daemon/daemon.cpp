#include "netctl/daemon/daemon.h"

#include "netctl/api/api.h"
#include "netctl/controller/controller.h"
#include "netctl/daemon/cluster_link.h"
#include "netctl/daemon/node_link.h"
#include "netctl/daemon/notify.h"
#include "netctl/daemon/reload.h"
#include "netctl/daemon/startup.h"
#include "netctl/ec2/server.h"
#include "netctl/kernel/learning/address_listener.h"
#include "netctl/kernel/links/link_monitor.h"
#include "netctl/kernel/system/modules.h"
#include "netctl/metadata/server.h"
#include "netctl/rpc/server.h"

#include <spdlog/spdlog.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <optional>
#include <thread>
#include <utility>

namespace netctl::daemon {
namespace {

namespace asio = boost::asio;

int fail(const Error& error) {
  spdlog::error("daemon {}", error.message);
  for (const auto& fault : error.faults) spdlog::error("daemon {}", fault.message);
  return EXIT_FAILURE;
}

controller::Device toDevice(const std::string& name, const std::optional<kernel::Link>& link) {
  if (!link || link->is_bridge || !link->is_ethernet) return {name, {}};
  return {name, link->mac};
}

/// Brings the kernel's news of devices to the controller, and to who listens at them.
class DeviceWatch {
 public:
  DeviceWatch(asio::io_context& io, kernel::LinkMonitor monitor, controller::Controller& controller,
              kernel::AddressListener& listener)
      : monitor_(std::move(monitor)),
        descriptor_(io, monitor_.descriptor()),
        controller_(controller),
        listener_(listener) {
    tellAll();
    wait();
  }
  ~DeviceWatch() { (void)descriptor_.release(); }  // the monitor closes it
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

 private:
  void wait() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](boost::system::error_code error) {
                             if (error) return;
                             take();
                             wait();
                           });
  }

  void tellAll() {
    controller::DeviceNews news{.complete = true};
    for (const auto& [index, link] : monitor_.devices()) {
      news.devices.push_back(toDevice(link.name, link));
    }
    controller_.devicesChanged(std::move(news));
    listener_.devicesChanged();
  }

  void take() {
    const auto changes = monitor_.drain();
    if (!changes) {
      spdlog::warn("daemon cannot read news of devices error=\"{}\"", changes.error().message);
    } else if (changes->overflow) {
      tellAll();
      controller_.reconcile([](const auto&) {});
    } else {
      controller::DeviceNews news;
      for (const auto& [name, link] : changes->devices) {
        news.devices.push_back(toDevice(name, link));
        listener_.deviceChanged(name);
      }
      controller_.devicesChanged(std::move(news));
    }
  }

  kernel::LinkMonitor monitor_;
  asio::posix::stream_descriptor descriptor_;
  controller::Controller& controller_;
  kernel::AddressListener& listener_;
};

/// Everything that lives as long as the daemon serves. The RPC is on the calling thread; the
/// controller and its host are on one of their own, so that requests gather while a batch is being
/// applied.
class Serving {
 public:
  Serving(std::filesystem::path path, config::Configuration configuration)
      : path_(std::move(path)), configuration_(std::move(configuration)) {}

  Result<void> run() {
    const auto& settings = configuration_.daemon;
    if (auto made = makeDirectories(settings); !made) return made;
    if (auto loaded = kernel::loadModules(); !loaded) return loaded;
    // Holds off any other netctld, and what is read of this host from here on is nobody else's
    // work.
    auto store = openStore(settings);
    if (!store) return store.error();
    auto monitor = kernel::LinkMonitor::open();
    if (!monitor) return monitor.error();
    auto report = inspectHost(configuration_, monitor->devices());
    if (!report) return report.error();
    const auto node_link = makeNodeLink(*report);
    if (node_link) {
      if (auto loaded = node_link->load(); !loaded) return loaded;
    }
    const auto cloud_settings = node_link ? node_link->settings() : configuration_.settings;
    auto mode = makeMode(cloud_settings, report->facts);
    auto host = kernel::LocalHost::open(controller_io_, hostOptions(settings));
    if (!host) return host.error();
    (*host)->lookAhead(monitor->devices());
    auto cloud = (*store)->load(cloud_settings);
    if (!cloud) return cloud.error();
    auto identity = (*store)->identity();
    if (!identity) return identity.error();
    for (const auto& notice : report->notices) spdlog::warn("daemon {}", notice);

    controller::Controller controller(controller_io_, std::move(*cloud), **store, **host,
                                      std::move(mode),
                                      controllerOptions(settings, report->notices));
    std::optional<ClusterLink> cluster_link;
    if (settings.listen) cluster_link.emplace(io_, controller, std::move(*identity));
    if (node_link) node_link->bind(controller);
    kernel::AddressListener listener(
        controller_io_, [&](auto heard) { controller.addressHeard(std::move(heard)); });
    controller.onLearningPorts([&](const auto& news) { listener.take(news); });
    const bool has_networks = cloud::hasNetworks(cloud_settings.mode);
    if (auto prepared = (*host)->prepare(has_networks); !prepared) return prepared;
    if (auto started = controller.start(); !started) return started;
    DeviceWatch devices(controller_io_, std::move(*monitor), controller, listener);
    (*host)->onDhcpChanged([&](const auto& status) { controller.dhcpChanged(status); });

    Reloader reloader(path_, std::move(configuration_), report->facts, controller);
    api::Api api(controller, [&](auto reply) { reloader.reload(std::move(reply)); });
    rpc::Server server(io_, api, serverOptions(reloader, cluster_link ? &*cluster_link : nullptr));
    if (auto listening = server.start(); !listening) return listening;
    const auto metadata = startMetadata(cloud_settings, controller);
    const auto ec2_server = makeEc2Server(reloader, controller);
    if (ec2_server) {
      if (auto listening = ec2_server->start(); !listening) return listening;
    }
    watchSignals(reloader);

    std::thread controller_thread([this] { controller_io_.run(); });
    if (node_link) node_link->start();
    notifyReady();
    spdlog::info("daemon serves socket={}", socketOf(reloader));
    io_.run();
    notifyStopping();
    server.stop();
    if (metadata) metadata->stop();
    if (ec2_server) ec2_server->stop();
    controller_io_.stop();
    controller_thread.join();
    if (cluster_link) cluster_link->stop();
    if (node_link) node_link->stop();
    spdlog::info("daemon stops; the data plane stays as it is");
    return {};
  }

 private:
  static std::string socketOf(const Reloader& reloader) {
    return reloader.configuration().daemon.socket.string();
  }

  /// `links` where there is a listener for other machines.
  static rpc::ServerOptions serverOptions(const Reloader& reloader, ClusterLink* links) {
    const auto& settings = reloader.configuration().daemon;
    rpc::ServerOptions options{.path = socketOf(reloader), .group = settings.socket_group};
    if (links == nullptr) return options;
    options.tls = rpc::TlsOptions{
        .host = settings.listen->host,
        .port = settings.listen->port,
        .files = tlsFiles(settings),
        .on_node = [links](auto connection,
                           const auto& node) { links->accept(std::move(connection), node); },
        .on_refused = [links](const auto& peer,
                              const auto& reason) { links->refused(peer, reason); }};
    return options;
  }

  /// None where nobody is to be served; a node host has no accounts.
  std::unique_ptr<ec2::Server> makeEc2Server(const Reloader& reloader,
                                             controller::Controller& controller) {
    const auto& [settings, daemon, entries, notices] = reloader.configuration();
    if (!daemon.ec2_listen || settings.role == cloud::Role::Node) return nullptr;
    ec2::ServerOptions options{.host = daemon.ec2_listen->host, .port = daemon.ec2_listen->port};
    if (daemon.ec2_cert && daemon.ec2_key) {
      options.tls = ec2::CertificateFiles{*daemon.ec2_cert, *daemon.ec2_key};
    }
    return std::make_unique<ec2::Server>(io_, controller, std::move(options));
  }

  /// None where this host is no node of another one.
  std::unique_ptr<NodeLink> makeNodeLink(const HostReport& report) {
    const auto& settings = configuration_.daemon;
    if (configuration_.settings.role != cloud::Role::Node) return nullptr;
    node::LinkClient::Options options{.node = configuration_.settings.node_name,
                                      .host = settings.cluster->host,
                                      .port = settings.cluster->port,
                                      .tls = tlsFiles(settings),
                                      .file = settings.state_dir / "node.json"};
    return std::make_unique<NodeLink>(
        io_, std::move(options), configuration_.settings,
        [facts = report.facts](const auto& of) { return makeMode(of, facts); },
        controllerOptions(settings, report.notices));
  }

  /// None where it is another host's matter, or nobody's.
  std::unique_ptr<metadata::Server> startMetadata(const cloud::Settings& settings,
                                                  controller::Controller& controller) {
    if (!cloud::hasNetworks(settings.mode) || settings.role == cloud::Role::Node ||
        settings.metadata_endpoint)
      return {};
    auto server = std::make_unique<metadata::Server>(io_, controller);
    server->start();
    return server;
  }

  void watchSignals(Reloader& reloader) {
    signals_.async_wait([this, &reloader](boost::system::error_code error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return io_.stop();
      reloader.reload([](const auto& report) {
        if (!report) spdlog::error("daemon cannot reload error=\"{}\"", report.error().message);
      });
      watchSignals(reloader);
    });
  }

  std::filesystem::path path_;
  config::Configuration configuration_;
  asio::io_context io_{1};
  asio::io_context controller_io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> controller_work_ =
      asio::make_work_guard(controller_io_);
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
};

}  // namespace

int serve(const std::filesystem::path& path, const config::Configuration& configuration) {
  if (auto served = Serving(path, configuration).run(); !served) return fail(served.error());
  return EXIT_SUCCESS;
}

int purge(const config::Configuration& configuration) {
  if (auto made = makeDirectories(configuration.daemon); !made) return fail(made.error());
  // Held to the end: another netctld that serves would put back what is removed here.
  const auto store = openStore(configuration.daemon);
  if (!store) return fail(store.error());
  if (auto loaded = kernel::loadModules(); !loaded) return fail(loaded.error());
  asio::io_context io;
  const auto host = kernel::LocalHost::open(io, hostOptions(configuration.daemon));
  if (!host) return fail(host.error());
  int result = EXIT_SUCCESS;
  for (const auto& error : (*host)->purge()) result = fail(error);
  if (result == EXIT_SUCCESS) spdlog::info("daemon purged this host");
  return result;
}

}  // namespace netctl::daemon
