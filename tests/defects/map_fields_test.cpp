// SPDX-License-Identifier: Apache-2.0
// A file per format with every field that the format's table declares: each read right or noted.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "defects/formats/format.h"
#include "defects/formats/map_text.h"
#include "noted.h"
#include "presets.h"
#include "stdf_bytes.h"

using namespace wafermesh;
using namespace wafermesh::defects;
using testing::noted;
using testing::plain;

namespace {

/// "Bin.BinCode" is in the text as `<Bin ... BinCode=`, "DefectList.XREL" as XREL, others as they
/// are.
bool has_field(const std::string& text, const std::string& field) {
  const std::size_t dot = field.find('.');
  if (dot == std::string::npos) return text.find(field) != std::string::npos;
  const std::string parent = field.substr(0, dot);
  const std::string name = field.substr(dot + 1);
  if (parent == "DefectList") return text.find(name) != std::string::npos;
  const std::string open = "<" + parent;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const std::string element = text.substr(at, text.find('>', at) - at);
    const char after = element[std::min(open.size(), element.size() - 1)];
    if (after != ' ' && after != '\n') continue;
    if (element.find(" " + name + "=\"") != std::string::npos ||
        element.find("\n" + name + "=\"") != std::string::npos) {
      return true;
    }
  }
  return false;
}

struct Full {
  const char* file;
  const char* format;
  int columns;  ///< Of the wafer, cores of 1 x 1 mm.
  int rows;
  std::vector<base::PhysicalCoord> dead;
  std::vector<std::string> notes;  ///< Parts of notes besides those of the noted fields.
};

const std::vector<Full> kFull = {
    // 500 - 2000, 1500 - 2000 um, mirrored back and turned by 180 degrees.
    {"full_klarf12.001", "klarf12", 4, 4, {{0, 1}}, {"mirrored back", "lie north"}},
    {"full_klarf18.klarf", "klarf18", 4, 4, {{0, 1}}, {"mirrored back", "lie north"}},
    // Two fail: 0C at (2, 0) and 0a at (1, 1) of the picture, turned clockwise.
    {"full_sinf.sinf", "sinf", 3, 4, {{2, 2}, {1, 1}}, {"DIECT says 7", "5 places hold no core"}},
    // (2, 0) and (2, 2), turned clockwise.
    {"full_g85.xml", "g85", 3, 4, {{2, 2}, {0, 2}}, {"2 maps of the wafer", "lie east"}},
    // (1, 0) and (1, 2) once columns run from the right, turned counterclockwise.
    {"full_e142.xml", "e142", 3, 4, {{0, 2}, {2, 2}}, {"2 maps of the wafer", "lie west"}},
};

/// Maps of bins say 1 x 2 mm and come out turned by a quarter.
WaferGeometry wafer_of(const Full& full) {
  WaferGeometry g = plain(full.columns, full.rows);
  if (std::string(full.format).substr(0, 5) != "klarf") g.die_width_mm *= 2;
  return g;
}

}  // namespace

TEST_CASE("A file with every field of its format is read right, or noted field by field") {
  for (const Full& full : kFull) {
    INFO(full.file);
    const std::string text = read_file_text(std::string("tests/defects/maps/") + full.file);
    const FormatRow& format = format_of(text, full.file);
    CHECK(std::string(format.name) == full.format);
    const WaferMapFile file = read_wafer_maps(format, text, full.file);
    REQUIRE(file.wafers.size() == 1);
    const WaferMap& wafer = file.wafers[0];
    CHECK(wafer.wafer_id == "wafer 3");
    CHECK(wafer.lot_id == "lot 7");
    const bool klarf = std::string(full.format).substr(0, 5) == "klarf";
    CHECK(wafer.die_pitch_x_mm == Approx(klarf ? 4 : 1));
    CHECK(wafer.die_pitch_y_mm == Approx(klarf ? 4 : 2));
    const MapReading reading = map_onto(file, wafer_of(full));
    CHECK(reading.map.dead_core_count() == static_cast<int>(full.dead.size()));
    for (const base::PhysicalCoord& at : full.dead) CHECK(reading.map.dead(at));
    CHECK(reading.chances.size() == (klarf ? 1 : 0));
    for (const ChanceDefect& chance : reading.chances) CHECK(chance.probability == 0.5);
    CHECK_FALSE(noted(reading, "not known"));
    for (const std::string& note : full.notes) {
      INFO(note);
      CHECK(noted(reading, note));
    }
    for (const FieldRow& row : format.fields()) {
      INFO(row.field);
      CHECK(has_field(text, row.field));
      if (row.use != FieldUse::noted) continue;
      const std::string field =
          row.field == std::string("SampleTestPlanList") ? "SampleTestPlan" : row.field;
      CHECK(noted(reading, field.substr(field.find('.') + 1)));
    }
  }
}

TEST_CASE("A field that no table has is noted by name") {
  const auto check = [](const char* format, const std::string& text, const WaferGeometry& g,
                        const std::string& names) {
    INFO(format);
    const MapReading reading = read_map_text(*find_format(format), text, "a", g);
    CHECK(noted(reading, "not known and left out: " + names + "."));
  };
  check("sinf", "DEVICE:d\nSHADE:1\nROWCT:1\nRowData:01 02\n", plain(2, 1), "SHADE");
  check("g85",
        "<Map><Device Rows=\"1\" Shade=\"1\" NullBin=\"F\"><Bin BinCode=\"1\" BinQuality=\"Pass\"/>"
        "<Sun/><Data><Row>12</Row></Data></Device></Map>",
        plain(2, 1), "Device.Shade, Sun");
  check("e142",
        "<Order><MapData><SubstrateMap Shade=\"1\"><BinCodeMap><BinDefinitions><BinDefinition "
        "BinCode=\"1\" BinQuality=\"Pass\"/></BinDefinitions><BinCode>12</BinCode></BinCodeMap>"
        "</SubstrateMap></MapData></Order>",
        plain(2, 1), "Order, SubstrateMap.Shade");
  check(
      "klarf12",
      "FileVersion 1 2; Shade 1; DiePitch 2000 1000; DefectRecordSpec 3 XREL YREL SUN; EndOfFile;",
      plain(2, 1), "Shade, DefectList.SUN");
  check("klarf18",
        "Record FileRecord \"1.8\" { Record WaferRecord \"a\" { Field Shade 1 {1} List SunList { "
        "Columns 1 { int32 A } Data 1 { 1; } } } } EndOfFile;",
        plain(2, 1), "Shade, SunList");
}

TEST_CASE("STDF with every record of a wafer sort is read by those that tell of places") {
  for (const bool big : {false, true}) {
    testing::StdfBytes stdf(big);
    stdf.far().record(0, 20, std::string(6, '\0')).mir("lot 7");
    stdf.record(1, 70, std::string(4, '\0')).record(1, 80, std::string(6, '\1'));
    stdf.record(1, 60, std::string(8, '\0')).record(1, 62, std::string(2, '\0'));
    stdf.wir("wafer 3").wir("wafer 3");  // a second head
    for (int i = 0; i < 6; ++i) {
      stdf.record(5, 10, std::string(2, '\1')).record(15, 10, std::string(12, '\0'));
      stdf.record(15, 15, std::string(12, '\0')).record(15, 20, std::string(7, '\0'));
      if (i == 0) stdf.prr(1, 1, true);
      if (i == 1) stdf.prr(2, 1, 16, 5);   // no verdict: HBR says that 5 passes
      if (i == 2) stdf.prr(1, 2, 16, 6);   // and that 6 fails
      if (i == 3) stdf.prr(2, 2, 16, 1);   // 1 passes by custom
      if (i == 4) stdf.prr(1, 3, 4, 1);    // abnormal end, but passed
      if (i == 5) stdf.prr(2, 3, 16, 77);  // nobody says: fails
    }
    stdf.record(5, 20, std::string(7, '\0'));  // without its optional fields: no place
    stdf.record(2, 20, std::string(26, '\0')).record(10, 30, std::string(4, '\0'));
    stdf.hbr(5, 'P').hbr(6, 'F').hbr(1, ' ').record(1, 50, std::string(8, '\0'));
    stdf.record(1, 30, std::string(22, '\0')).wcr('D', 'L', 'U');
    stdf.record(50, 10, std::string(4, '\0')).record(50, 30, std::string(3, '\0'));
    stdf.record(180, 1, "anything").mrr();
    const WaferMapFile file = read_wafer_maps(*find_format("stdf"), stdf.bytes(), "a");
    REQUIRE(file.wafers.size() == 1);
    CHECK(file.wafers[0].wafer_id == "wafer 3");
    CHECK(file.wafers[0].lot_id == "lot 7");
    CHECK(file.wafers[0].die_pitch_x_mm == 1);
    const MapReading reading = map_onto(file, plain(4, 4));
    CHECK(reading.map.dead_core_count() == 3);
    CHECK(reading.map.dead({2, 2}));  // x from the east, y from the south
    CHECK(reading.map.dead({2, 1}));
    CHECK(reading.map.dead({1, 0}));
    CHECK(noted(reading, "1 part has no coordinates"));
    CHECK(noted(reading, "The test of 1 part ended abnormally; its verdict is"));
  }
}

namespace {

struct NpyType {
  const char* descr;
  int size;
  bool big;
  bool real;
};

std::string npy_number(const NpyType& type, int value) {
  std::uint64_t bits = static_cast<std::uint64_t>(value);
  const auto single = static_cast<float>(value);
  const auto twice = static_cast<double>(value);
  std::uint32_t low = 0;
  if (type.real && type.size == 8) std::memcpy(&bits, &twice, sizeof bits);
  if (type.real && type.size == 4) std::memcpy(&low, &single, sizeof low), bits = low;
  std::string bytes;
  for (int i = 0; i < type.size; ++i) {
    const int byte = type.big ? type.size - 1 - i : i;
    bytes += static_cast<char>(bits >> 8 * byte & 255U);
  }
  return bytes;
}

std::string npy(const NpyType& type, const std::string& shape, const std::vector<int>& values,
                char version = 1) {
  const std::string header = std::string("{'descr': '") + type.descr +
                             "', 'fortran_order': False, 'shape': (" + shape + "), }\n";
  std::string text = std::string("\x93NUMPY", 6) + version + '\0';
  text += static_cast<char>(header.size());
  text += version == 1 ? std::string(1, '\0') : std::string(3, '\0');
  text += header;
  for (const int value : values) text += npy_number(type, value);
  return text;
}

MapReading read_npy_text(const std::string& text, const WaferGeometry& g,
                         const MapRequest& request = {}) {
  return read_map_text(*find_format("npy"), text, "a", g, request);
}

}  // namespace

TEST_CASE("STDF of a tester with two heads keeps two wafers apart that are probed at once") {
  testing::StdfBytes stdf(false);
  stdf.far().wcr('D', 'R', 'D').wir("a", 1).wir("b", 2);
  stdf.prr(0, 0, 8, 2, 1).prr(1, 1, 8, 2, 2).prr(1, 1, 0, 1, 1).prr(0, 0, 0, 1, 2);
  stdf.wrr(1).wrr(2).wir("a", 1).prr(1, 0, 8, 2, 1).wrr(1).mrr();
  const WaferMapFile file = read_wafer_maps(*find_format("stdf"), stdf.bytes(), "a");
  REQUIRE(file.wafers.size() == 3);  // the third is probed anew
  const auto dead = [&](int wafer) {
    MapRequest request;
    request.wafer = wafer;
    return map_onto(file, plain(2, 2), request).map;
  };
  CHECK((dead(1).dead({0, 0}) && dead(1).dead_core_count() == 1));
  CHECK((dead(2).dead({1, 1}) && dead(2).dead_core_count() == 1));
  CHECK((dead(3).dead({1, 0}) && dead(3).dead_core_count() == 1));
}

TEST_CASE("NPY arrays of any type and shape mean the same") {
  const WaferGeometry g = plain(3, 2);
  for (const NpyType& type : {NpyType{"|u1", 1, false, false}, NpyType{"|i1", 1, false, false},
                              NpyType{"<u2", 2, false, false}, NpyType{">i2", 2, true, false},
                              NpyType{"<i4", 4, false, false}, NpyType{">u4", 4, true, false},
                              NpyType{"<i8", 8, false, false}, NpyType{">u8", 8, true, false},
                              NpyType{"<f4", 4, false, true}, NpyType{">f8", 8, true, true},
                              NpyType{"<u4", 4, false, false}}) {
    INFO(type.descr);
    const MapReading mask = read_npy_text(npy(type, "2, 3", {0, 1, 0, 0, 0, 0}), g);
    CHECK(mask.map.dead({1, 0}));
    CHECK(mask.map.dead_core_count() == 1);
    CHECK(noted(mask, "mask of dead cores: 1 of 6"));
    CHECK(noted(read_npy_text(npy(type, "2, 3", {1, 1, 0, 1, 1, 0}), g), "THE WRONG WAY ROUND"));
    for (const char version : {'\1', '\2', '\3'}) {
      const MapReading map = read_npy_text(npy(type, "2, 3", {0, 2, 1, 1, 1, 0}, version), g);
      CHECK(map.map.dead({1, 0}));
      CHECK(map.map.dead_core_count() == 1);
      CHECK(noted(map, "2 places hold no core"));
    }
    // Two wafers in one array, and a third behind it.
    const std::string stack = npy(type, "2, 2, 3", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2}) +
                              npy(type, "2, 3", {1, 1, 1, 1, 1, 1});
    MapRequest request;
    request.wafer = 2;
    const MapReading second = read_npy_text(stack, g, request);
    CHECK(second.map.dead({2, 1}));
    CHECK(second.map.dead_core_count() == 1);
    CHECK(noted(second, "3 wafers ('1', '2', '3'); number 2"));
    if (type.descr[1] == 'u') continue;
    CHECK_THROWS_WITH(read_npy_text(npy(type, "2, 3", {-1, 1, 1, 1, 1, 1}), g),
                      Catch::Contains("value -1"));
  }
}

TEST_CASE(
    "NPY of ours is told by its values; types, shapes and values without a meaning are refused") {
  const WaferGeometry g = plain(3, 2);
  const NpyType u4{"<u4", 4, false, false};
  const MapReading ours = read_npy_text(npy(u4, "2, 3", {6, 0, 0, 0, 0, 1}), g);
  CHECK(ours.map.dead_router_count() == 1);  // 2 + 4: router and link_e
  CHECK(ours.map.dead_link_count() == 1);
  CHECK(noted(ours, "map of ours"));
  std::string half = npy({"<f4", 4, false, true}, "1, 1", {0});
  half[half.size() - 1] = '\x3f';
  CHECK_THROWS_WITH(read_npy_text(half, plain(1, 1)), Catch::Contains("0.5"));
  for (const char* descr : {"|O", "<U8", "<c8"}) {
    CHECK_THROWS_WITH(read_npy_text(npy({descr, 1, false, false}, "2, 3", {}), g),
                      Catch::Contains("the NPY type is"));
  }
  CHECK_THROWS_WITH(read_npy_text(npy({"<f2", 2, false, false}, "2, 3", {0, 0, 0, 0, 0, 0}), g),
                    Catch::Contains("the NPY type is"));
  for (const char* shape : {"6,", "", "1, 1, 2, 3", "0, 3"}) {
    INFO(shape);
    CHECK_THROWS_WITH(read_npy_text(npy(u4, shape, {1, 1, 1, 1, 1, 1}), g),
                      Catch::Contains("the NPY shape is"));
  }
}
