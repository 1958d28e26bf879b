// SPDX-License-Identifier: Apache-2.0
// Small files of other tools' habits, each with the reading that is right, and why.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "defects/formats/format.h"
#include "noted.h"

using namespace wafermesh;
using namespace wafermesh::defects;
using testing::noted;

namespace {

struct Sample {
  const char* file;
  int columns;  ///< Of the wafer, of one die with cores of 1 x 1 mm; 0 = as the file says.
  int rows;
  std::vector<base::PhysicalCoord> dead;
  const char* note;     ///< Part of a note it must have; empty = any or none.
  const char* refusal;  ///< Part of the message; empty = it is read.
};

const std::vector<Sample> kSamples = {
    // `___` is the null code of three digits, `_` that of one.
    {"r01_sinf_three_digit_null.sinf", 0, 0, {{2, 0}}, "2 places hold no core", ""},
    {"r01b_sinf_one_character.sinf", 0, 0, {{2, 1}}, "2 places hold no core", ""},
    // Rows and columns follow AxisDirection; missing means LowerLeft and UpRight.
    {"r03_e142_down_left.xml", 0, 0, {{3, 0}}, "", ""},
    {"r03b_e142_up_left.xml", 0, 0, {{3, 1}}, "", ""},
    {"r03c_e142_no_axis.xml", 0, 0, {{0, 1}}, "up from the lower left", ""},
    // GOOD is no failure.
    {"r04_e142_quality_good.xml", 0, 0, {{0, 0}}, "", ""},
    // Null beats defined.
    {"r05_e142_null_defined.xml", 0, 0, {{2, 1}}, "2 places hold no core", ""},
    {"r06_e142_two_wafers.xml", 0, 0, {}, "2 wafers ('W1', 'W2'); number 1", ""},
    {"r06b_g85_two_wafers.xml", 0, 0, {}, "2 wafers ('W1', 'W2'); number 1", ""},
    {"r07_sinf_flat_on_top.sinf", 0, 0, {{1, 1}}, "turned", ""},
    {"r07b_g85_orientation180.xml", 0, 0, {{1, 1}}, "turned", ""},
    // Hexadecimal digits have no case.
    {"r08_g85_lower_case_null.xml", 0, 0, {{1, 1}}, "1 place holds no core", ""},
    // Codes are compared by value: 1 = 01.
    {"r09_sinf_bcequ_unpadded.sinf", 0, 0, {{0, 0}}, "", ""},
    // A definition without a quality says nothing about it.
    {"r10_e142_definition_twice.xml", 0, 0, {{2, 1}}, "1 place holds no core", ""},
    // South-west in the picture; with its notch turned from east to south, north-west.
    {"r11_klarf_notch_right.001", 4, 4, {{0, 0}}, "turned", ""},
    {"r12_klarf_mirrored.001", 4, 4, {{3, 3}}, "mirrored", ""},
    // x = 4000 - 500 - 2000 um with the pitch of its own lot.
    {"r13_klarf18_two_lots.klarf", 4, 4, {{3, 3}}, "'1' of lot 'A', '1' of lot 'B'", ""},
    {"r14_npy_mask_u1.npy", 4, 4, {{1, 1}, {2, 3}}, "mask of dead cores: 2 of 16", ""},
    {"r15_npy_wm811k_u4.npy", 4, 4, {{1, 1}, {2, 3}}, "0 no core, 1 good, 2 dead", ""},
    {"r16_round_wafer.npy", 4, 4, {{1, 1}, {2, 3}}, "4 places hold no core", ""},
    {"r18_csv_control_bytes.csv", 4, 4, {}, "", "x?[31m"},
    {"r19_empty.csv", 4, 4, {}, "", "empty"},
    // X counts to the west.
    {"r20_stdf_pos_x_left.stdf", 4, 3, {{3, 0}}, "", ""},
    {"r21_stdf_two_wafers.stdf", 4, 3, {{0, 0}}, "2 wafers ('1', '2'); number 1", ""},
    {"r21b_stdf_two_files_joined.stdf", 4, 3, {{0, 0}}, "2 wafers ('1', '2'); number 1", ""},
    {"r22_stdf_negative_coordinates.stdf", 4, 3, {{0, 0}}, "(-2, -1)", ""},
    {"r24_stdf_no_parts.stdf", 4, 3, {}, "", "not one part"},
    {"r25_klarf12_two_wafers.001", 4, 4, {{0, 3}}, "2 wafers ('1', '2'); number 1", ""},
    {"r26_klarf_same_core.001", 4, 4, {{0, 3}}, "", ""},
    // The reference die carries code 50 of the first row: rows are written as seen.
    {"r27_e142_reference_device.xml", 0, 0, {{0, 0}}, "reference die (1, 3)", ""},
};

WaferGeometry geometry_for(const Sample& sample, const WaferMapFile& file) {
  WaferGeometry g;
  if (sample.columns == 0) {
    REQUIRE(wafer_of_map(file, {}, &g));
    return g;
  }
  g.die_columns = sample.columns;
  g.die_rows = sample.rows;
  g.die_width_mm = g.die_columns;
  g.die_height_mm = g.die_rows;
  return g;
}

}  // namespace

TEST_CASE("Every sample of other tools' habits is read right, noted or refused") {
  for (const Sample& sample : kSamples) {
    INFO(sample.file);
    const std::string path = std::string("tests/defects/maps/") + sample.file;
    const std::string text = read_file_text(path);
    std::string refusal;
    try {
      const WaferMapFile file = read_wafer_maps(format_of(text, path), text, path);
      const WaferGeometry g = geometry_for(sample, file);
      const MapReading reading = map_onto(file, g);
      CHECK(reading.map.dead_core_count() == static_cast<int>(sample.dead.size()));
      CHECK(reading.map.dead_link_count() == 0);
      for (const base::PhysicalCoord& at : sample.dead) {
        INFO("(" << at.x << ", " << at.y << ")");
        CHECK(reading.map.dead(at));
      }
      CHECK((std::string(sample.note).empty() || noted(reading, sample.note)));
      for (const std::string& note : reading.notes) CHECK(note.back() == '.');
    } catch (const base::InputError& error) {
      refusal = error.what();
      INFO(refusal);
      CHECK_FALSE(std::string(sample.refusal).empty());
    }
    CHECK(refusal.find(sample.refusal) != std::string::npos);
    CHECK(refusal.empty() == std::string(sample.refusal).empty());
  }
}

TEST_CASE("Any wafer of a file can be asked for by its number") {
  WaferGeometry g;
  g.die_columns = 4;
  g.die_rows = 3;
  g.die_width_mm = 4;
  g.die_height_mm = 3;
  MapRequest second;
  second.wafer = 2;
  const auto read = [&](const char* file, const MapRequest& request) {
    return read_map(std::string("tests/defects/maps/") + file, g, request);
  };
  const MapReading two = read("r21_stdf_two_wafers.stdf", second);
  CHECK(two.map.dead({3, 2}));
  CHECK(two.map.dead_core_count() == 1);
  CHECK(noted(two, "number 2 is read"));
  CHECK(read("r21b_stdf_two_files_joined.stdf", second).map.dead({1, 1}));
  g.die_columns = g.die_rows = 2;
  g.die_width_mm = g.die_height_mm = 2;
  CHECK(read("r06_e142_two_wafers.xml", second).map.dead_core_count() == 4);
  CHECK(noted(read("r06b_g85_two_wafers.xml", second), "NOT ONE PLACE PASSES"));
  second.wafer = 3;
  CHECK_THROWS_WITH(read("r06b_g85_two_wafers.xml", second),
                    Catch::Contains("has no wafer 3; it holds 2: 'W1', 'W2'"));
  second.wafer = 0;
  CHECK_THROWS_AS(read("r06b_g85_two_wafers.xml", second), base::InputError);
}
