#include "netctl/cli/table.h"

#include <gtest/gtest.h>

namespace netctl::cli {
namespace {

Table ports() {
  Table table({"instance_id", "port", "reason"});
  table.add({"i-1", "open", "-"});
  table.add({"i-2", "failed", "the device vnet3 is not a port of br0, nor of any other bridge"});
  return table;
}

TEST(Table, HasColumnsAsWideAsTheirWidestCell) {
  EXPECT_EQ(
      ports().text(),
      "INSTANCE-ID  PORT    REASON\n"
      "i-1          open    -\n"
      "i-2          failed  the device vnet3 is not a port of br0, nor of any other bridge\n");
}

TEST(Table, GoesOnInTheNextLineOfANarrowTerminal) {
  EXPECT_EQ(ports().text({.width = 60}),
            "INSTANCE-ID  PORT    REASON\n"
            "i-1          open    -\n"
            "i-2          failed  the device vnet3 is not a port of br0,\n"
            "                     nor of any other bridge\n");
}

TEST(Table, IsColoredByHowThingsStand) {
  EXPECT_EQ(ports().text({.width = 60, .colors = true}),
            "\x1b[1mINSTANCE-ID\x1b[0m  \x1b[1mPORT\x1b[0m    \x1b[1mREASON\x1b[0m\n"
            "i-1          \x1b[32mopen\x1b[0m    -\n"
            "i-2          \x1b[31mfailed\x1b[0m  the device vnet3 is not a port of br0,\n"
            "                     nor of any other bridge\n");
}

TEST(Table, CountsLettersAndNotBytes) {
  Table table({"name", "tag"});
  table.add({"b\xc3\xbcro", "2"});
  table.add({"lab", "3"});
  EXPECT_EQ(table.text(), "NAME  TAG\nb\xc3\xbcro  2\nlab   3\n");
}

TEST(Wrapped, CutsAWordThatIsLongerThanALine) {
  EXPECT_EQ(wrapped("abcdefgh ij", 4), (std::vector<std::string>{"abcd", "efgh", " ij"}));
}

}  // namespace
}  // namespace netctl::cli
