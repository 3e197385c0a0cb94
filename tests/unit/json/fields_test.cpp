#include "netctl/json/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <array>

namespace netctl::json {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::array kTable{Field{.name = "name"},
                            Field{.name = "size", .type = Type::Number, .minimum = 1, .maximum = 9},
                            Field{.name = "owner", .required = false, .nullable = true},
                            Field{.name = "inner", .type = Type::Object, .required = false},
                            Field{.name = "lines", .type = Type::Strings, .required = false},
                            Field{.name = "rules", .type = Type::Objects, .required = false}};

std::vector<std::string> placesOf(const cloud::Faults& faults) {
  std::vector<std::string> places;
  if (faults.empty()) return places;
  for (const auto& fault : faults.error().faults) places.push_back(fault.where);
  return places;
}

TEST(Fields, GiveWhatIsRight) {
  const auto value = boost::json::parse(
      R"({"name":"n","size":9,"owner":null,"inner":{"a":1},"lines":["x"],"rules":[{},{"b":2}]})");
  cloud::Faults faults;
  const Fields fields(value, kTable, "", faults);
  EXPECT_THAT(placesOf(faults), IsEmpty());
  EXPECT_EQ(fields.text("name"), "n");
  EXPECT_EQ(fields.number("size"), 9);
  EXPECT_FALSE(fields.has("owner")) << "null reads as absent";
  EXPECT_TRUE(fields.given("owner"));
  ASSERT_NE(fields.object("inner"), nullptr);
  EXPECT_EQ(fields.object("inner")->size(), 1U);
  EXPECT_THAT(*fields.texts("lines"), ElementsAre("x"));
  ASSERT_EQ(fields.objects("rules").size(), 2U);
  EXPECT_EQ(fields.objects("rules")[1].first, "rules[1].");
}

TEST(Fields, NameAllThatIsWrongWithItsPlace) {
  const auto value = boost::json::parse(
      R"({"size":10,"nmae":"n","owner":1,"inner":[],"lines":["x",2],"rules":[{},3]})");
  cloud::Faults faults;
  const Fields fields(value, kTable, "at.", faults);
  EXPECT_THAT(placesOf(faults), ElementsAre("at.name", "at.nmae", "at.size", "at.owner", "at.inner",
                                            "at.lines[1]", "at.rules[1]"));
  EXPECT_THAT(faults.error().message, HasSubstr("did you mean 'name'?"));
  EXPECT_THAT(faults.error().message, HasSubstr("an integer of 1 to 9"));
  EXPECT_EQ(fields.number("size"), std::nullopt);
  EXPECT_EQ(fields.texts("lines"), std::nullopt);
  EXPECT_EQ(fields.objects("rules").size(), 1U) << "the others may hold faults too";
}

TEST(Fields, OfWhatIsNotAnObjectAreOneFault) {
  cloud::Faults faults;
  const Fields fields(boost::json::value(7), kTable, "at.", faults);
  EXPECT_THAT(placesOf(faults), ElementsAre("at"));
  EXPECT_FALSE(fields.given("name"));
  EXPECT_EQ(fields.text("name"), std::nullopt);
}

TEST(Fields, TakeNoNumberThatIsNotWritten) {
  for (const auto* const text : {"9.0", "1e0", "9223372036854775808", "\"9\"", "true"}) {
    const auto value = boost::json::parse(std::string(R"({"name":"n","size":)") + text + "}");
    cloud::Faults faults;
    const Fields fields(value, kTable, "", faults);
    EXPECT_THAT(placesOf(faults), ElementsAre("size")) << text;
  }
}

}  // namespace
}  // namespace netctl::json
