#include "netctl/web/keeper/web_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace netctl::web {
namespace {

using ::testing::HasSubstr;

WebKeeper::Options optionsOf(std::string program) {
  return {.host = "127.0.0.1",
          .process = {.program = std::move(program)},
          .on_blocked = [](auto, const auto&) {}};
}

/// The first trouble with a netctl-web of that program.
std::string troubleWith(const std::string& program) {
  boost::asio::io_context io;
  std::optional<std::string> trouble;
  auto options = optionsOf(program);
  options.on_trouble = [&](const auto& error) {
    if (error && !trouble) trouble = error->message;
  };
  WebKeeper keeper(io, {}, std::move(options));
  EXPECT_TRUE(keeper.start());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!trouble && std::chrono::steady_clock::now() < end) {
    io.run_one_for(std::chrono::milliseconds(100));
  }
  keeper.stop();
  return trouble.value_or("none");
}

TEST(WebKeeper, SaysThatTheProgramIsMissing) {
  EXPECT_THAT(troubleWith("/none/netctl-web"), HasSubstr("/none/netctl-web is missing"));
}

TEST(WebKeeper, SaysThatTheProgramHasEnded) {
  EXPECT_THAT(troubleWith("/bin/false"), HasSubstr("netctl-web has ended"));
}

TEST(WebKeeper, NamesTheFileThatItCannotUse) {
  boost::asio::io_context io;
  auto options = optionsOf("/bin/false");
  options.tls = http::CertificateFiles{"/none.crt", "/none.key"};
  WebKeeper keeper(io, {}, std::move(options));
  const auto started = keeper.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("/none.crt"));
}

}  // namespace
}  // namespace netctl::web
