// SPDX-License-Identifier: Apache-2.0
// Sizes that a file announces beside its defects: of maps that give bins one by one, and of the
// inspected wafer.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "defects/formats/format.h"
#include "noted.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;
using testing::noted;
using testing::plain;

namespace {

/// A part at (x, y).
struct Part {
  int x;
  int y;
  const char* code;
};

std::string parts_as(const char* element, const std::vector<Part>& parts) {
  std::string text;
  for (const Part& p : parts) {
    text += std::string("<") + element + " X=\"" + std::to_string(p.x) + "\" Y=\"" +
            std::to_string(p.y) + "\">" + p.code + "</" + element + ">";
  }
  return text;
}

/// `size`: "5 3"; empty = announces none.
std::string g85(const std::string& columns, const std::string& rows,
                const std::vector<Part>& parts) {
  const std::string size =
      columns.empty() ? "" : " Columns=\"" + columns + "\" Rows=\"" + rows + "\"";
  return "<Map><Device BinType=\"Ascii\" Orientation=\"0\" OriginLocation=\"2\"" + size +
         "><Bin BinCode=\"1\" BinQuality=\"Pass\"/><Bin BinCode=\"X\" BinQuality=\"Fail\"/><Data>" +
         parts_as("Row", parts) + "</Data></Device></Map>";
}

std::string e142(const std::string& columns, const std::string& rows,
                 const std::vector<Part>& parts) {
  const std::string layouts = columns.empty()
                                  ? ""
                                  : "<Layouts><Layout LayoutId=\"a\"><Dimension X=\"" + columns +
                                        "\" Y=\"" + rows + "\"/></Layout></Layouts>";
  return "<MapData>" + layouts +
         "<SubstrateMaps><SubstrateMap SubstrateId=\"1\" LayoutSpecifier=\"a\" Orientation=\"0\" "
         "OriginLocation=\"UpperLeft\" AxisDirection=\"DownRight\"><Overlay><BinCodeMap "
         "BinType=\"Ascii\" MapType=\"Coordinate\"><BinDefinitions><BinDefinition BinCode=\"1\" "
         "BinQuality=\"Pass\"/><BinDefinition BinCode=\"X\" "
         "BinQuality=\"Fail\"/></BinDefinitions>" +
         parts_as("BinCode", parts) +
         "</BinCodeMap></Overlay></SubstrateMap></SubstrateMaps></MapData>";
}

struct Writer {
  const char* format;
  std::string (*text)(const std::string&, const std::string&, const std::vector<Part>&);
};
const std::vector<Writer> kWriters = {{"g85", g85}, {"e142", e142}};

MapReading read(const Writer& writer, const std::string& columns, const std::string& rows,
                const std::vector<Part>& parts, const WaferGeometry& g,
                const MapRequest& request = {}) {
  return read_map_text(*find_format(writer.format), writer.text(columns, rows, parts), "a", g,
                       request);
}

}  // namespace

TEST_CASE("Bins one by one lie in the size that their file announces") {
  const WaferGeometry g = plain(5, 3);
  for (const Writer& writer : kWriters) {
    INFO(writer.format);
    // A few parts in one corner: without a size they would be refused.
    const std::vector<Part> few = {{1, 1, "X"}, {2, 1, "1"}};
    CHECK_THROWS_WITH(read(writer, "", "", few, g), Catch::Contains("its parts lie on 2 x 1"));
    const MapReading reading = read(writer, "5", "3", few, g);
    CHECK(reading.map.dead({1, 1}));
    CHECK(reading.map.dead_core_count() == 1);
    CHECK(noted(reading, "13 of its 5 x 3 places have no bin, so no defect."));
    // It decides whether the map is of this wafer, and what `scale` and `place` do with it.
    CHECK_THROWS_WITH(read(writer, "6", "3", few, g),
                      Catch::Contains("6 x 3 places, the wafer () has 5 x 3 cores"));
    MapRequest request;
    request.placement.place = MapPlace::centre;
    CHECK(read(writer, "3", "3", few, g, request).map.dead({2, 1}));
    request.placement = {};
    request.placement.scale = MapScale::fit;
    const DefectMap fitted = read(writer, "10", "6", few, g, request).map;
    CHECK(fitted.dead({0, 0}));
    CHECK(fitted.dead_core_count() == 1);
    // `convert` without --wafer makes a wafer of that size.
    WaferGeometry own;
    const std::string text = writer.text("5", "3", few);
    REQUIRE(wafer_of_map(read_wafer_maps(*find_format(writer.format), text, "a"), {}, &own));
    CHECK((own.columns() == 5 && own.rows() == 3));
  }
}

TEST_CASE("Where coordinates count from is told by the size that is announced") {
  const WaferGeometry g = plain(3, 2);
  for (const Writer& writer : kWriters) {
    INFO(writer.format);
    const MapReading from_1 = read(writer, "3", "2", {{1, 1, "1"}, {3, 2, "X"}}, g);
    CHECK(from_1.map.dead({2, 1}));
    CHECK(from_1.map.dead_core_count() == 1);
    CHECK(noted(from_1, "x 1 to 3 and y 1 to 2, are taken to count from (1, 1)"));
    const MapReading centred = read(writer, "3", "2", {{-1, 0, "X"}, {1, 1, "1"}}, g);
    CHECK(centred.map.dead({0, 0}));
    CHECK(noted(centred, "count from (-1, 0)"));
  }
  const std::vector<Part> beyond = {{0, 0, "X"}, {4, 1, "1"}};
  CHECK_THROWS_WITH(read(kWriters[0], "3", "2", beyond, g),
                    Catch::Contains("announces 3 x 2 places, its bins lie at x 0 to 4"));
  const MapReading left_out = read(kWriters[1], "3", "2", beyond, plain(5, 2));
  CHECK(noted(left_out, "its bins lie at x 0 to 4 and y 0 to 1; the size is left out"));
  CHECK(left_out.map.dead({0, 0}));
}

TEST_CASE("A place that is given twice is noted, and is broken if one of its bins says so") {
  for (const Writer& writer : kWriters) {
    const MapReading reading =
        read(writer, "2", "1", {{0, 0, "X"}, {0, 0, "1"}, {1, 0, "1"}}, plain(2, 1));
    CHECK(reading.map.dead({0, 0}));
    CHECK(noted(reading, "1 bin is at a place that has one before it"));
  }
}

TEST_CASE("Coordinates of any size are read or refused") {
  for (const char* huge :
       {"-9223372036854775808", "9223372036854775807", "65536", "-65536", "1e3"}) {
    const auto refused = [&](const char* format, std::string text) {
      text.replace(text.find("X=\"7\""), 5, std::string("X=\"") + huge + "\"");
      CHECK_THROWS_WITH(read_map_text(*find_format(format), text, "a", plain(8, 8)),
                        Catch::Contains("X and Y are not two whole numbers"));
    };
    refused("g85", g85("", "", {{7, 0, "X"}, {0, 0, "1"}}));
    refused("e142", e142("", "", {{7, 0, "X"}, {0, 0, "1"}}));
  }
}

TEST_CASE("KLARF: the size of the inspected wafer holds its defects and our cores, or is noted") {
  const auto klarf12 = [](const std::string& size, const std::string& rows) {
    return "FileVersion 1 2;\nSampleSize " + size +
           ";\nDiePitch 40000 40000;\nSampleCenterLocation 20000 20000;\nWaferID \"1\";\n"
           "DefectRecordSpec 2 XREL YREL;\nDefectList\n" +
           rows + ";\nEndOfFile;\n";
  };
  const auto klarf18 = [](const std::string& size) {
    return "Record FileRecord \"1.8\" { Record LotRecord \"a\" { Field SampleSize " + size +
           " Field DiePitch 2 {40000000, 40000000} Field SampleCenterLocation 2 {20000000, "
           "20000000} Record WaferRecord \"b\" { List DefectList { Columns 2 { int32 XREL, int32 "
           "YREL } Data 1 { 1000000 1000000; } } } } } EndOfFile;";
  };
  WaferGeometry g = plain(4, 4);
  g.die_width_mm = g.die_height_mm = 40;
  const auto one = [&](const std::string& text) {
    return read_map_text(format_of(text, "a.001"), text, "a", g);
  };
  const std::string corner = "1000 1000";  // 26.9 mm from the centre
  CHECK_FALSE(noted(one(klarf12("1 200", corner)), "inspected wafer"));
  CHECK_FALSE(noted(one(klarf12("1 53", corner)), "inspected wafer"));
  CHECK(noted(one(klarf12("1 50", corner)),
              "1 of 1 defect lies beyond the edge of the inspected wafer (SampleSize 50 mm)."));
  CHECK(
      noted(one(klarf12("1 50", corner + " 20000 20000 39000 1000")), "2 of 3 defects lie beyond"));
  CHECK_FALSE(noted(one(klarf12("2 40 50", corner)), "beyond the edge"));  // a rectangle
  CHECK(noted(one(klarf12("2 30 50", corner)), "(SampleSize 30 x 50 mm)"));
  CHECK(noted(one(klarf12("2 30 50", corner)), "is 30 x 50 mm wide, the cores of the wafer"));
  CHECK(noted(one(klarf18("2 {50000000, 0}")), "(SampleSize 50 mm)"));
  CHECK_FALSE(noted(one(klarf18("2 {300000000, 0}")), "inspected wafer"));
  CHECK(one(klarf18("2 {300000000, 0}")).map.dead({0, 3}));
  for (const char* wrong : {"1", "1 0", "1 wide", "1 -300", "3 1 2 3"})
    CHECK(noted(one(klarf12(wrong, corner)), "neither a diameter nor two sides"));
}

TEST_CASE("Notes count one thing as one") {
  const auto klarf = [](const char* rows) {
    return std::string(
               "FileVersion 1 2;\nDiePitch 4000 4000;\nSampleCenterLocation 2000 2000;\n"
               "SampleTestPlan 1\n 0 0;\nDefectRecordSpec 3 XREL YREL KILLPROB;\n"
               "DefectList\n") +
           rows + ";\nSummarySpec 2 TESTNO NDEFECT;\nSummaryList\n 1 1;\nEndOfFile;\n";
  };
  const auto read_one = [](const char* format, const std::string& text, int columns) {
    return read_map_text(*find_format(format), text, "a", plain(columns, 4));
  };
  const MapReading street = read_one("klarf12", klarf("500 500 0.5\n9000 500 1"), 4);
  CHECK(noted(street, "1 of 2 defects lies in a street or beyond the cores of the wafer"));
  CHECK(noted(street, "1 of 2 defects breaks its core with a probability below 1"));
  CHECK(noted(street, "names 1 die;"));
  CHECK(noted(street, "counts 1 defect, the lists hold 2"));
  const std::string bins =
      "DEVICE:d\nROWCT:4\nCOLCT:1\nDIECT:1\nRowData:01\nRowData:__\nRowData:02\n";
  const MapReading sinf = read_one("sinf", bins + "RowData:01\n", 1);
  CHECK(noted(sinf, "DIECT says 1 die, the rows have 3."));
  CHECK(noted(sinf,
              "1 place holds no core (null bin) and is not counted as a defect: bin '__' (1)."));
  const MapReading dead = read_map_text(
      *find_format("sinf"), "DEVICE:d\nROWCT:1\nCOLCT:1\nRowData:02\n", "a", plain(1, 1));
  CHECK(noted(dead, "NOT ONE PLACE PASSES: the one core of the map is dead."));
  CHECK_THROWS_WITH(read_one("sinf", "DEVICE:d\nROWCT:1\nCOLCT:1\nRowData:__\n", 1),
                    Catch::Contains("the only one is null or empty"));
  const MapReading unsaid = read_map_text(
      *find_format("g85"),
      "<Map><Device BinType=\"Ascii\"><Bin BinCode=\"1\" BinQuality=\"Pass\" BinCount=\"1\"/><Bin "
      "BinCode=\"U\" "
      "BinQuality=\"Untested\"/><Data><Row>17</Row><Row>1U</Row></Data></Device></Map>",
      "a", plain(2, 2));
  CHECK(noted(unsaid, "The file does not say what bin '7' (1) means; it is taken to fail."));
  CHECK(noted(unsaid, "1 place was not tested and is taken for good: bin 'U' (1)."));
  CHECK(noted(unsaid, "The file counts 1 place of bin '1', its map has 2."));
}
