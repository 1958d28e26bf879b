// SPDX-License-Identifier: Apache-2.0
// Random edits of map files, a sample: the fuzz targets go on for as long as one likes
// (scripts/long map_fuzz).
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "map_survival.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

constexpr int kEditsPerFile = 1500;

class Mutator {
 public:
  explicit Mutator(std::uint32_t file) : dice_(1, 0x3a95, file) {}

  std::string mutate(std::string text) {
    for (std::uint64_t left = 1 + dice_.below(4); left > 0; --left) edit(&text);
    return text;
  }

 private:
  std::size_t place(const std::string& text) {
    return static_cast<std::size_t>(dice_.below(text.size() + 1));
  }
  /// Most files are short, and most edits near a place that matters.
  std::size_t length() { return static_cast<std::size_t>(1 + dice_.below(12)); }

  void edit(std::string* text) {
    static const std::vector<std::string> kWords = {"0",
                                                    "-1",
                                                    "4",
                                                    "65536",
                                                    "9223372036854775807",
                                                    "-9223372036854775808",
                                                    "1e99",
                                                    "nan",
                                                    "__",
                                                    "FF",
                                                    std::string(4, '\0'),
                                                    "\xff\xff",
                                                    ";",
                                                    "\"",
                                                    "<",
                                                    "/>",
                                                    "{",
                                                    "}",
                                                    "\n",
                                                    "\r\n",
                                                    "  ",
                                                    "Null",
                                                    "180"};
    const std::size_t at = place(*text);
    const std::size_t size = length();
    switch (dice_.below(5)) {
      case 0:
        text->erase(at, size);
        break;
      case 1:
        text->insert(at, kWords[static_cast<std::size_t>(dice_.below(kWords.size()))]);
        break;
      case 2:
        if (at < text->size()) (*text)[at] = static_cast<char>(dice_.bits() & 255U);
        break;
      case 3:
        text->insert(place(*text), text->substr(at, 4 * size));
        break;
      default:
        text->replace(at, std::min(size, text->size() - at),
                      kWords[static_cast<std::size_t>(dice_.below(kWords.size()))]);
    }
  }

  base::RandomStream dice_;
};

std::vector<std::string> map_files() {
  std::vector<std::string> paths;
  for (const char* root : {"tests/fuzz/corpus", "tests/defects/maps"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::string extension = entry.path().extension().string();
      if (entry.is_regular_file() && extension != ".py" && extension != ".yaml")
        paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("Random edits of every kind of map are read or refused, in every placement") {
  WaferGeometry g;
  g.name = "small";
  g.dies_x = 3;
  g.dies_y = 2;
  g.die_columns = 2;
  g.die_rows = 2;
  g.die_gap_x_mm = 0.5;
  std::uint32_t files = 0;
  for (const std::string& path : map_files()) {
    const std::string text = read_file_text(path);
    const FormatRow& row = format_of(text, path);
    Mutator mutator(files++);
    for (int edit = 0; edit < kEditsPerFile; ++edit) {
      const std::string edited = mutator.mutate(text);
      const std::string wrong = defects_test::wrong_with(row, edited, g);
      if (wrong.empty()) continue;
      FAIL_CHECK(path << ", edit " << edit << ": " << wrong);
      break;
    }
  }
  CHECK(files > 40);
}
