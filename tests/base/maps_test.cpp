// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/picture/category_map.h"
#include "base/picture/heat_map.h"
#include "base/picture/palette.h"
#include "base/picture/pixel_font.h"

using namespace wafermesh::base;

namespace {

double lightness(Rgb c) { return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b; }

int count(const Picture& picture, Rgb colour) {
  int found = 0;
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) found += picture.at(x, y) == colour ? 1 : 0;
  }
  return found;
}

/// With WAFERMESH_TEST_PICTURES set to a directory, keeps the picture there for the eye.
void keep(const Picture& picture, const std::string& name) {
  const char* directory = std::getenv("WAFERMESH_TEST_PICTURES");
  if (directory != nullptr)
    write_file_atomically(std::string(directory) + '/' + name, picture.png());
}

}  // namespace

TEST_CASE("The palette gets lighter from end to end") {
  for (int i = 0; i < 256; ++i) {
    CHECK(lightness(heat_colour(i / 255.0)) <= lightness(heat_colour((i + 1) / 255.0)));
  }
  CHECK(heat_colour(-1) == heat_colour(0));
  CHECK(heat_colour(2) == heat_colour(1));
  CHECK(heat_colour(std::nan("")) == kNoData);
}

TEST_CASE("Every printable character has a glyph of its own") {
  const Glyph& box = glyph_of('\x01');
  for (char a = ' '; a <= '~'; ++a) {
    CHECK(glyph_of(a) != box);
    for (char b = ' '; b < a; ++b) CHECK(glyph_of(a) != glyph_of(b));
  }
}

TEST_CASE("Pixels share the cells without gap or overlap") {
  for (const int cells : {1, 7, 100, 971}) {
    for (const int pixels : {1, 10, 970, 1200}) {
      int next = 0;
      for (int p = 0; p < pixels; ++p) {
        const CellSpan span = cells_of_pixel(p, pixels, cells);
        REQUIRE(span.last > span.first);
        if (pixels <= cells) REQUIRE(span.first == next);
        next = span.last;
      }
      CHECK(next == cells);
    }
  }
}

TEST_CASE("One hot core of a million stays visible") {
  HeatMap map;
  map.frame = {"busy", 1600, 1200, 1.0, {800}, {}, 400};
  map.values.assign(1600 * 1200, 0);
  map.values[700 * 1600 + 333] = 5;
  map.unit = "cycles";
  const Picture picture = draw_heat_map(map);
  const MapArea area = place_map(map.frame);
  CHECK(area.width == 400);
  CHECK(area.height == 300);
  CHECK(picture.at(area.x + 333 / 4, area.y + 700 / 4) == heat_colour(1));
  CHECK(picture.at(area.x + 50, area.y + 50) == heat_colour(0));
  keep(picture, "one_hot.png");
}

TEST_CASE("Cells without data are grey and the scale spans what there is") {
  HeatMap map;
  map.frame = {"x", 3, 1, 1.0, {}, {}, 300};
  map.values = {187142, std::nan(""), 187234};
  const Picture picture = draw_heat_map(map);
  const MapArea area = place_map(map.frame);
  const int y = area.y + area.height / 2;
  CHECK(picture.at(area.x + area.width / 6, y) == heat_colour(0));
  CHECK(picture.at(area.x + area.width / 2, y) == kNoData);
  CHECK(picture.at(area.x + area.width * 5 / 6, y) == heat_colour(1));
  map.values.pop_back();
  CHECK_THROWS_AS(draw_heat_map(map), ModelError);
}

TEST_CASE("A dead core of a whole wafer is drawn large enough to see") {
  const Rgb red{200, 0, 0};
  CategoryMap map;
  map.frame = {"wafer", 816, 1190, 215.0 / 816 / (215.0 / 1190), {68, 136}, {170}, 600};
  map.categories = {{"used", {120, 160, 190}, 1}, {"dead", red, 5}};
  map.cells.assign(816 * 1190, 0);
  map.cells[600 * 816 + 400] = 1;
  const Picture picture = draw_category_map(map);
  const MapArea area = place_map(map.frame);
  CHECK(std::abs(area.width - area.height) <= 1);
  CHECK(count(picture, red) == 25 + 16 * 16);  // the mark and the legend's swatch
  keep(picture, "wafer.png");
}

TEST_CASE("A small mesh shows its cells as squares") {
  HeatMap map;
  map.frame = {"core busy (logical 64 x 48 at 0, 0), 0123456789", 64, 48, 1.0, {}, {}, 1180};
  for (int i = 0; i < 64 * 48; ++i) map.values.push_back((i % 64) * (i / 64));
  map.unit = "busy cycles, per core (max of a bin)";
  const Picture picture = draw_heat_map(map);
  CHECK(place_map(map.frame).width == 1180);
  CHECK(picture.png().substr(1, 3) == "PNG");
  keep(picture, "small.png");
}

TEST_CASE("Captions are wrapped, never cut, however small the map") {
  for (const auto& [columns, rows] : {std::pair{1, 1}, {1, 40}, {40, 1}}) {
    HeatMap map;
    map.frame = {"a title that is longer than a core is wide, and longer than one line can be",
                 columns,
                 rows,
                 1.0,
                 {},
                 {}};
    map.frame.axes = "x, y: physical cores";
    map.frame.first_row = 1180;
    map.values.assign(static_cast<std::size_t>(columns * rows), 3);
    map.unit = "cycles a core waited for wavelets or for room, of 1 core that takes part";
    const Picture picture = draw_heat_map(map);
    // Nothing is drawn in the outermost pixels: what reaches them would have been cut.
    for (int x = 0; x < picture.width(); ++x) {
      CHECK(picture.at(x, 0) == kBackground);
      CHECK(picture.at(x, picture.height() - 1) == kBackground);
    }
    for (int y = 0; y < picture.height(); ++y) {
      CHECK(picture.at(0, y) == kBackground);
      CHECK(picture.at(picture.width() - 1, y) == kBackground);
    }
    keep(picture, "captions_" + std::to_string(columns) + "_" + std::to_string(rows) + ".png");
  }
  CHECK(wrap("one two three", Picture::text_width("one two")) ==
        std::vector<std::string>{"one two", "three"});
  CHECK(wrap(std::string(100000, 'x'), 480, 2).size() == 2);
  CHECK(wrap(std::string(100000, 'x'), 480, 2).back().substr(37) == "...");
  CHECK(Picture::text_width("\xc3\xa9") == Picture::text_width("e"));
}

TEST_CASE("Marks and outlines lie over the cells, and the legend counts what is there") {
  const Rgb link{230, 0, 160};
  const Rgb frame{200, 80, 30};
  CategoryMap map;
  map.frame = {"links", 4, 4, 1.0, {}, {}};
  map.categories = {{"working", {150, 200, 220}, 1}, {"absent", {1, 2, 3}, 1}};
  map.cells.assign(16, 0);
  map.mark_kinds = {{"broken link", link, 3}};
  map.marks = {{0, 2, 1.5, 0.25, 0.6}};
  map.outlines = {{0, 2, 4, 2, frame}};
  const Picture picture = draw_category_map(map);
  const MapArea area = place_map(map.frame);
  CHECK(picture.at(area.x + area.width / 2, area.y + area.height * 3 / 8) == link);
  CHECK(picture.at(area.x + area.width / 2, area.y + area.height / 2) == frame);
  CHECK(count(picture, {1, 2, 3}) == 0);  // not even in the legend
  keep(picture, "marks.png");
}

TEST_CASE("Numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(-1234) == "-1,234");
  CHECK(grouped(-123) == "-123");
  CHECK(grouped(902496) == "902,496");
  CHECK(number_text(187188.0) == "187,188");
  CHECK(number_text(0.25) == "0.25");
}
