#include "netctl/http/server/request_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::http {
namespace {

using ::testing::HasSubstr;
using Step = RequestReader::Step;

constexpr auto kRequest = "POST /rpc?a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";

TEST(RequestReader, GivesTheHeadBeforeTheBody) {
  RequestReader reader(100);
  EXPECT_EQ(reader.next(), Step::NeedsMore);
  reader.add("POST /rpc?a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
  ASSERT_EQ(reader.next(), Step::Head);
  EXPECT_EQ(reader.head().method, "POST");
  EXPECT_EQ(reader.head().target, "/rpc?a");
  EXPECT_EQ(*findField(reader.head().fields, "host"), "h");
  EXPECT_TRUE(reader.keepsAlive());
  EXPECT_EQ(reader.next(), Step::NeedsMore);
  reader.add("body");
  ASSERT_EQ(reader.next(), Step::Complete);
  EXPECT_EQ(reader.take().body, "body");
  EXPECT_FALSE(reader.hasUnread());
}

TEST(RequestReader, TakesBytesOneByOne) {
  RequestReader reader(100);
  int heads = 0;
  int complete = 0;
  for (const char byte : std::string_view(kRequest)) {
    reader.add({&byte, 1});
    auto step = reader.next();
    if (step == Step::Head) {
      ++heads;
      step = reader.next();
    }
    if (step == Step::Complete) ++complete;
  }
  EXPECT_EQ(heads, 1);
  ASSERT_EQ(complete, 1);
  EXPECT_EQ(reader.take().body, "body");
}

TEST(RequestReader, ReadsRequestsThatCameAtOnce) {
  RequestReader reader(100);
  reader.add(std::string(kRequest) + "GET /x HTTP/1.0\r\n\r\nrest");
  EXPECT_EQ(reader.next(), Step::Head);
  EXPECT_EQ(reader.next(), Step::Complete);
  EXPECT_EQ(reader.take().target, "/rpc?a");
  EXPECT_TRUE(reader.hasUnread());
  EXPECT_EQ(reader.next(), Step::Head);
  EXPECT_EQ(reader.version(), 10U);
  EXPECT_FALSE(reader.keepsAlive());
  EXPECT_EQ(reader.next(), Step::Complete);
  EXPECT_EQ(reader.take().target, "/x");
  EXPECT_TRUE(reader.hasUnread());
}

TEST(RequestReader, JoinsABodyInPieces) {
  RequestReader reader(100);
  reader.add("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_EQ(reader.next(), Step::Head);
  EXPECT_EQ(reader.next(), Step::NeedsMore);
  reader.add("2\r\nde\r\n0\r\n\r\n");
  ASSERT_EQ(reader.next(), Step::Complete);
  EXPECT_EQ(reader.take().body, "abcde");
}

TEST(RequestReader, KnowsWhoWaitsToSend) {
  RequestReader reader(100);
  reader.add("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(reader.next(), Step::Head);
  EXPECT_TRUE(reader.waitsToSend());
}

int statusOf(std::string_view bytes) {
  RequestReader reader(10);
  reader.add(bytes);
  auto step = reader.next();
  if (step == Step::Head) step = reader.next();
  return step == Step::Failed ? reader.fault().status : 0;
}

TEST(RequestReader, SaysWhatIsWrong) {
  EXPECT_EQ(statusOf("hello\r\n\r\n"), 400);
  EXPECT_EQ(statusOf("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"), 413);
  EXPECT_EQ(statusOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n"), 413);
  EXPECT_EQ(statusOf("GET / HTTP/1.1\r\nA: " + std::string(20000, 'a')), 431);
}

}  // namespace
}  // namespace netctl::http
