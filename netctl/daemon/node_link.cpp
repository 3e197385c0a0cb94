#include "netctl/daemon/node_link.h"

#include "modes/cloud/part.h"
#include "modes/node_host.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::daemon {
namespace {

node::PortState toLink(controller::PortState state) {
  switch (state) {
    case controller::PortState::Open:
      return node::PortState::Open;
    case controller::PortState::Failed:
      return node::PortState::Failed;
    case controller::PortState::Waiting:
      break;
  }
  return node::PortState::Waiting;
}

}  // namespace

NodeLink::NodeLink(boost::asio::io_context& io, node::LinkClient::Options options,
                   cloud::Settings own, MakeMode make_mode,
                   controller::Controller::Options controller_options)
    : io_(io),
      own_(std::move(own)),
      make_mode_(std::move(make_mode)),
      controller_options_(std::move(controller_options)),
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

Result<void> NodeLink::load() {
  if (auto loaded = client_.load(); !loaded) return loaded;
  // Another VNET_MODE here: the store refuses it where instances are attached.
  if (part_ && part_->settings.mode != own_.mode) part_.reset();
  return {};
}

cloud::Settings NodeLink::settings() const {
  return part_ ? cloud::settingsOf(part_->settings, own_) : own_;
}

void NodeLink::bind(controller::Controller& controller) {
  controller_ = &controller;
  controller.onSettled([this](const auto& view) { report(view); });
}

void NodeLink::start() {
  if (part_) bringIntoForce();
  client_.start();
}

void NodeLink::take(const node::LinkClient::Update& update) {
  const bool other_settings = part_ && update.settings_changed;
  const bool first = !part_;
  part_ = update.part;
  revision_ = update.revision;
  if (controller_ == nullptr) return;
  if (part_->settings.mode != own_.mode) {
    const auto message = fmt::format(
        "the cluster runs in {}, and VNET_MODE here says {}; nothing is changed until "
        "they agree",
        format(part_->settings.mode), format(own_.mode));
    spdlog::error("node {}", message);
    controller_->note(controller::EventKind::Error, "cluster host", message);
    return;
  }
  if (other_settings || first) {
    controller_->reconfigure(
        settings(), make_mode_(settings()), controller_options_, [](auto done) {
          if (!done)
            spdlog::error("node cannot take the cluster's settings error=\"{}\"",
                          done.error().message);
        });
  }
  bringIntoForce();
}

void NodeLink::bringIntoForce() {
  // The difference to what the controller has, whatever that is: nothing can be missed.
  controller_->edit(
      [part = *part_](cloud::Cloud& cloud) {
        const auto has = cloud::partOf(cloud, cloud.settings().host.node_name);
        cloud::edit(cloud, cloud::difference(has, part));
      },
      [this, revision = revision_](const controller::View& view, const auto& applied) {
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
  node::Report report{.revision = carried_out_};
  for (const auto& left : view.status.not_in_force) {
    // Of ports the list below tells.
    if (left.object.starts_with("port ")) continue;
    report.not_in_force.push_back(left.object + ": " + left.reason);
  }
  const bool learns = view.cloud.settings().mode == cloud::NetworkMode::System;
  for (const auto& [id, status] : view.ports) {
    const auto instance = view.cloud.instance(id);
    if (!instance || !isHere(view.cloud.settings(), *instance)) continue;
    node::Port port{toLink(status.state), status.reason};
    // What the cluster host gave itself need not be told.
    if (learns) port.address = instance->private_address;
    report.ports.emplace(id, std::move(port));
  }
  if (last_report_ == report) return;
  last_report_ = report;
  boost::asio::post(io_, [this, report = std::move(report)] { client_.report(report); });
}

}  // namespace netctl::daemon
