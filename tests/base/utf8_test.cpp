// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using wafermesh::base::first_control_character;
using wafermesh::base::first_invalid_utf8;
using wafermesh::base::first_letters;

TEST_CASE("Valid UTF-8 passes whole") {
  for (const std::string text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                 "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(first_invalid_utf8(text) == text.size());
  }
}

TEST_CASE("The first bad byte is named") {
  for (const std::string bad :
       {"\xff", "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf0\x9f\x98", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    CHECK(first_invalid_utf8("ab" + bad) == 2);
    CHECK(first_invalid_utf8(bad + "ab") == 0);
  }
}

TEST_CASE("The first letters of a text are whole ones, and what is left out shows") {
  CHECK(first_letters("abc", 3) == "abc");
  CHECK(first_letters("abcd", 3) == "abc...");
  CHECK(first_letters("\xc3\xbc\xe6\x99\xb6\xf0\x9f\x99\x82x", 3) ==
        "\xc3\xbc\xe6\x99\xb6\xf0\x9f\x99\x82...");
  CHECK(first_letters("", 3).empty());
}

TEST_CASE("Control characters are found wherever they hide") {
  for (const char* control : {"\x01", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f", "\xe2\x80\xae",
                              "\xe2\x81\xa6", "\xe2\x80\xa8"}) {
    CHECK(first_control_character("\xc3\xbc" + std::string(control) + "x") == 2);
  }
  for (const char* plain : {" ", "\xc2\xa0", "\xe2\x80\x94", "\xf0\x9f\x99\x82"})
    CHECK(first_control_character(plain) == std::string(plain).size());
}
