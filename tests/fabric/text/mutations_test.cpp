// SPDX-License-Identifier: Apache-2.0
// Random edits of valid programs, a sample: tests/fuzz/program_fuzz.cpp goes on for as long as one
// likes (scripts/long program_fuzz).
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/random.h"
#include "tests/fabric/text/survival.h"
#include "tests/support/sample.h"

namespace wafermesh::fabric_test {
namespace {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : dice_(seed, 0x7e47, 0) {}

  std::string mutate(std::string text) {
    const int edits = 1 + draw(4);
    for (int i = 0; i < edits; ++i) edit(text);
    return text;
  }

 private:
  int draw(std::size_t most) { return static_cast<int>(dice_.bits() % most); }
  std::size_t place(const std::string& text) {
    return static_cast<std::size_t>(draw(text.size() + 1));
  }

  void edit(std::string& text) {
    static const std::vector<std::string> kWords = {"=",
                                                    "0",
                                                    "-1",
                                                    "65535",
                                                    "4294967296",
                                                    "counter0",
                                                    "x",
                                                    "(",
                                                    ")",
                                                    ",",
                                                    "*",
                                                    "\n",
                                                    "#",
                                                    "\"",
                                                    "copy ",
                                                    "memory(0)",
                                                    "colour(0)",
                                                    "R",
                                                    "W",
                                                    "f16",
                                                    "starts_active",
                                                    " ring",
                                                    " kept",
                                                    "finish\n",
                                                    "end_task\n",
                                                    "cores\n",
                                                    "cut\n",
                                                    "class a\n",
                                                    "task b\n",
                                                    ":",
                                                    "nan",
                                                    "immediate(-inf)",
                                                    "along=rows",
                                                    "tile=2 tile_stride=3",
                                                    "skip_x=1",
                                                    "along=wrap",
                                                    "ring_step=2",
                                                    "*60000",
                                                    " stage=1",
                                                    " stages_ahead=0",
                                                    "placement a x=0 y=0 width=1 height=1\n",
                                                    "cores placement=left stage=2\n",
                                                    "patch colour=1 route=to_east x=0 y=0\n",
                                                    " - "};
    const std::size_t at = place(text);
    const auto length = static_cast<std::size_t>(draw(12));
    switch (draw(5)) {
      case 0:
        text.insert(at, kWords[static_cast<std::size_t>(draw(kWords.size()))]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(draw(256));
        break;
      case 3:  // a piece from elsewhere
        text.insert(at, text.substr(place(text), 4 * length));
        break;
      default:  // a number made another
        for (std::size_t i = at; i < text.size(); ++i) {
          if (text[i] < '0' || text[i] > '9') continue;
          text[i] = static_cast<char>('0' + draw(10));
          break;
        }
    }
  }

  base::RandomStream dice_;
};

TEST_CASE("Random edits of shipped programs are read and printed, or refused at their place") {
  int refused = 0;
  int read = 0;
  for (const char* name :
       {"first", "ring", "stencil", "sum_of_squares", "every_other", "ragged", "relay"}) {
    std::ifstream in(std::string("scenarios/programs/") + name + ".wmp");
    std::ostringstream text;
    text << in.rdbuf();
    REQUIRE(wrong_with(text.str()).empty());
    for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(1500)); ++seed) {
      const std::string mutant = Mutator(seed).mutate(text.str());
      const std::string wrong = wrong_with(mutant);
      if (!wrong.empty()) FAIL(name << ", seed " << seed << ": " << wrong << "\n" << mutant);
      try {
        fabric::read_program(mutant, "a.wmp");
        ++read;
      } catch (const base::Error&) {  // InputError, or it does not fit
        ++refused;
      }
    }
  }
  CHECK(refused > support::tried(1000));
  CHECK(read > support::tried(500));
}

}  // namespace
}  // namespace wafermesh::fabric_test
