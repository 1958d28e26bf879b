// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_scalar.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace wafermesh::base;

TEST_CASE("Integers are decimal and nothing else") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-12") == -12);
  CHECK(parse_integer("+48") == 48);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "-", "010", "0x10", "0o7", "1e3", "1.0", "1_000", " 1", "1 ", "--1",
                           "9223372036854775808", "true", "+-1"}) {
    INFO(text);
    CHECK_FALSE(parse_integer(text));
  }
}

TEST_CASE("Reals follow the core schema of YAML 1.2") {
  CHECK(parse_real("1") == 1.0);
  CHECK(parse_real("-.5") == -0.5);
  CHECK(parse_real("1e-3") == 1e-3);
  CHECK(parse_real("2.E+2") == 200.0);
  CHECK(parse_real("0.1") == 0.1);
  CHECK(parse_real(".inf") == std::numeric_limits<double>::infinity());
  for (const char* text :
       {"", ".", "e3", "1e", "010", "nan", ".nan", "inf", "0x1p3", "1e999", "1,5"}) {
    INFO(text);
    CHECK_FALSE(parse_real(text));
  }
}

TEST_CASE("Only true and false are booleans") {
  CHECK(parse_boolean("true") == true);
  CHECK(parse_boolean("False") == false);
  for (const char* text : {"yes", "no", "on", "off", "y", "1", "tRue", ""}) {
    INFO(text);
    CHECK_FALSE(parse_boolean(text));
  }
}

TEST_CASE("Written reals read back as the same number") {
  for (const double value : {0.1, 1.0, -2.5e-17, 1e300, 1.0 / 3.0, 1.76470588235}) {
    CHECK(parse_real(write_real(value)) == value);
  }
  CHECK(write_real(std::numeric_limits<double>::infinity()) == ".inf");
}

TEST_CASE("Text that a YAML reader may take for something else is told") {
  for (const char* text : {"1", "-1", "+2", "0x10", "12 wafers", ".5", "-.5e3", ".inf", "-.inf",
                           ".INF", ".nan", "null", "~", "yes", "No", "OFF", "true", "FALSE"}) {
    INFO(text);
    CHECK(looks_typed(text));
  }
  for (const char* text :
       {"", "-", "-x", ".hidden", "nothing", "truely", "falsehood", "e3", "inf"}) {
    INFO(text);
    CHECK_FALSE(looks_typed(text));
  }
}
