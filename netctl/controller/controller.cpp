#include "netctl/controller/controller.h"

#include "netctl/controller/controller_impl.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::controller {

Controller::Controller(boost::asio::io_context& io, cloud::Cloud cloud, store::Store& store,
                       host::Host& host, std::unique_ptr<Mode> mode, Options options)
    : io_(io),
      impl_(std::make_shared<Impl>(io, std::move(cloud), store, host, std::move(mode),
                                   std::move(options))) {}

Controller::~Controller() = default;

Result<void> Controller::start(const DeviceNews& there) {
  return impl_->start(there);
}

template <class Work>
void Controller::post(Work work) {
  boost::asio::post(io_, [weak = std::weak_ptr(impl_), work = std::move(work)]() mutable {
    if (const auto impl = weak.lock(); impl && !impl->isLost()) work(*impl);
  });
}

void Controller::submit(cloud::Command command, SubmitOptions options, Reply reply) {
  post([command = std::move(command), options, reply = std::move(reply)](Impl& impl) mutable {
    impl.submit(command, options, std::move(reply));
  });
}

void Controller::edit(Edit edit, Reply reply) {
  post([edit = std::move(edit), reply = std::move(reply)](Impl& impl) mutable {
    impl.edit(std::move(edit), std::move(reply));
  });
}

void Controller::onCommitted(Listener listener) {
  impl_->onCommitted(std::move(listener));
}

void Controller::onKeysChanged(KeyListener listener) {
  impl_->onKeysChanged(std::move(listener));
}

void Controller::onSettled(Reader reader) {
  impl_->onSettled(std::move(reader));
}

void Controller::onLost(std::function<void(const Error&)> lost) {
  impl_->onLost(std::move(lost));
}

void Controller::onLearningPorts(LearningListener listener) {
  impl_->onLearningPorts(std::move(listener));
}

void Controller::addressHeard(HeardAddress heard) {
  post([heard = std::move(heard)](Impl& impl) { impl.addressHeard(heard); });
}

void Controller::note(EventKind kind, std::string object, std::string message) {
  post([kind, object = std::move(object), message = std::move(message)](Impl& impl) mutable {
    impl.note(kind, std::move(object), std::move(message));
  });
}

void Controller::nodeChanged(NodeNews news) {
  post([news = std::move(news)](Impl& impl) { impl.nodeChanged(news); });
}

void Controller::setProblems(std::string finder, std::vector<Problem> problems) {
  post([finder = std::move(finder), problems = std::move(problems)](Impl& impl) mutable {
    impl.setProblems(finder, std::move(problems));
  });
}

void Controller::read(Reader reader) {
  post([reader = std::move(reader)](Impl& impl) { reader(impl.view()); });
}

void Controller::readCounts(Reader reader) {
  post([reader = std::move(reader)](Impl& impl) {
    impl.countIfOld();
    reader(impl.view());
  });
}

void Controller::saveUsage() {
  if (impl_->isLost()) return;
  impl_->count();
  impl_->saveUsage();
}

void Controller::plan(PlanReply reply) {
  post([reply = std::move(reply)](Impl& impl) { impl.plan(reply); });
}

void Controller::reconcile(PlanReply reply) {
  post([reply = std::move(reply)](Impl& impl) { impl.reconcile(reply); });
}

void Controller::pause(std::chrono::seconds duration, Reader reply) {
  post([duration, reply = std::move(reply)](Impl& impl) {
    impl.pause(duration);
    reply(impl.view());
  });
}

void Controller::resume(Reader reply) {
  post([reply = std::move(reply)](Impl& impl) {
    impl.resume();
    reply(impl.view());
  });
}

void Controller::backup(BackupReply reply) {
  post([reply = std::move(reply)](Impl& impl) { impl.backup(reply); });
}

void Controller::devicesChanged(DeviceNews news) {
  post([news = std::move(news)](Impl& impl) { impl.devicesChanged(news); });
}

void Controller::suspected(host::Scope scope) {
  post([scope = std::move(scope)](Impl& impl) { impl.suspected(scope); });
}

void Controller::suspected(host::Areas areas) {
  post([areas = std::move(areas)](Impl& impl) { impl.suspected(areas); });
}

void Controller::dhcpChanged(dhcp::ServerStatus status) {
  post([status](Impl& impl) { impl.dhcpChanged(status); });
}

void Controller::metadataChanged(metadata::ServerStatus status) {
  post([status = std::move(status)](Impl& impl) { impl.metadataChanged(status); });
}

void Controller::reconfigure(MakeSetup make, std::function<void(Result<void>)> reply) {
  post([make = std::move(make), reply = std::move(reply)](Impl& impl) {
    reply(impl.reconfigure(make));
  });
}

}  // namespace netctl::controller
