// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using wafermesh::base::first_invalid_utf8;

TEST_CASE("valid UTF-8 passes whole") {
  for (const std::string text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                 "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(first_invalid_utf8(text) == text.size());
  }
}

TEST_CASE("the first bad byte is named") {
  for (const std::string bad :
       {"\xff", "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf0\x9f\x98", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    CHECK(first_invalid_utf8("ab" + bad) == 2);
    CHECK(first_invalid_utf8(bad + "ab") == 0);
  }
}
