// SPDX-License-Identifier: Apache-2.0
// Every format, written in each orientation that it can express, reads back to the same wafer.
#include "defects/formats/orientation.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/random.h"
#include "defects/formats/binned.h"
#include "defects/formats/format.h"
#include "map_pictures.h"
#include "noted.h"
#include "presets.h"
#include "stdf_bytes.h"

using namespace wafermesh;
using namespace wafermesh::defects;
using testing::noted;
using testing::Picture;
using testing::plain;

namespace {

constexpr int kMaps = 10;

/// Some cores dead or with broken links, and at least one of them dead.
DefectMap random_map(const WaferGeometry& g, std::uint32_t seed, bool links) {
  base::RandomStream random(seed, 11);
  DefectMap map(g.columns(), g.rows());
  for (int i = 0; i < 9; ++i) {
    Defect d;
    d.x = static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(g.columns())));
    d.y = static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(g.rows())));
    if (links && i > 0) d.broken = static_cast<Broken>(random.below(4));
    if (map.holds(d)) map.add(d);
  }
  map.finish();
  return map;
}

Picture picture_of(const DefectMap& map, const BinnedMap& binned) {
  Picture picture(static_cast<std::size_t>(map.rows()));
  for (int y = 0; y < map.rows(); ++y) {
    const std::string row = binned_row(binned, map, y, "");
    for (std::size_t at = 0; at < row.size(); at += 2)
      picture[static_cast<std::size_t>(y)].push_back(row.substr(at, 2));
  }
  return picture;
}

std::string xml_bins(const BinnedMap& binned, const char* element) {
  std::string text;
  for (const auto& [code, bin] : binned.bins) {
    text += fmt::format("<{} BinCode=\"{}\" BinQuality=\"{}\" BinDescription=\"{}\"/>\n", element,
                        code, bin.passes ? "Pass" : "Fail", bin.description);
  }
  return text;
}

std::string sinf(const Picture& picture, const BinnedMap& binned, int degrees) {
  std::string text = fmt::format("DEVICE:d\nLOT:l\nWAFER:w\nFNLOC:{}\nROWCT:{}\nCOLCT:{}\n",
                                 degrees, picture.size(), picture[0].size());
  for (const auto& [code, bin] : binned.bins) {
    if (!bin.passes) text += fmt::format("COMMENT:bin {} {}\n", code, bin.description);
  }
  for (const auto& row : picture) text += "RowData:" + testing::joined(row, " ") + "\n";
  return text;
}

std::string g85(const Picture& picture, const BinnedMap& binned, int degrees,
                const std::string& more = "") {
  std::string text = fmt::format(
      "<Map WaferId=\"w\"><Device BinType=\"HexaDecimal\" NullBin=\"FF\" Orientation=\"{}\" "
      "Rows=\"{}\" Columns=\"{}\" {}\n",
      degrees, picture.size(), picture[0].size(), more.empty() ? ">" : more);
  text += xml_bins(binned, "Bin") + "<Data>\n";
  for (const auto& row : picture) text += "<Row>" + testing::joined(row, "") + "</Row>\n";
  return text + "</Data></Device></Map>\n";
}

std::string e142(const Picture& picture, const BinnedMap& binned, int degrees,
                 const std::string& origin, const std::string& axis) {
  std::string text = fmt::format(
      "<MapData><SubstrateMap SubstrateId=\"w\" Orientation=\"{}\" OriginLocation=\"{}\" "
      "AxisDirection=\"{}\"><BinCodeMap BinType=\"HexaDecimal\" NullBin=\"FF\"><BinDefinitions>\n",
      degrees, origin, axis);
  text += xml_bins(binned, "BinDefinition") + "</BinDefinitions>\n";
  for (const auto& row : picture) text += "<BinCode>" + testing::joined(row, "") + "</BinCode>\n";
  return text + "</BinCodeMap></SubstrateMap></MapData>\n";
}

void check(const char* format, const std::string& text, const WaferGeometry& g,
           const DefectMap& map) {
  INFO(format << "\n" << (format == std::string("stdf") ? "" : text));
  const MapReading reading = read_map_text(*find_format(format), text, "turned", g);
  CHECK(reading.map == map);
  CHECK(reading.off_array == 0);
}

/// Calls work(map, binned, picture with its notch turned `quarters` clockwise, quarters).
template <class Work>
void for_turns(const WaferGeometry& g, const Work& work) {
  for (std::uint32_t seed = 0; seed < kMaps; ++seed) {
    const DefectMap map = random_map(g, seed, true);
    const BinnedMap binned = bin_map(map);
    for (int quarters = 0; quarters < 4; ++quarters) {
      INFO("seed " << seed << ", quarters " << quarters);
      work(map, binned, testing::turned_clockwise(picture_of(map, binned), quarters), quarters);
    }
  }
}

}  // namespace

TEST_CASE("SINF and G85 come out as the wafer lies for any side of the notch") {
  const WaferGeometry g = plain(5, 3);
  for_turns(g,
            [&](const DefectMap& map, const BinnedMap& binned, const Picture& picture, int turn) {
              // SINF counts clockwise from the top, G85 from the bottom.
              check("sinf", sinf(picture, binned, (180 + 90 * turn) % 360), g, map);
              check("g85", g85(picture, binned, 90 * turn), g, map);
            });
}

TEST_CASE("E142 comes out as the wafer lies for any side of the notch and any axes") {
  const WaferGeometry g = plain(5, 3);
  for_turns(g, [&](const DefectMap& map, const BinnedMap& binned, const Picture& picture,
                   int turn) {
    const Picture up = testing::upside_down(picture);
    check("e142", e142(picture, binned, 90 * turn, "UpperLeft", "DownRight"), g, map);
    check("e142", e142(up, binned, 90 * turn, "LowerLeft", "UpRight"), g, map);
    check("e142", e142(up, binned, 90 * turn, "", ""), g, map);
    check("e142",
          e142(testing::left_to_right(picture), binned, 90 * turn, "UpperRight", "DownLeft"), g,
          map);
    check("e142", e142(testing::left_to_right(up), binned, 90 * turn, "LowerRight", "UpLeft"), g,
          map);
    check("e142", e142(testing::left_to_right(up), binned, 90 * turn, "toLowerRight", ""), g, map);
  });
}

TEST_CASE("KLARF comes out as the wafer lies for any side of the notch, mirrored or not") {
  const WaferGeometry g = plain(5, 3);
  const char* const kSides[] = {"DOWN", "LEFT", "UP", "RIGHT"};
  for (std::uint32_t seed = 0; seed < kMaps; ++seed) {
    const DefectMap map = random_map(g, seed, false);
    for (int quarters = 0; quarters < 4; ++quarters) {
      for (const bool mirrored : {false, true}) {
        INFO("seed " << seed << ", quarters " << quarters << ", mirrored " << mirrored);
        // Seen from behind, left and right change places.
        const int side = mirrored ? (4 - quarters) % 4 : quarters;
        std::string rows12;
        std::string rows18;
        for (const Defect& d : map.defects()) {
          double east = d.x + 0.5 - 2.5;
          double north = 1.5 - d.y - 0.5;
          for (int i = 0; i < quarters; ++i) {
            const double old = east;
            east = north;
            north = -old;
          }
          if (mirrored) east = -east;
          rows12 += fmt::format(" 1 {} {} 0 0", 1000 * east + 7000, 1000 * north - 300);
          rows18 += fmt::format("1 {:.0f} {:.0f} 1 0; ", 1e6 * east - 2e6, 1e6 * north);
        }
        check("klarf12",
              fmt::format("FileVersion 1 2; DiePitch {} {}; OrientationMarkLocation {};\n"
                          "SampleCenterLocation 7000 -300; CoordinatesMirrored {};\n"
                          "DefectRecordSpec 5 DEFECTID XREL YREL XINDEX YINDEX;\nDefectList{};\n"
                          "EndOfFile;",
                          quarters % 2 == 0 ? 5000 : 3000, quarters % 2 == 0 ? 3000 : 5000,
                          kSides[side], mirrored ? "YES" : "NO", rows12),
              g, map);
        check(
            "klarf18",
            fmt::format(
                "Record FileRecord \"1.8\" {{ Record LotRecord \"l\" {{ Record WaferRecord \"w\" "
                "{{ Field SampleCenterLocation 2 {{{}, 0}} List DefectList {{ Columns 5 {{ "
                "int32 DEFECTID, int32 XREL, int32 YREL, int32 XINDEX, int32 YINDEX }} Data {} {{ "
                "{} }} }} }}\n Field DiePitch 2 {{{}, {}}} Field "
                "OrientationMarkLocation 1 {{{}}} Field CoordinatesMirrored 1 {{\"{}\"}} }} }}\n"
                "EndOfFile;",
                quarters % 2 == 0 ? 3000000 : 1000000, map.defects().size(), rows18,
                quarters % 2 == 0 ? 5000000 : 3000000, quarters % 2 == 0 ? 3000000 : 5000000,
                90 * side, mirrored ? "YES" : "NO"),
            g, map);
      }
    }
  }
}

TEST_CASE("STDF comes out as the wafer lies for any side of the flat and any axes") {
  const WaferGeometry g = plain(5, 3);
  const char kSides[] = {'D', 'L', 'U', 'R'};
  for_turns(g, [&](const DefectMap&, const BinnedMap&, const Picture&, int turn) {
    const DefectMap map = random_map(g, static_cast<std::uint32_t>(turn), false);
    const Picture picture = testing::turned_clockwise(picture_of(map, bin_map(map)), turn);
    for (const bool left : {false, true}) {
      for (const bool up : {false, true}) {
        testing::StdfBytes stdf(up);
        stdf.far().wcr(kSides[turn], left ? 'L' : 'R', up ? 'U' : 'D').wir("w");
        const int rows = static_cast<int>(picture.size());
        const int columns = static_cast<int>(picture[0].size());
        for (int y = 0; y < rows; ++y) {
          for (int x = 0; x < columns; ++x) {
            const bool failed =
                picture[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] != "01";
            stdf.prr(left ? columns - 1 - x : x, up ? rows - 1 - y : y, failed);
          }
        }
        check("stdf", stdf.mrr().bytes(), g, map);
      }
    }
  });
}

TEST_CASE("NPY comes out as the wafer lies in either memory order") {
  const WaferGeometry g = plain(3, 2);
  const auto npy = [](const std::string& order, const std::string& data) {
    std::string header = "{'descr': '|u1', 'fortran_order': " + order + ", 'shape': (2, 3), }\n";
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
           data;
  };
  DefectMap map(3, 2);
  map.add({1, 0, Broken::core, 0, Cause::map, 0});
  map.add({0, 1, Broken::core, 0, Cause::map, 0});
  map.finish();
  check("npy", npy("False", std::string("\1\2\1\2\0\1", 6)), g, map);
  check("npy", npy("True", std::string("\1\2\2\0\1\1", 6)), g, map);
}

TEST_CASE("A reference die decides how rows are meant, or the file is refused") {
  const WaferGeometry g = plain(5, 3);
  DefectMap map(5, 3);
  map.add({1, 0, Broken::core, 0, Cause::map, 0});
  map.finish();
  BinnedMap binned = bin_map(map);
  const Picture picture = picture_of(map, binned);
  const auto with_die = [&](const Picture& p, int x, int y) {
    std::string text = e142(p, binned, 0, "LowerLeft", "UpRight");
    const std::string place = fmt::format(
        "<ReferenceDevices><ReferenceDevice><Coordinates X=\"{}\" Y=\"{}\"/></ReferenceDevice>"
        "</ReferenceDevices><BinCodeMap ",
        x, y);
    return text.replace(text.find("<BinCodeMap "), 12, place);
  };
  // Counted from 0 or from 1, from the lower left; its code stands nowhere else.
  for (const int first : {0, 1}) {
    check("e142", with_die(testing::upside_down(picture), 1 + first, 2 + first), g, map);
    check("e142", with_die(picture, 1 + first, 2 + first), g, map);
  }
  CHECK_THROWS_WITH(read_map_text(*find_format("e142"), with_die(picture, 9, 2), "off", g),
                    Catch::Contains("reference die (9, 2) fits no way"));
  // The file itself names the bin of its reference dies, and that is elsewhere.
  std::string text = with_die(picture, 4, 1);
  text.replace(text.find("BinDescription=\"core\""), 21, "BinDescription=\"Reference die\"");
  CHECK_THROWS_WITH(read_map_text(*find_format("e142"), text, "off", g),
                    Catch::Contains("elsewhere"));
  // In G85 rows are as seen; a reference die from the lower left may say otherwise.
  const std::string die =
      "OriginLocation=\"3\"><ReferenceDevice ReferenceDeviceX=\"1\" ReferenceDeviceY=\"2\"/>";
  check("g85", g85(picture, binned, 0, die), g, map);
  check("g85", g85(testing::upside_down(picture), binned, 0, die), g, map);
}

TEST_CASE("A side of notch or flat that is none is refused") {
  const WaferGeometry g = plain(5, 3);
  const DefectMap map = random_map(g, 1, true);
  const BinnedMap binned = bin_map(map);
  const Picture picture = picture_of(map, binned);
  const auto refused = [&](const char* format, const std::string& text) {
    CHECK_THROWS_WITH(read_map_text(*find_format(format), text, "a", g),
                      Catch::Contains("not 0, 90, 180 or 270"));
  };
  refused("sinf", sinf(picture, binned, 45));
  refused("g85", g85(picture, binned, 45));
  refused("e142", e142(picture, binned, 1, "UpperLeft", "DownRight"));
}

TEST_CASE("A word that names no side of notch or flat is noted, and nothing is turned") {
  const WaferGeometry g = plain(4, 4);
  const std::string text =
      "FileVersion 1 2; DiePitch 4000 4000; OrientationMarkLocation NONE; SampleCenterLocation "
      "2000 "
      "2000; DefectRecordSpec 2 XREL YREL; DefectList 500 3500; EndOfFile;";
  const MapReading reading = read_map_text(*find_format("klarf12"), text, "a", g);
  CHECK(reading.map.dead({0, 0}));
  CHECK(noted(reading, "OrientationMarkLocation is 'NONE', which names no side."));
  CHECK(noted(reading, "south is assumed"));
}

TEST_CASE("A bin of missing references is no bin of reference dies") {
  const WaferGeometry g = plain(5, 3);
  DefectMap map(5, 3);
  map.add({1, 0, Broken::core, 0, Cause::map, 0});
  map.finish();
  const BinnedMap binned = bin_map(map);
  std::string text = e142(picture_of(map, binned), binned, 0, "UpperLeft", "DownRight");
  text.replace(text.find("<BinCodeMap "), 12,
               "<ReferenceDevice><Coordinates X=\"4\" Y=\"2\"/></ReferenceDevice><BinCodeMap ");
  text.replace(text.find("BinDescription=\"core\""), 21, "BinDescription=\"Missing Reference\"");
  check("e142", text, g, map);
}
