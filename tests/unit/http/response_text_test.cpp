#include "netctl/http/server/response_text.h"

#include <gtest/gtest.h>

namespace netctl::http {
namespace {

using std::chrono::sys_seconds;

/// The example of RFC 9110, section 5.6.7.
constexpr sys_seconds kThen{std::chrono::seconds(784111777)};

TEST(ResponseText, IsWhatGoesOverTheWire) {
  EXPECT_EQ(responseText({200, "text/plain", "ok\n", {{"Allow", "GET"}}}, {.date = kThen}),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: netctl\r\n"
            "Content-Type: text/plain\r\nAllow: GET\r\nContent-Length: 3\r\n\r\nok\n");
}

TEST(ResponseText, SaysOfTheConnectionWhatIsNotUsual) {
  const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  EXPECT_EQ(responseText({404, "", ""}, {.keep_alive = false, .date = kThen}),
            "HTTP/1.1 404 Not Found\r\n" + date +
                "Server: netctl\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(responseText({404, "", ""}, {.version = 10, .date = kThen}),
            "HTTP/1.0 404 Not Found\r\n" + date +
                "Server: netctl\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseText, GivesNoLengthWhereThereCanBeNoBody) {
  EXPECT_EQ(responseText({204, "", ""}, {.date = kThen}).find("Content-Length"), std::string::npos);
}

TEST(ResponseText, ToAHeadHasTheLengthAndNoBody) {
  const auto text = responseText({200, "text/plain", "ok\n"}, {.has_body = false});
  EXPECT_TRUE(text.ends_with("Content-Length: 3\r\n\r\n")) << text;
}

TEST(HttpDate, IsInEnglishAndInGmt) {
  EXPECT_EQ(httpDate(sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(httpDate(sys_seconds(std::chrono::seconds(1709251199))),
            "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace netctl::http
