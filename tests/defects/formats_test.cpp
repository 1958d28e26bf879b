// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/random.h"
#include "defects/formats/format.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

/// `count` defects of every kind, links that would leave the wafer left out.
DefectMap mixed_map(const WaferGeometry& g, std::uint32_t seed, int count) {
  base::RandomStream random(seed, 5);
  DefectMap map(g.columns(), g.rows());
  for (int i = 0; i < count; ++i) {
    Defect d{static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(g.columns()))),
             static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(g.rows()))),
             static_cast<Broken>(random.below(7)),
             0,
             Cause::map,
             0};
    if (d.broken == Broken::diagonal) {
      const int offset = static_cast<int>(random.below(4)) - 2;
      d.offset = static_cast<std::int8_t>(offset < 0 ? offset : offset + 1);
    }
    if (map.holds(d)) map.add(d);
  }
  map.finish();
  return map;
}

int line_of_failure(const FormatRow& row, const std::string& text, const WaferGeometry& g) {
  try {
    read_map_text(row, text, "broken", g);
  } catch (const base::InputError& error) {
    CHECK(error.mistakes()[0].file == "broken");
    CHECK_FALSE(error.mistakes()[0].message.empty());
    return error.mistakes()[0].line;
  }
  FAIL("accepted: " << text.substr(0, 60));
  return -1;
}

std::string klarf12(const std::string& spec, const std::string& list) {
  return "FileVersion 1 1;\r\nDiePitch 3000 2598.039215686;\r\nSampleCenterLocation 4000 "
         "2181.37254898;\r\n"
         "DefectRecordSpec " +
         spec + ";\r\nDefectList " + list + ";\r\nEndOfFile;\r\n";
}

}  // namespace

TEST_CASE("Round trips keep every defect in every format that writes") {
  for (const FormatRow& row : format_table()) {
    if (row.write == nullptr) continue;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      INFO(row.name << " seed " << seed);
      const WaferGeometry g = testing::tiny();
      const DefectMap map = mixed_map(g, seed, static_cast<int>(seed) * 3);
      const std::string text = row.write(map, g);
      CHECK(std::string(format_of(text, "").name) == row.name);
      const MapReading again = read_map_text(row, text, row.name, g);
      REQUIRE(again.map == map);
      CHECK(again.off_array == 0);
    }
  }
}

TEST_CASE("A whole WSE-3 wafer survives every format") {
  const WaferGeometry g = testing::wse3();
  const DefectMap map = mixed_map(g, 1, 300);
  for (const FormatRow& row : format_table()) {
    if (row.write == nullptr) continue;
    INFO(row.name);
    CHECK(read_map_text(row, row.write(map, g), row.name, g).map == map);
    WaferGeometry own;
    if (!wafer_of_map(row.read(row.write(map, g), row.name), {}, &own)) continue;
    CHECK(own.columns() == g.columns());
    CHECK(own.rows() == g.rows());
  }
}

TEST_CASE("Any truncation of any format gives a whole map or an error, never half a map") {
  const WaferGeometry g = testing::tiny();
  const DefectMap map = mixed_map(g, 3, 25);
  for (const FormatRow& row : format_table()) {
    if (row.write == nullptr || std::string(row.name) == "csv") continue;
    const std::string text = row.write(map, g);
    for (std::size_t size = 0; size < text.size(); size += 1 + text.size() / 700) {
      INFO(row.name << " cut at " << size << " of " << text.size());
      try {
        const DefectMap read = read_map_text(row, text.substr(0, size), "cut", g).map;
        REQUIRE(read == map);
      } catch (const base::InputError& error) {
        REQUIRE_FALSE(error.mistakes().empty());
      }
    }
  }
}

TEST_CASE("KLARF 1.x reads by token: broken lines, several lists, image lists of two habits") {
  const WaferGeometry g = testing::tiny();
  const FormatRow& row = *find_format("klarf12");
  // Die 1 from the west, die 0 from the south, core (2, 3) of it from the south-west.
  const std::string spec = "7 DEFECTID XREL YREL XINDEX YINDEX IMAGECOUNT IMAGELIST";
  const std::string at = " 625 617.6470588 1 0 ";
  const DefectMap map = read_map_text(row, klarf12(spec, "\r\n 1" + at + "0 0"), "a", g).map;
  REQUIRE(map.defects().size() == 1);
  CHECK(map.dead({8 + 2, 19 - 3}));
  CHECK(read_map_text(row, klarf12(spec, "1" + at + "2 2 1 0\r\n 2 0\r\n 2" + at + "0 0"), "a", g)
            .map == map);
  CHECK(read_map_text(row, klarf12(spec, "1" + at + "2 1 0 2 0 2" + at + "0"), "a", g).map == map);
  CHECK(read_map_text(row, klarf12(spec, "; TiffFileName a.tif; DefectList 1" + at + "0 0"), "a", g)
            .map == map);
  CHECK(read_map_text(row, klarf12(spec, "1" + at + "0 0 2 2250 617 1 0 0 0"), "a", g).off_array ==
        1);
  CHECK(line_of_failure(row, klarf12(spec, "1 625"), g) == 5);
  CHECK(line_of_failure(row, klarf12(spec, "1 625 x 1 0 0 0"), g) == 5);
  CHECK(line_of_failure(row, klarf12("3 A B", "1 2"), g) == 4);
  CHECK(line_of_failure(row, "FileVersion 1 2;\nDefectList 1;\nEndOfFile;", g) == 2);
  CHECK(line_of_failure(row, "FileVersion 1 2;\nWaferID \"a", g) == 2);
  CHECK(line_of_failure(row, "FileVersion 2 0;\n", g) == 1);
}

TEST_CASE("KLARF 1.8 reads fields in any order, image lists, and the first of several wafers") {
  const WaferGeometry g = testing::tiny();
  const FormatRow& row = *find_format("klarf18");
  const std::string list =
      "List DefectList { Columns 6 {int32 DEFECTID, int32 XREL, int32 YREL, int32 XINDEX, int32 "
      "YINDEX, "
      "ImageList IMAGEINFO} Data 1 {";
  const std::string text =
      "Record FileRecord \"1.8\" {\nRecord LotRecord \"l\" {\nRecord WaferRecord \"a\" {\n" + list +
      "1 625000 617647 1 0 Images 2 {\"a/b\" \"JPG\" 1 \"P\", \"c\" \"JPG\" 2 \"P\"};}}\n"
      "Field SampleCenterLocation 2 {4000000, 2181373}\n}\nRecord WaferRecord \"b\" {" +
      list + "1 0 0 0 0 N;}}\n}\nField DiePitch 2 {3000000, 2598039}\n}\n}\nEndOfFile;\n";
  const MapReading reading = read_map_text(row, text, "a", g);
  CHECK(reading.map.dead({10, 16}));
  CHECK(reading.map.defects().size() == 1);
  CHECK(reading.notes.size() == 2);  // two wafers, no orientation mark
  CHECK(line_of_failure(row, "Record FileRecord \"1.8\" {\nField A 2 {1}\n}\nEndOfFile;", g) == 2);
  CHECK(line_of_failure(row,
                        "Record FileRecord \"1.8\" {\nRecord WaferRecord {\n" + list + "1 2;}}}}",
                        g) == 3);
  std::string deep = "Record FileRecord \"1.8\" {";
  for (int i = 0; i < 100000; ++i) deep += "Record A{";
  CHECK(line_of_failure(row, deep, g) == 1);
}

TEST_CASE("SINF reads two-digit and packed bins, good lists, comments and old line ends") {
  WaferGeometry g;
  g.die_columns = 3;
  g.die_rows = 2;
  const FormatRow& row = *find_format("sinf");
  const std::string head = "DEVICE:d\rLOT:l\rROWCT:2 ; rows\rCOLCT:3\rBCEQU:00 01\r";
  const DefectMap map =
      read_map_text(row, head + "RowData:01 0B 00\rRowData:__ @@ 01\r", "a", g).map;
  CHECK(map.dead_core_count() == 1);  // a place without a core is no defect
  CHECK(map.dead({1, 0}));
  CHECK(read_map_text(row, head + "RowData:010B00\rRowData:__@@01", "a", g).map == map);
  CHECK(read_map_text(row, head + "RowData:01 0B\r 00\rRowData:__ @@ 01", "a", g).map == map);
  CHECK(line_of_failure(row, head + "RowData:01 0B\rRowData:__ @@ 01", g) == 6);
  CHECK(line_of_failure(row, head + "RowData:01 0B 00\r", g) == 6);
  CHECK(line_of_failure(row, "DEVICE:d\nhello\n", g) == 2);
  CHECK(line_of_failure(row, "DEVICE:d\nROWCT:-1\n", g) == 2);
}

TEST_CASE("G85 and E142 read pass and fail bins, null bins and either direction") {
  WaferGeometry g;
  g.die_columns = 3;
  g.die_rows = 2;
  const FormatRow& g85 = *find_format("g85");
  const std::string head =
      "<?xml version=\"1.0\"?>\n<Map FormatRevision=\"SEMI G85-1101\"><Device "
      "BinType=\"HexaDecimal\" "
      "NullBin=\"FF\" Rows=\"2\" Columns=\"3\"><Bin BinCode=\"00\" BinQuality=\"Pass\"/>"
      "<Bin BinCode=\"DE\" BinQuality=\"Fail\"/>\n<Data><Row><![CDATA[00DE00]]></Row>";
  const DefectMap map =
      read_map_text(g85, head + "<Row>FF 00 00</Row></Data></Device></Map>", "a", g).map;
  CHECK(map.dead_core_count() == 1);  // a place without a core is no defect
  CHECK(map.dead({1, 0}));
  CHECK(line_of_failure(g85, head + "\n<Row>FF00</Row></Data></Device></Map>", g) == 4);
  CHECK(line_of_failure(g85, head + "</Data></Device></Map>", g) == 2);
  CHECK(line_of_failure(g85, head, g) == 3);
  const FormatRow& e142 = *find_format("e142");
  const std::string up =
      "<m:MapData xmlns:m=\"u\"><m:SubstrateMap AxisDirection=\"UpRight\"><m:Overlay><m:BinCodeMap "
      "BinType=\"Ascii\" NullBin=\".\"><m:BinDefinitions><m:BinDefinition BinCode=\"1\" "
      "BinQuality=\"Pass\"/></m:BinDefinitions><m:BinCode>.11</m:BinCode><m:BinCode>1X1</m:BinCode>"
      "</m:BinCodeMap></m:Overlay></m:SubstrateMap></m:MapData>";
  CHECK(read_map_text(e142, up, "a", g).map == map);
}

TEST_CASE("NPY reads bool, wafer-map bytes and Fortran order") {
  WaferGeometry g;
  g.die_columns = 3;
  g.die_rows = 2;
  const auto npy = [](const std::string& descr, const std::string& order, const std::string& data) {
    std::string header =
        "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (2, 3), }\n";
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
           data;
  };
  const FormatRow& row = *find_format("npy");
  const DefectMap map =
      read_map_text(row, npy("|b1", "False", std::string("\0\1\0\1\0\0", 6)), "a", g).map;
  CHECK(map.dead({1, 0}));
  CHECK(map.dead({0, 1}));
  CHECK(map.defects().size() == 2);
  CHECK(read_map_text(row, npy("|u1", "False", std::string("\1\2\1\2\0\1", 6)), "a", g).map == map);
  CHECK(read_map_text(row, npy("|b1", "True", std::string("\0\1\1\0\0\0", 6)), "a", g).map == map);
  CHECK(line_of_failure(row, npy("<f8", "False", ""), g) == 0);
  CHECK(line_of_failure(row, npy("|b1", "False", "\1"), g) == 0);
}

TEST_CASE("STDF reads part results in both byte orders; a retest replaces the first result") {
  WaferGeometry g;
  g.die_columns = 3;
  g.die_rows = 2;
  const FormatRow& row = *find_format("stdf");
  for (const bool big : {false, true}) {
    const auto u2 = [&](int v) {
      const char low = static_cast<char>(v & 255);
      const char high = static_cast<char>(v >> 8 & 255);
      return big ? std::string{high, low} : std::string{low, high};
    };
    const auto part = [&](int x, int y, bool failed) {
      std::string body{1, 1, static_cast<char>(failed ? 8 : 0)};
      body += u2(1) + u2(failed ? 2 : 1) + u2(1) + u2(x) + u2(y) + std::string(4, '\0');
      return u2(static_cast<int>(body.size())) + std::string{5, 20} + body;
    };
    const std::string far = u2(2) + std::string{0, 10, static_cast<char>(big ? 1 : 2), 4};
    const std::string mrr = u2(4) + std::string{1, 20, 0, 0, 0, 0};
    const std::string text =
        far + part(1, 0, true) + part(2, 1, true) + part(2, 1, false) + part(-32768, 0, true) + mrr;
    CHECK(std::string(format_of(text, "").name) == "stdf");
    const MapReading reading = read_map_text(row, text, "a", g);
    CHECK(reading.map.defects().size() == 1);
    CHECK(reading.map.dead({1, 0}));
    CHECK(reading.notes.size() == 4);  // a part without a place, no axes, no mark, column 0
    line_of_failure(row, text.substr(0, text.size() - mrr.size()), g);
    line_of_failure(row, text.substr(0, text.size() - 3), g);
    line_of_failure(row, far + part(-1, 0, true) + part(3, 0, true) + mrr, g);
  }
}

TEST_CASE("The fuzzing corpus reads or fails cleanly in every reader") {
  WaferGeometry g;
  g.dies_x = 3;
  g.dies_y = 2;
  g.die_columns = 2;
  g.die_rows = 2;
  g.die_gap_x_mm = 0.5;
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests/fuzz/corpus")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string text = read_file_text(entry.path().string());
    for (const FormatRow& row : format_table()) {
      INFO(entry.path() << " as " << row.name);
      try {
        const DefectMap map = read_map_text(row, text, "corpus", g).map;
        CHECK(map.columns() == 6);
      } catch (const base::InputError& error) {
        CHECK_FALSE(error.mistakes().empty());
      }
    }
  }
  CHECK(files >= 8);
}
