#pragma once

#include "base/descriptor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Hears (inotify(7)) of files that come, go or are written in some directories, and of the end of
/// a directory. On the thread of its io_context.
class DirectoryWatch {
 public:
  struct News {
    bool files = false;      ///< a file
    bool directory = false;  ///< a directory is gone, or lies somewhere else
  };

  /// Names in `ignored` are no news.
  DirectoryWatch(boost::asio::io_context& io, std::vector<std::string> ignored,
                 std::function<void(const News&)> changed);

  /// Listens to these directories from now on, and to no others; one that is not there is left out.
  void watch(const std::vector<std::string>& directories);
  /// What has happened until now is no news: it was our own doing.
  void skip();

 private:
  void wait();
  News drain();

  std::vector<std::string> ignored_;
  std::function<void(const News&)> changed_;
  boost::asio::posix::stream_descriptor descriptor_;
  std::map<int, std::string> watches_;
};

}  // namespace netctl::kernel
