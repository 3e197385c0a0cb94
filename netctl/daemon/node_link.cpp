#include "netctl/daemon/node_link.h"

#include "modes/cloud/part.h"
#include "modes/node_host.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::daemon {

NodeLink::NodeLink(boost::asio::io_context& io, node::LinkClient::Options options)
    : io_(io),
      client_(io, std::move(options),
              {.update = [this](const auto& update) { take(update); },
               .connected =
                   [](bool connected) {
                     spdlog::info("node {}", connected ? "connected to its cluster host"
                                                       : "lost its cluster host; goes on alone");
                   },
               .event =
                   [this](const auto& message, bool error) {
                     if (controller_ == nullptr) return;
                     controller_->note(
                         error ? controller::EventKind::Error : controller::EventKind::Notice,
                         "cluster host", message);
                   }}) {}

Result<std::optional<cloud::PartSettings>> NodeLink::load(cloud::NetworkMode mode) {
  if (auto loaded = client_.load(); !loaded) return loaded.error();
  if (part_ && part_->settings.mode != mode) part_.reset();
  return part_ ? std::optional(part_->settings) : std::nullopt;
}

void NodeLink::bind(controller::Controller& controller, ConfigurationInForce& in_force) {
  controller_ = &controller;
  in_force_ = &in_force;
  controller.onSettled([this](const auto& view) { report(view); });
}

void NodeLink::start() {
  if (part_) bringIntoForce();
  client_.start();
}

void NodeLink::take(const node::LinkClient::Update& update) {
  part_ = update.part;
  revision_ = update.revision;
  if (controller_ != nullptr) bringIntoForce();
}

void NodeLink::bringIntoForce() {
  in_force_->prescribe(
      part_->settings, [this, part = part_, revision = revision_](const Result<void>& done) {
        if (done) return edit(part, revision);
        // The part has its place only under the settings that it came with.
        const auto& error = done.error();
        spdlog::error("node cannot take what the cluster prescribes error=\"{}\"", error.message);
        controller_->note(controller::EventKind::Error, "cluster host", error.message);
        for (const auto& fault : error.faults) {
          spdlog::error("node {}", fault.message);
          controller_->note(controller::EventKind::Error, "cluster host", fault.message);
        }
      });
}

void NodeLink::edit(std::shared_ptr<const cloud::Part> part, const node::Revision& revision) {
  // The difference to what the controller has, whatever that is: nothing can be missed.
  controller_->edit(
      [part = std::move(part)](cloud::Cloud& cloud) {
        const auto has = cloud::partOf(cloud, cloud.settings().host.node_name);
        cloud::edit(cloud, cloud::difference(has, *part));
      },
      [this, revision](const controller::View& view, const auto& applied) {
        if (!applied) {
          spdlog::error("node cannot store its part error=\"{}\"", applied.error().message);
          return;
        }
        carried_out_ = revision;
        last_report_.reset();
        report(view);
      });
}

void NodeLink::report(const controller::View& view) {
  node::Report report{carried_out_.epoch, {.revision = carried_out_.number}};
  for (const auto& left : view.status.not_in_force) {
    // Of ports the list below tells.
    if (left.object.starts_with("port ")) continue;
    report.content.not_in_force.push_back(left.object + ": " + left.reason);
  }
  const auto& settings = view.cloud.settings();
  const bool learns = settings.mode == cloud::NetworkMode::System;
  for (const auto& [id, status] : view.ports) {
    const auto instance = view.cloud.instance(id);
    if (!instance || !isHere(settings, *instance)) continue;
    const bool arrives = instance->migratesTo(settings.host.node_name);
    report.content.ports.emplace(id, arrives ? view.arriving.at(id) : status);
    // What the cluster host gave itself need not be told.
    report.content.addresses.emplace(id, learns ? instance->private_address : std::nullopt);
  }
  if (last_report_ == report) return;
  last_report_ = report;
  boost::asio::post(io_, [this, report = std::move(report)] { client_.report(report); });
}

}  // namespace netctl::daemon
