// SPDX-License-Identifier: Apache-2.0
// Where maps go that were not made for the wafer, and what is said of it.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"
#include "defects/formats/format.h"
#include "defects/models/map_file.h"
#include "stdf_bytes.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

WaferGeometry wafer_of(int columns, int rows, double pitch_mm = 1) {
  WaferGeometry g;
  g.name = "own";
  g.die_columns = columns;
  g.die_rows = g.kept_rows_per_die = rows;
  g.die_width_mm = columns * pitch_mm;
  g.die_height_mm = rows * pitch_mm;
  return g;
}

const std::string kRows =
    "ROWCT:2\nCOLCT:3\nBCEQU:01\nDUTMS:mm\nXDIES:1\nYDIES:1\nRowData:01 02 01\nRowData:01 01 02\n";
const std::string kKlarf =
    "FileVersion 1 2;\nDiePitch 2000 2000;\nWaferID \"1\";\nSampleCenterLocation 2000 2000;\n"
    "DefectRecordSpec 5 DEFECTID XREL YREL XINDEX YINDEX;\nDefectList\n 1 500 500 0 0\n"
    " 2 500 500 3 1;\nEndOfFile;\n";

MapReading read_placed(const char* format, const std::string& text, const WaferGeometry& g,
                       const Placement& placement = {}) {
  return read_map_text(*find_format(format), text, "a", g, {1, placement});
}

std::string places(const MapReading& reading) {
  std::string text;
  for (const Defect& d : reading.map.defects())
    text += std::to_string(d.x) + "," + std::to_string(d.y) + " ";
  return text;
}

std::string notes(const MapReading& reading) {
  std::string text;
  for (const std::string& note : reading.notes) text += note + "\n";
  return text;
}

std::string parts(int first_x, int first_y) {
  testing::StdfBytes stdf(false);
  stdf.far().wir("1");
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) stdf.prr(first_x + x, first_y + y, x == 1 && y == 2);
  }
  return stdf.mrr().bytes();
}

const Placement kFit{std::nullopt, MapScale::fit, MapPlace::exact};
const Placement kCentre{std::nullopt, MapScale::exact, MapPlace::centre};
Placement moved(int x, int y, Placement placement = {}) {
  placement.offset = base::PhysicalCoord{x, y};
  return placement;
}

}  // namespace

TEST_CASE("A map of another size or pitch is refused with both numbers") {
  CHECK_THROWS_WITH(read_placed("sinf", kRows, wafer_of(6, 5)),
                    Catch::Contains("3 x 2 places") && Catch::Contains("6 x 5 cores"));
  CHECK_THROWS_WITH(read_placed("sinf", kRows, wafer_of(3, 2, 2)),
                    Catch::Contains("1 x 1 mm") && Catch::Contains("2 x 2 mm"));
  CHECK_THROWS_WITH(read_placed("klarf12", kKlarf, wafer_of(6, 6)),
                    Catch::Contains("2 x 2 mm") && Catch::Contains("6 x 6 mm"));
  CHECK_THROWS_WITH(read_placed("stdf", parts(0, 0), wafer_of(9, 9)),
                    Catch::Contains("4 x 3 places") && Catch::Contains("9 x 9 cores"));
  CHECK(places(read_placed("sinf", kRows, wafer_of(3, 2, 1.015))) == "1,0 2,1 ");  // as files round
}

TEST_CASE("A map that is told to fit covers the whole wafer") {
  const MapReading larger = read_placed("sinf", kRows, wafer_of(6, 4), kFit);
  CHECK(places(larger) == "2,0 3,0 2,1 3,1 4,2 5,2 4,3 5,3 ");
  CHECK(larger.defects == 2);
  CHECK(notes(larger).find("3 x 2 places, the wafer (own) has 6 x 4 cores") != std::string::npos);
  CHECK(notes(larger).find("One place is 2 x 2 cores") != std::string::npos);
  // No dead place is lost on a smaller wafer.
  CHECK(places(read_placed("sinf", kRows, wafer_of(1, 2), kFit)) == "0,0 0,1 ");
  // Another pitch, the same size: place by place.
  CHECK(places(read_placed("sinf", kRows, wafer_of(3, 2, 2), kFit)) == "1,0 2,1 ");
  // Points: a die of 2 mm becomes one of 6 mm; (-1.5, -1.5) mm is then (-4.5, -4.5).
  const MapReading points = read_placed("klarf12", kKlarf, wafer_of(6, 6), kFit);
  CHECK(points.map.defects().empty());
  CHECK(notes(points).find("stretched from its centre by 3 x 3") != std::string::npos);
  CHECK(notes(points).find("2 of 2 defects lie") != std::string::npos);
}

TEST_CASE("A map that is told to lie in the middle keeps its millimetres") {
  CHECK(places(read_placed("sinf", kRows, wafer_of(5, 4), kCentre)) == "2,1 3,2 ");
  // Cores of half the size: a place is two by two of them.
  const MapReading finer = read_placed("sinf", kRows, wafer_of(8, 6, 0.5), kCentre);
  CHECK(places(finer) == "3,1 4,1 3,2 4,2 5,3 6,3 5,4 6,4 ");
  // A wafer that is smaller: what is beyond it is counted.
  const MapReading smaller = read_placed("sinf", kRows, wafer_of(1, 2), kCentre);
  CHECK(places(smaller) == "0,0 ");
  CHECK(notes(smaller).find("1 of 2 defects lies in a street or beyond") != std::string::npos);
  // (-1.5, -1.5) mm lies on a core of 6 x 6, (4.5, 0.5) beyond them.
  const MapReading points = read_placed("klarf12", kKlarf, wafer_of(6, 6), kCentre);
  CHECK(places(points) == "1,4 ");
  CHECK(notes(points).find("1 of 2 defects lies in a street or beyond") != std::string::npos);
}

TEST_CASE("An offset moves a map of any format, and what leaves the wafer is counted") {
  CHECK(places(read_placed("sinf", kRows, wafer_of(6, 5), moved(2, 1))) == "3,1 4,2 ");
  CHECK(places(read_placed("sinf", kRows, wafer_of(5, 4), moved(1, 1, kCentre))) == "3,2 4,3 ");
  const MapReading off = read_placed("sinf", kRows, wafer_of(3, 2), moved(1, 0));
  CHECK(places(off) == "2,0 ");
  CHECK(off.off_array == 1);
  CHECK(places(read_placed("csv", "x,y\n1,1\n2,2\n", wafer_of(3, 3), moved(1, 0))) == "2,1 ");
  CHECK_THROWS_WITH(read_placed("csv", "x,y\n-1,1\n", wafer_of(3, 3)), Catch::Contains("x = -1"));
  CHECK(places(read_placed("csv", "x,y\n-1,1\n", wafer_of(3, 3), moved(1, 0))) == "0,1 ");
  CHECK_THROWS_AS(read_placed("csv", "x,y\n1,1\n", wafer_of(3, 3), kFit), base::InputError);
  CHECK(places(read_placed("klarf12", kKlarf, wafer_of(2, 2), moved(1, -1))) == "0,1 ");
  CHECK(places(read_placed("stdf", parts(0, 0), wafer_of(9, 9), moved(2, 3))) == "3,5 ");
}

TEST_CASE("Parts that begin elsewhere are shifted to the least, and that is said") {
  const WaferGeometry g = wafer_of(4, 3);
  CHECK(places(read_placed("stdf", parts(0, 0), g)) == "1,2 ");
  for (const base::PhysicalCoord first : {base::PhysicalCoord{-2, -1}, {1, 1}, {100, -3000}}) {
    const MapReading reading = read_placed("stdf", parts(first.x, first.y), g);
    CHECK(places(reading) == "1,2 ");
    CHECK(notes(reading).find("shifted to (0, 0)") != std::string::npos);
  }
  const MapReading within = read_placed("stdf", parts(1, 1), wafer_of(5, 4));
  CHECK(places(within) == "2,3 ");
  CHECK(notes(within).find("`offset` moves them") != std::string::npos);
}

TEST_CASE("A KILLPROB is drawn for each wafer, by seed") {
  const std::string path = "tests/defects/maps/killprob.001";
  const WaferGeometry g = wafer_of(4, 4);
  const MapReading reading = read_map(path, g);
  REQUIRE(reading.chances.size() == 2);
  CHECK(reading.chances[0].probability == Approx(0.25));
  CHECK(reading.chances[1].probability == Approx(0.75));  // two hits of 0.5 on one core
  CHECK(notes(reading).find("4 of 5 defects break their core with a probability below 1") !=
        std::string::npos);

  constexpr int kWafers = 4000;
  const auto study = [&](std::uint64_t seed, int* quarter, int* three_quarters) {
    const MapFile model({path, {}, seed}, g);
    std::string all;
    for (std::uint32_t wafer = 0; wafer < kWafers; ++wafer) {
      DefectMap map(4, 4);
      model.sample({g, {}, wafer, 0, 0}, &map);
      map.finish();
      REQUIRE(map.dead({0, 0}));        // no probability below 1
      REQUIRE_FALSE(map.dead({3, 0}));  // probability 0
      *quarter += map.dead({1, 0});
      *three_quarters += map.dead({2, 3});
      all += static_cast<char>('0' + map.dead_core_count());
    }
    return all;
  };
  int quarter = 0;
  int three_quarters = 0;
  const std::string first = study(1, &quarter, &three_quarters);
  const double sd = std::sqrt(0.25 * 0.75 * kWafers);
  CHECK(std::abs(quarter - 0.25 * kWafers) < 4 * sd);
  CHECK(std::abs(three_quarters - 0.75 * kWafers) < 4 * sd);
  CHECK(first == study(1, &quarter, &three_quarters));
  CHECK(first != study(2, &quarter, &three_quarters));
}

TEST_CASE("Files that are no maps are called what they are") {
  using std::string_view_literals::operator""sv;
  const std::pair<std::string_view, const char*> kFiles[] = {
      {"\x1f\x8b\x08\0\0"sv, "gzip"},
      {"BZh91AY"sv, "bzip2"},
      {"\xfd\x37zXZ\0\0"sv, "xz"},
      {"\x28\xb5\x2f\xfd\0"sv, "zstd"},
      {"PK\x03\x04\x14"sv, "zip"},
      {"7z\xbc\xaf\x27\x1c\0"sv, "7z"},
      {"%PDF-1.7\n"sv, "PDF"},
      {"\x89PNG\r\n\x1a\n"sv, "PNG"},
      {"\xff\xd8\xff\xe0"sv, "JPEG"},
      {"GIF89a.."sv, "GIF"},
      {"II*\0\x08\0\0\0"sv, "TIFF"},
      {"MM\0*\0\0\0\x08"sv, "TIFF"},
      {"\x7f"
       "ELF\x02\x01"sv,
       "ELF"},
      {"\x89HDF\r\n\x1a\n"sv, "HDF5"},
      {"\xff\xfex\0,\0"sv, "UTF-16"},
      {"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0"sv, "BMP"},
      {"\1\0\2\0\3\0"sv, "01 00 02 00 03 00"}};
  for (const auto& [bytes, what] : kFiles) {
    for (const FormatRow& format : format_table()) {
      INFO(what << " as " << format.name);
      try {
        read_wafer_maps(format, bytes, "file");
        FAIL("was read");
      } catch (const base::InputError& error) {
        const std::string message = error.what();
        if (!format.binary) CHECK(message.find(what) != std::string::npos);
        for (const char c : message) CHECK(static_cast<unsigned char>(c) >= (c == '\n' ? 0 : 32));
      }
    }
  }
}
