#include "netctl/metadata/read_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace netctl::metadata {
namespace {

using ::testing::HasSubstr;

std::string faultOf(const std::string& text) {
  const auto document = parseDocument(text);
  if (document) return "";
  auto message = document.error().message;
  for (const auto& fault : document.error().faults) message += fault.where + " " + fault.message;
  return message;
}

TEST(MetadataDocument, IsReadAsItWasWritten) {
  const Document document{"i-0A1B2C3D",
                          {{"meta-data/instance-id", "i-0A1B2C3D"},
                           {"meta-data/tags/instance/name", "a \"quoted\" \\ name, \xc3\xa9"},
                           {"user-data", std::string("#!/bin/sh\0\xff\n", 12)}}};
  const auto read = parseDocument(format(document));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, document);
  const Document strict{"i-00000001", {}, {.needs_token = true, .token_hops = 2, .enabled = false}};
  EXPECT_EQ(parseDocument(format(strict)).value(), strict);
  const Document bare{"i-00000001", {}};
  EXPECT_EQ(parseDocument(format(bare)).value(), bare);
}

TEST(MetadataDocument, IsReadStrictly) {
  EXPECT_THAT(faultOf(""), HasSubstr("not JSON"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{})"), HasSubstr("not JSON"));
  EXPECT_THAT(faultOf("[]"), HasSubstr("write an object"));
  EXPECT_THAT(faultOf(R"({"items":{},"user_data":""})"), HasSubstr("instance"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{"a":1},"user_data":""})"), HasSubstr("items"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{},"user_data":"???"})"), HasSubstr("base64"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{},"user_data":"","more":1})"),
              HasSubstr("more"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{"user-data":"x"},"user_data":"eA=="})"),
              HasSubstr("of its own"));
  EXPECT_THAT(faultOf(R"({"instance":"i-1","items":{},"user_data":"","options":{}})"),
              HasSubstr("options.token_hops"));
}

TEST(MetadataSettings, AreReadStrictly) {
  for (const bool needs_token : {false, true}) {
    EXPECT_EQ(parseSettings(format(host::MetadataServer{needs_token})).value().needs_token,
              needs_token);
  }
  for (const auto* wrong : {"", "{}", R"({"needs_token":1})", R"({"needs_token":true,"a":1})"}) {
    EXPECT_FALSE(parseSettings(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace netctl::metadata
