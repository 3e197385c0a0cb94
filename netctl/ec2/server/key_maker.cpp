#include "netctl/ec2/server/key_maker.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace netctl::ec2 {

void KeyMaker::make(crypto::SshKeyType type, std::function<void(crypto::NewSshKey)> take) {
  if (!thread_) thread_.emplace(1);
  boost::asio::post(*thread_, [&io = io_, works = boost::asio::make_work_guard(io_), type,
                               take = std::move(take)]() mutable {
    boost::asio::post(io, [key = crypto::makeSshKey(type), take = std::move(take)]() mutable {
      take(std::move(key));
    });
  });
}

}  // namespace netctl::ec2
