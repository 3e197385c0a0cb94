#include "netctl/http/server/response_text.h"

#include <gtest/gtest.h>

namespace netctl::http {
namespace {

TEST(ResponseText, IsWhatGoesOverTheWire) {
  EXPECT_EQ(responseText({200, "text/plain", "ok\n", {{"Allow", "GET"}}}, 11, true),
            "HTTP/1.1 200 OK\r\nServer: netctl\r\nContent-Type: text/plain\r\nAllow: GET\r\n"
            "Content-Length: 3\r\n\r\nok\n");
}

TEST(ResponseText, SaysOfTheConnectionWhatIsNotUsual) {
  EXPECT_EQ(responseText({404, "", ""}, 11, false),
            "HTTP/1.1 404 Not Found\r\nServer: netctl\r\nConnection: close\r\n"
            "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(responseText({404, "", ""}, 10, true),
            "HTTP/1.0 404 Not Found\r\nServer: netctl\r\nConnection: keep-alive\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(ResponseText, GivesNoLengthWhereThereCanBeNoBody) {
  EXPECT_EQ(responseText({204, "", ""}, 11, true),
            "HTTP/1.1 204 No Content\r\nServer: netctl\r\n\r\n");
}

}  // namespace
}  // namespace netctl::http
