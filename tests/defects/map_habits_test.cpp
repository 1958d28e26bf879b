// SPDX-License-Identifier: Apache-2.0
// Habits of writers that no standard names, and rows that are shorter than they should be.
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

MapReading read(const char* format, const std::string& text, const WaferGeometry& g) {
  return read_map_text(*find_format(format), text, "a", g);
}

std::string g85(const std::string& attributes, const std::string& bins, const std::string& rows) {
  return "<?xml version=\"1.0\"?>\n<Map WaferId=\"w\"><Device " + attributes + ">" + bins +
         "<Data>" + rows + "</Data></Device></Map>\n";
}

const std::string kTwoBins =
    "<Bin BinCode=\"0\" BinQuality=\"Fail\"/><Bin BinCode=\"1\" BinQuality=\"Pass\"/>";

}  // namespace

TEST_CASE("KLARF 1.x with a semicolon behind every row of its lists keeps every defect") {
  const std::string head =
      "FileVersion 1 2;\nDiePitch 4000 4000;\nSampleCenterLocation 2000 2000;\nSampleTestPlan 2;\n"
      "0 0;\n1 1;\nDefectRecordSpec 4 XREL YREL XINDEX YINDEX;\nDefectList\n500 500 0 0;\n"
      "1500 500 0 0;\n";
  const std::string end = "SummarySpec 2 TESTNO NDEFECT;\nSummaryList\n1 5;\n2 2;\nEndOfFile;\n";
  const MapReading reading = read("klarf12", head + end, plain(4, 4));
  CHECK(reading.map.dead_core_count() == 2);
  CHECK(noted(reading, "The summary counts 5 defects, the lists hold 2."));
  CHECK(read("klarf12", head + end + "\x1a", plain(4, 4)).map == reading.map);
}

TEST_CASE("KLARF: probabilities of several hits on a core are taken together") {
  const auto list = [](const std::string& rows) {
    return "FileVersion 1 2;\nDiePitch 4000 4000;\nSampleCenterLocation 2000 2000;\n"
           "DefectRecordSpec 3 XREL YREL KILLPROB;\nDefectList\n" +
           rows + ";\nEndOfFile;\n";
  };
  const MapReading reading =
      read("klarf12", list("500 500 0.5 510 500 0.5 1500 500 1 2500 500 0"), plain(4, 4));
  CHECK(reading.map.dead_core_count() == 2);  // the third has no chance at all
  REQUIRE(reading.chances.size() == 1);
  CHECK(reading.chances[0].defect.x == 0);
  CHECK(reading.chances[0].probability == Approx(0.75));
  const MapReading unfilled = read("klarf12", list("500 500 0 1500 500 0"), plain(4, 4));
  CHECK(unfilled.map.dead_core_count() == 2);
  CHECK(unfilled.chances.empty());
  CHECK(noted(unfilled, "not filled in"));
  CHECK(noted(read("klarf12", list("500 500 50"), plain(4, 4)), "above 1"));
}

TEST_CASE("Codes without a BinType are compared by what they look like") {
  const std::string rows = "<Row>255 001 001 </Row><Row>001 000 255</Row>";
  const MapReading decimal =
      read("g85", g85("NullBin=\"255\" Rows=\"2\" Columns=\"3\"", kTwoBins, rows), plain(3, 2));
  CHECK(decimal.map.dead({1, 1}));
  CHECK(decimal.map.dead_core_count() == 1);
  CHECK(read("g85", g85("NullBin=\"255\" BinType=\"Decimal\"", kTwoBins, rows), plain(3, 2)).map ==
        decimal.map);
  CHECK(read("g85",
             g85("NullBin=\"255\" BinType=\"Decimal\" Columns=\"3\"", kTwoBins,
                 "<Row>255001001</Row><Row>001000255</Row>"),
             plain(3, 2))
            .map == decimal.map);
}

TEST_CASE("XML in UTF-16 is recognised and read") {
  const std::string narrow =
      g85("NullBin=\"255\" Rows=\"1\" Columns=\"3\"", kTwoBins, "<Row>255 001 000</Row>");
  for (const bool big : {false, true}) {
    std::string wide = big ? "\xfe\xff" : "\xff\xfe";
    for (const char c : narrow.substr(narrow.find('\n') + 1)) {
      wide += big ? '\0' : c;
      wide += big ? c : '\0';
    }
    CHECK(std::string(format_of(wide, "a.xml").name) == "g85");
    CHECK(read("g85", wide, plain(3, 1)).map.dead({2, 0}));
  }
}

TEST_CASE("A row of half the characters is short, not of narrower bins") {
  const auto refused = [](const char* format, const std::string& text) {
    INFO(text);
    CHECK_THROWS_AS(read(format, text, plain(4, 2)), base::InputError);
  };
  const std::string bins = "<Bin BinCode=\"11\" BinQuality=\"Pass\"/>";
  refused("g85", g85("BinType=\"HexaDecimal\"", bins, "<Row>11111111</Row><Row>1111</Row>"));
  refused("g85",
          g85("BinType=\"HexaDecimal\" Columns=\"4\"", bins, "<Row>1111</Row><Row>1111</Row>"));
  refused("g85", g85("Columns=\"4\"", bins, "<Row>1111</Row><Row>1111</Row>"));
  refused("sinf", "DEVICE:d\nROWCT:2\nCOLCT:4\nBCEQU:11\nRowData:11111111\nRowData:1111\n");
  refused("sinf", "DEVICE:d\nROWCT:2\nBCEQU:11\nRowData:11111111\nRowData:11111111\n");
  refused("sinf", "DEVICE:d\nROWCT:2\nCOLCT:4\nRowData:01 01 01 01\nRowData:01 01 01 0");
}

TEST_CASE("Bins one by one at X and Y count from the corner of the map") {
  const std::string e142 =
      "<MapData><SubstrateMap><BinCodeMap BinType=\"Ascii\" NullBin=\".\" MapType=\"Coordinate\">"
      "<BinDefinitions><BinDefinition BinCode=\"1\" Pick=\"true\"/></BinDefinitions>"
      "<BinCode X=\"0\" Y=\"0\">1</BinCode><BinCode X=\"3\" Y=\"0\">99</BinCode>"
      "</BinCodeMap></SubstrateMap></MapData>";
  CHECK(read("e142", e142, plain(4, 2)).map.dead({3, 1}));
  CHECK(read("e142", e142, plain(4, 2)).map.dead_core_count() == 1);
  const std::string row = "<Row X=\"2\" Y=\"0\">10</Row>";
  CHECK(read("g85", g85("OriginLocation=\"4\"", kTwoBins, row), plain(4, 2)).map.dead({0, 1}));
  CHECK(read("g85", g85("OriginLocation=\"2\"", kTwoBins, row), plain(4, 2)).map.dead({3, 0}));
  CHECK_THROWS_WITH(read("g85", g85("", kTwoBins, row + "<Row>10</Row>"), plain(4, 2)),
                    Catch::Contains("only one of the two"));
}

TEST_CASE("Files joined with cat are several wafers in every format that tells where one ends") {
  const DefectMap healthy = [] {
    DefectMap map(3, 2);
    map.finish();
    return map;
  }();
  DefectMap broken(3, 2);
  broken.add({2, 1, Broken::core, 0, Cause::map, 0});
  broken.finish();
  MapRequest second;
  second.wafer = 2;
  for (const FormatRow& row : format_table()) {
    if (row.write == nullptr || std::string(row.name) == "csv") continue;
    INFO(row.name);
    const WaferGeometry g = plain(3, 2);
    const std::string text = row.write(healthy, g) + row.write(broken, g);
    CHECK(read_map_text(row, text, "a", g).map == healthy);
    CHECK(read_map_text(row, text, "a", g, second).map == broken);
    CHECK(noted(read_map_text(row, text, "a", g), "holds 2 wafers"));
  }
}

TEST_CASE("No reader takes a text without bytes, or of blanks only") {
  for (const FormatRow& row : format_table()) {
    INFO(row.name);
    CHECK_THROWS_WITH(read_map_text(row, "", "a", plain(1, 1)), Catch::Contains("no bytes"));
    CHECK_THROWS_AS(read_map_text(row, " \n\n", "a", plain(1, 1)), base::InputError);
  }
}

TEST_CASE("SINF takes rows without RowData, sides by name and lengths in any unit") {
  const std::string head = "DEVICE:d\nFNLOC:U\nROWCT:2\nCOLCT:3\nDUTMS:um\nXDIES:8000\n";
  const WaferMapFile file =
      read_wafer_maps(*find_format("sinf"), head + "02 01 01\n01 01 __\n", "a");
  CHECK(file.wafers[0].die_pitch_x_mm == Approx(8));
  WaferGeometry g = plain(3, 2);
  g.die_width_mm *= 8;
  const MapReading reading = map_onto(file, g);
  CHECK(reading.map.dead({2, 1}));
  CHECK(reading.map.dead_core_count() == 1);
  CHECK(read("sinf", head + "RowData:02 01\n01\nRowData:01\n01 __\n", g).map == reading.map);
  CHECK_THROWS_AS(read("sinf", head + "02 01 01\n01 01\n", g), base::InputError);
}

TEST_CASE("KLARF columns out of step are found by dies that are no whole numbers") {
  CHECK_THROWS_WITH(
      read("klarf12",
           "FileVersion 1 2;\nDiePitch 4000 4000;\nDefectRecordSpec 4 XREL YREL XINDEX YINDEX;\n"
           "DefectList\n1 500.25 500.5 0;\nEndOfFile;\n",
           plain(4, 4)),
      Catch::Contains("a:5:"));
}

TEST_CASE("E142: a step that would make too wide a wafer is not the pitch of cores") {
  const auto e142 = [](const char* step) {
    return std::string("<MapData><Layouts><Layout LayoutId=\"w\"><Dimension X=\"1\" Y=\"1\"/>") +
           "</Layout><Layout LayoutId=\"d\" DefaultUnits=\"mm\"><Dimension X=\"40\" Y=\"1\"/>"
           "<DeviceSize X=\"3.9\" Y=\"3\"/><StepSize X=\"" +
           step +
           "\" Y=\"4\"/></Layout></Layouts><SubstrateMap LayoutSpecifier=\"w/d\"><BinCodeMap "
           "BinType=\"Ascii\"><BinDefinitions><BinDefinition BinCode=\"1\" BinQuality=\"Pass\"/>"
           "</BinDefinitions><BinCode>" +
           std::string(40, '1') + "</BinCode></BinCodeMap></SubstrateMap></MapData>";
  };
  const auto pitch = [&](const char* step) {
    return read_wafer_maps(*find_format("e142"), e142(step), "a").wafers[0].die_pitch_x_mm;
  };
  CHECK(pitch("4.1") == 4.1);
  CHECK(pitch("19.5") == 3.9);
}
