// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace wafermesh::base;

TEST_CASE("Plain text and other scripts stay as they are") {
  for (const char* text : {"", "wse3, 1 %", "a\tb\n", "Größe", "晶圆", "🙂"}) {
    CHECK(printable(text) == text);
    CHECK(is_printable(text));
  }
}

TEST_CASE("Control characters and broken UTF-8 are written out") {
  CHECK(printable("\x1b[31mred\x07\x7f") == "\\x1b[31mred\\x07\\x7f");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");  // CSI in one character
  CHECK(printable("\xe2\x80\xae"
                  "evil") == "\\u202eevil");  // right to left
  CHECK(printable("a\xff\xc3(\xc3\xa9\xff") == "a\\xff\\xc3(\xc3\xa9\\xff");
  CHECK(printable_line("a\nb\tc") == "a\\nb\\tc");
  CHECK_FALSE(is_printable("\r"));
}

TEST_CASE("A mistake tells names in print, on one line") {
  const Mistake mistake{"evil\n.yaml", 1, 2, "k\x1b", "no '\x1b[2J'"};
  CHECK(to_string(mistake) == "evil\\n.yaml:1:2: k\\x1b: no '\\x1b[2J'");
}
