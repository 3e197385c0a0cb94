#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace netctl::kernel {

/// Each test has a fresh network namespace, loopback up, and an xtables lock of its own. Needs
/// root.
class NetworkNamespace : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// The file of the xtables lock.
  [[nodiscard]] const std::string& lockFile() const { return lock_file_; }

 private:
  int before_ = -1;
  std::string lock_file_;
};

/// What a shell command prints, both streams; the test fails where it does.
std::string output(const std::string& command);
/// Its exit code; what it prints is dropped.
int exitCode(const std::string& command);

}  // namespace netctl::kernel
