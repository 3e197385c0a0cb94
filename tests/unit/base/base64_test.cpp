#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace netctl::api {
namespace {

TEST(Base64, ReadsWhatItWrites) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(decodeBase64(encodeBase64(bytes)), bytes) << length;
    bytes += static_cast<char>(length * 7);
  }
}

// RFC 4648, section 10.
TEST(Base64, WritesTheVectorsOfTheStandard) {
  EXPECT_EQ(encodeBase64(""), "");
  EXPECT_EQ(encodeBase64("f"), "Zg==");
  EXPECT_EQ(encodeBase64("fo"), "Zm8=");
  EXPECT_EQ(encodeBase64("foobar"), "Zm9vYmFy");
}

TEST(Base64, RefusesAllOtherTexts) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", " Zg==", "Zg==\n", "Zh==", "====", "Z===",
                           "Zm9vYmFy-_==", "Zm9v YmFy", "not base64!", "=Zg=", "Zg==Zg=="}) {
    EXPECT_EQ(decodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace netctl::api
