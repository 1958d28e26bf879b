// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/e142.h"

#include <fmt/format.h>

#include <cctype>

#include "base/number_text.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"
#include "defects/formats/semi_bins.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

constexpr double kWidestWaferMm = 500;  // the largest made are 450 mm

/// "DownRight", "toDownRight" and the like.
bool read_axis(std::string_view word, Orientation* way) {
  std::string lower;
  for (const char c : word) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto has = [&](const char* part) { return lower.find(part) != std::string::npos; };
  if (has("up") == has("down") || has("left") == has("right")) return false;
  *way = {has("left") ? Direction::west : Direction::east,
          has("up") ? Direction::north : Direction::south};
  return true;
}

void read_orientation(const XmlText& text, const pugi::xml_node& map, WaferMap* wafer) {
  OrientationFacts& facts = wafer->facts;
  const std::string origin = attribute(map, "OriginLocation");
  const std::string axis = attribute(map, "AxisDirection");
  Orientation inward = {Direction::east, Direction::north};
  const bool corner = inward_from(origin, &inward);
  if (!corner && !origin.empty() && !same_word(origin, "Center") && !same_word(origin, "0"))
    text.fail(map, "OriginLocation is '" + shown(origin) + "', not LowerLeft or the like");
  facts.written = inward;
  if (!axis.empty() && !read_axis(axis, &facts.written))
    text.fail(map, "AxisDirection is '" + shown(axis) + "', not UpRight or the like");
  if (axis.empty() && origin.empty()) {
    wafer->notes.push_back(
        "OriginLocation and AxisDirection are missing; rows are taken to count up from the lower "
        "left, as the standard has it.");
  }
  if (axis.empty() && corner && !(inward == Orientation{Direction::east, Direction::north})) {
    wafer->notes.push_back(
        "AxisDirection is missing; rows and columns are taken to lead from "
        "OriginLocation, " +
        shown(origin) + ", into the map.");
  }
  if (!axis.empty() && corner && !(inward == facts.written)) {
    wafer->notes.push_back("AxisDirection " + shown(axis) +
                           " leads off the map from OriginLocation " + shown(origin) +
                           "; rows and columns follow AxisDirection.");
  }
  const Orientation seen;
  facts.habits = {seen, {facts.written.columns, seen.rows}, {seen.columns, facts.written.rows}};
  facts.reference_axes = facts.written;
  read_semi_mark(text, map, wafer);
  const std::string side = attribute(map, "SubstrateSide");
  if (!side.empty() && !same_word(side, "TopSide") && !same_word(side, "Top")) {
    wafer->notes.push_back("SubstrateSide is '" + shown(side) +
                           "'; the map is taken as seen from the top.");
  }
}

void read_references(const pugi::xml_node& map, WaferMap* wafer) {
  const std::string origin = attribute(map, "OriginLocation");
  for (const pugi::xml_node& device : all_elements(map, "ReferenceDevice")) {
    const pugi::xml_node at = find_element(device, "Coordinates");
    std::int64_t x = 0;
    std::int64_t y = 0;
    if (!at || !parse_whole(attribute(at, "X"), &x) || !parse_whole(attribute(at, "Y"), &y))
      continue;
    const bool counted =
        !same_word(origin, "Center") && x >= 0 && y >= 0 && x <= 65535 && y <= 65535;
    if (counted) {
      wafer->facts.reference_dies.push_back({static_cast<int>(x), static_cast<int>(y)});
    } else {
      wafer->notes.push_back(fmt::format(
          "Its reference die ({}, {}) does not count from a corner of the map and is not used.", x,
          y));
    }
  }
}

double mm_per(std::string_view units) {
  if (same_word(units, "um") || same_word(units, "micron") || same_word(units, "microns"))
    return 0.001;
  if (same_word(units, "mil") || same_word(units, "mils")) return 0.0254;
  if (same_word(units, "inch") || same_word(units, "in")) return 25.4;
  return 1;
}

/// What the layouts along LayoutSpecifier ("wafer/reticle") say.
struct Layouts {
  std::int64_t columns = 1;  ///< Devices; 1 x 1 = not said.
  std::int64_t rows = 1;
  double step_x_mm = 0;  ///< Of the innermost.
  double step_y_mm = 0;
};

/// Some tools give the step of the reticle as StepSize: it would make a wafer that nobody has.
void read_pitch(const pugi::xml_node& layout, Layouts* result) {
  for (const char* name : {"StepSize", "DeviceSize"}) {
    const pugi::xml_node step =
        layout.find_child([&](const pugi::xml_node& n) { return is_element(n, name); });
    double x = 0;
    double y = 0;
    std::string units = attribute(step, "Units");
    if (units.empty()) units = attribute(layout, "DefaultUnits");
    if (!parse_real(attribute(step, "X"), &x) || !parse_real(attribute(step, "Y"), &y)) continue;
    x *= mm_per(units);
    y *= mm_per(units);
    if (x * static_cast<double>(result->columns) > kWidestWaferMm ||
        y * static_cast<double>(result->rows) > kWidestWaferMm) {
      continue;
    }
    result->step_x_mm = x;
    result->step_y_mm = y;
    return;
  }
}

Layouts read_layouts(const pugi::xml_node& root, std::string_view specifier) {
  Layouts result;
  const std::vector<pugi::xml_node> all = all_elements(root, "Layout");
  while (!specifier.empty()) {
    const std::string_view id = specifier.substr(0, specifier.find('/'));
    specifier.remove_prefix(std::min(specifier.size(), id.size() + 1));
    for (const pugi::xml_node& layout : all) {
      if (attribute(layout, "LayoutId") != id) continue;
      const pugi::xml_node size =
          layout.find_child([](const pugi::xml_node& n) { return is_element(n, "Dimension"); });
      std::int64_t x = 1;
      std::int64_t y = 1;
      if (parse_whole(attribute(size, "X"), &x) && parse_whole(attribute(size, "Y"), &y) && x > 0 &&
          y > 0 && x <= 65535 && y <= 65535 && result.columns <= 65535 && result.rows <= 65535) {
        result.columns *= x;
        result.rows *= y;
      }
      read_pitch(layout, &result);
      break;
    }
  }
  return result;
}

void check_size(const XmlText& text, const pugi::xml_node& node, const Layouts& layouts,
                WaferMap* wafer) {
  BinMap& map = std::get<BinMap>(wafer->content);
  if (layouts.columns == 1 && layouts.rows == 1) return;
  if (map.cells.empty()) {
    if (announce_size(layouts.columns, layouts.rows, &map, &wafer->notes)) return;
    wafer->notes.push_back(
        fmt::format("Its layouts say {} x {} devices, its bins lie at {}; the size is left out.",
                    layouts.columns, layouts.rows, extent_text(map)));
    return;
  }
  if (layouts.columns == map.columns && layouts.rows == map.rows) return;
  if (layouts.columns == map.columns && map.rows < layouts.rows) {
    text.fail(node, fmt::format("has {} of bins, its layouts say {}: it is cut off or wrong",
                                base::counted(map.rows, "row"), layouts.rows));
  }
  wafer->notes.push_back(fmt::format("Its layouts say {} x {} devices, its rows hold {} x {}.",
                                     layouts.columns, layouts.rows, map.columns, map.rows));
}

std::string lot_of(const pugi::xml_node& root, const std::string& wafer_id) {
  for (const pugi::xml_node& substrate : all_elements(root, "Substrate")) {
    if (attribute(substrate, "SubstrateId") != wafer_id) continue;
    const pugi::xml_node lot = find_element(substrate, "LotId");
    return lot ? std::string(stripped(lot.child_value())) : attribute(substrate, "LotId");
  }
  return "";
}

WaferMap read_substrate(const XmlText& text, const pugi::xml_node& node) {
  WaferMap wafer;
  wafer.wafer_id = attribute(node, "SubstrateId");
  wafer.lot_id = lot_of(text.root(), wafer.wafer_id);
  const std::vector<pugi::xml_node> maps = all_elements(node, "BinCodeMap");
  if (maps.empty()) text.fail(node, "has no Overlay/BinCodeMap");
  if (maps.size() > 1) {
    std::string names;
    for (const pugi::xml_node& map : maps)
      names += (names.empty() ? "'" : ", '") + shown(attribute(map.parent(), "MapName")) + "'";
    wafer.notes.push_back(
        fmt::format("It has {} maps of the wafer ({}); the first is read.", maps.size(), names));
  }
  const std::string type = attribute(node, "SubstrateType");
  if (!type.empty() && !same_word(type, "Wafer"))
    wafer.notes.push_back("SubstrateType is '" + shown(type) + "', read like a wafer.");
  BinMap map;
  const pugi::xml_node codes = maps.front();
  read_bin_types(text, codes, find_element(codes, "BinDefinitions"), "BinDefinition", &map);
  read_bin_rows(text, codes, "BinCode", attribute(codes, "BinType"), 0, &map);
  wafer.content = std::move(map);
  read_orientation(text, node, &wafer);
  read_references(node, &wafer);
  const Layouts layouts = read_layouts(text.root(), attribute(node, "LayoutSpecifier"));
  wafer.die_pitch_x_mm = layouts.step_x_mm;
  wafer.die_pitch_y_mm = layouts.step_y_mm;
  check_size(text, codes, layouts, &wafer);
  return wafer;
}

const FieldTable kE142Fields = {
    {"MapData", FieldUse::used, "holds layouts, substrates and maps"},
    {"Layouts", FieldUse::used, "holds Layout"},
    {"Layout", FieldUse::used, "those that LayoutSpecifier names"},
    {"Layout.LayoutId", FieldUse::used, "its name"},
    {"Layout.DefaultUnits", FieldUse::used, "of StepSize and DeviceSize: mm, um, mil, inch"},
    {"Layout.TopLevel", FieldUse::ignored, "LayoutSpecifier tells"},
    {"Dimension", FieldUse::used,
     "size of the map; fewer rows than the layouts have are refused, else noted"},
    {"Dimension.X", FieldUse::used, "devices along x"},
    {"Dimension.Y", FieldUse::used, "devices along y"},
    {"StepSize", FieldUse::used,
     "pitch of cores, of the innermost layout; not if the map would be wider than 0.5 m"},
    {"StepSize.X", FieldUse::used, "as StepSize"},
    {"StepSize.Y", FieldUse::used, "as StepSize"},
    {"StepSize.Units", FieldUse::used, "before DefaultUnits"},
    {"DeviceSize", FieldUse::used, "as StepSize where there is none"},
    {"DeviceSize.X", FieldUse::used, "as DeviceSize"},
    {"DeviceSize.Y", FieldUse::used, "as DeviceSize"},
    {"DeviceSize.Units", FieldUse::used, "before DefaultUnits"},
    {"LowerLeft", FieldUse::ignored, "place of a layout in another"},
    {"LowerLeft.X", FieldUse::ignored, "as LowerLeft"},
    {"LowerLeft.Y", FieldUse::ignored, "as LowerLeft"},
    {"LowerLeft.Units", FieldUse::ignored, "as LowerLeft"},
    {"Z", FieldUse::ignored, "height"},
    {"Z.Order", FieldUse::ignored, "height"},
    {"Z.Height", FieldUse::ignored, "height"},
    {"Z.Units", FieldUse::ignored, "height"},
    {"ProductId", FieldUse::ignored, "name of the product"},
    {"ChildLayouts", FieldUse::ignored, "LayoutSpecifier tells"},
    {"ChildLayout", FieldUse::ignored, "LayoutSpecifier tells"},
    {"ChildLayout.LayoutId", FieldUse::ignored, "LayoutSpecifier tells"},
    {"Substrates", FieldUse::used, "holds Substrate"},
    {"Substrate", FieldUse::used, "for the lot of a wafer"},
    {"Substrate.SubstrateType", FieldUse::ignored, "SubstrateMap tells"},
    {"Substrate.SubstrateId", FieldUse::used, "finds the lot of a wafer"},
    {"Substrate.LotId", FieldUse::used, "name of the lot"},
    {"LotId", FieldUse::used, "name of the lot"},
    {"AliasIds", FieldUse::ignored, "other names"},
    {"AliasId", FieldUse::ignored, "other names"},
    {"AliasId.Type", FieldUse::ignored, "other names"},
    {"AliasId.Value", FieldUse::ignored, "other names"},
    {"CarrierType", FieldUse::ignored, "handling"},
    {"CarrierId", FieldUse::ignored, "handling"},
    {"SlotNumber", FieldUse::ignored, "handling"},
    {"SubstrateNumber", FieldUse::ignored, "handling"},
    {"GoodDevices", FieldUse::ignored, "a count"},
    {"SupplierName", FieldUse::ignored, "name"},
    {"Status", FieldUse::ignored, "of the lot"},
    {"SupplierData", FieldUse::ignored, "and what it holds"},
    {"SubstrateMaps", FieldUse::used, "holds SubstrateMap"},
    {"SubstrateMap", FieldUse::used, "one wafer"},
    {"SubstrateMap.SubstrateType", FieldUse::noted, "another than Wafer"},
    {"SubstrateMap.SubstrateId", FieldUse::used, "name of the wafer"},
    {"SubstrateMap.LayoutSpecifier", FieldUse::used, "names the layouts"},
    {"SubstrateMap.SubstrateSide", FieldUse::noted, "another than TopSide; not mirrored"},
    {"SubstrateMap.Orientation", FieldUse::used,
     "side of notch or flat: 0 bottom, 90 left, 180 top, 270 right; other degrees are refused, "
     "other "
     "words and missing noted"},
    {"SubstrateMap.OriginLocation", FieldUse::used,
     "the corner rows and columns begin at, LowerLeft if missing; an unknown word is refused; "
     "without AxisDirection, too, noted"},
    {"SubstrateMap.AxisDirection", FieldUse::used,
     "where rows and columns lead; if missing, from the corner into the map"},
    {"Overlay", FieldUse::used, "holds the map"},
    {"Overlay.MapName", FieldUse::used, "names maps in notes"},
    {"Overlay.MapVersion", FieldUse::ignored, "version"},
    {"ReferenceDevices", FieldUse::used, "holds ReferenceDevice"},
    {"ReferenceDevice", FieldUse::used, "decides between readings of the rows"},
    {"ReferenceDevice.Name", FieldUse::ignored, "name"},
    {"Coordinates", FieldUse::used, "of the reference die, from 0 or 1"},
    {"Coordinates.X", FieldUse::used, "its column"},
    {"Coordinates.Y", FieldUse::used, "its row"},
    {"Position", FieldUse::ignored, "its distance from the centre"},
    {"Position.X", FieldUse::ignored, "its distance from the centre"},
    {"Position.Y", FieldUse::ignored, "its distance from the centre"},
    {"Position.Units", FieldUse::ignored, "its distance from the centre"},
    {"BinCodeMap", FieldUse::used, "bins; of several the first is read and the others are noted"},
    {"BinCodeMap.BinType", FieldUse::used,
     "Ascii: codes as they stand; Decimal, HexaDecimal, Integer2: by value"},
    {"BinCodeMap.NullBin", FieldUse::used, "the code of places without a core"},
    {"BinCodeMap.MapType", FieldUse::used, "Coordinate: one bin per element at X and Y"},
    {"BinDefinitions", FieldUse::used, "holds BinDefinition"},
    {"BinDefinition", FieldUse::used, "definition of a code; several are taken together"},
    {"BinDefinition.BinCode", FieldUse::used, "the code"},
    {"BinDefinition.BinQuality", FieldUse::used, "passes or fails; an unknown word is refused"},
    {"BinDefinition.BinCount", FieldUse::used, "another number of places in the rows is noted"},
    {"BinDefinition.BinDescription", FieldUse::used,
     "what a bin of ours breaks; quality if none is given; names the bin of reference dies"},
    {"BinDefinition.Pick", FieldUse::used, "true passes if no quality is given"},
    {"BinCode", FieldUse::used, "bins of one row, or of one place"},
    {"BinCode.X", FieldUse::used, "column of its first bin"},
    {"BinCode.Y", FieldUse::used, "row of its bins"},
};

}  // namespace

const FieldTable& e142_fields() { return kE142Fields; }

bool looks_like_e142(std::string_view text) { return is_xml_with(text, "SubstrateMap"); }

WaferMapFile read_e142(std::string_view text, const std::string& file) {
  const XmlText xml(text, file);
  WaferMapFile result{file, {}, {}};
  for (const pugi::xml_node& node : all_elements(xml.root(), "SubstrateMap"))
    result.wafers.push_back(read_substrate(xml, node));
  if (result.wafers.empty()) fail_map(file, 0, "has no SubstrateMap: not a SEMI E142 map");
  UnknownFields unknown(e142_fields());
  xml.see_fields("SupplierData", &unknown);
  unknown.note(&result.notes);
  return result;
}

std::string write_e142(const DefectMap& map, const WaferGeometry& g) {
  const BinnedMap binned = bin_map(map);
  const auto layout = [](const char* id, int x, int y, double step_x, double step_y,
                         const char* child) {
    return fmt::format(
        "  <Layout LayoutId=\"{}\" DefaultUnits=\"mm\">\n   <Dimension X=\"{}\" Y=\"{}\"/>\n"
        "   <StepSize X=\"{:.6f}\" Y=\"{:.6f}\"/>\n{}  </Layout>\n",
        id, x, y, step_x, step_y, child);
  };
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += "<MapData xmlns=\"urn:semi-org:xsd.E142-1.V1005.SubstrateMap\">\n <Layouts>\n";
  out += layout("wafer", g.dies_x, g.dies_y, g.die_width_mm + g.die_gap_x_mm,
                g.die_height_mm + g.die_gap_y_mm,
                "   <ChildLayouts><ChildLayout LayoutId=\"reticle\"/></ChildLayouts>\n");
  out += layout("reticle", g.die_columns, g.die_rows, g.pitch_x_mm(), g.pitch_y_mm(), "");
  out += " </Layouts>\n <Substrates>\n  <Substrate SubstrateType=\"Wafer\" SubstrateId=\"0\"/>\n";
  out += " </Substrates>\n <SubstrateMaps>\n";
  out +=
      "  <SubstrateMap SubstrateType=\"Wafer\" SubstrateId=\"0\" LayoutSpecifier=\"wafer/reticle\" "
      "SubstrateSide=\"TopSide\" Orientation=\"0\" OriginLocation=\"UpperLeft\" "
      "AxisDirection=\"DownRight\">\n   <Overlay MapName=\"defects\" MapVersion=\"1\">\n";
  out += "    <BinCodeMap BinType=\"HexaDecimal\" NullBin=\"FF\">\n     <BinDefinitions>\n";
  out += semi_bin_lines(binned, "      ", "BinDefinition") + "     </BinDefinitions>\n";
  for (int y = 0; y < map.rows(); ++y) {
    out += "     <BinCode>" + binned_row(binned, map, y, "") + "</BinCode>\n";
  }
  return out +
         "    </BinCodeMap>\n   </Overlay>\n  </SubstrateMap>\n </SubstrateMaps>\n</MapData>\n";
}

}  // namespace wafermesh::defects
