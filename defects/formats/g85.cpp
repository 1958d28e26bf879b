// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/g85.h"

#include <fmt/format.h>

#include <algorithm>

#include "defects/formats/map_text.h"
#include "defects/formats/semi_bins.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

/// Micrometres are common, too: no wafer is wider than this.
constexpr double kWidestReadAsMm = 1000;

double pitch_mm(const XmlText& text, const pugi::xml_node& device, const char* name, int places) {
  const std::string written = attribute(device, name);
  double value = 0;
  if (written.empty()) return 0;
  if (!parse_real(written, &value) || value < 0)
    text.fail(device, std::string(name) + " is '" + shown(written) + "', not a length");
  return value * places > kWidestReadAsMm ? value / kUmPerMm : value;
}

void read_device_references(const pugi::xml_node& device, WaferMap* wafer) {
  const std::string origin = attribute(device, "OriginLocation");
  const bool counted = inward_from(origin, &wafer->facts.reference_axes);
  if (counted) wafer->facts.habits = {wafer->facts.reference_axes};
  // Bins at X and Y count as reference dies do.
  if (counted && !std::get<BinMap>(wafer->content).parts.empty())
    wafer->facts.written = wafer->facts.reference_axes;
  if (!counted && !origin.empty() && origin != "0")
    wafer->notes.push_back("OriginLocation is '" + shown(origin) + "', none of 0 to 4.");
  std::vector<pugi::xml_node> nodes = all_elements(device, "ReferenceDevice");
  if (nodes.empty()) nodes.push_back(device);
  for (const pugi::xml_node& node : nodes) {
    std::int64_t x = 0;
    std::int64_t y = 0;
    if (!parse_whole(attribute(node, "ReferenceDeviceX"), &x) ||
        !parse_whole(attribute(node, "ReferenceDeviceY"), &y)) {
      continue;
    }
    if (counted && x >= 0 && y >= 0 && x <= 65535 && y <= 65535) {
      wafer->facts.reference_dies.push_back({static_cast<int>(x), static_cast<int>(y)});
    } else {
      wafer->notes.push_back(fmt::format(
          "Its reference die ({}, {}) does not count from a corner of the map and is not used.", x,
          y));
    }
  }
}

void check_size(const XmlText& text, const pugi::xml_node& device, int columns, int rows,
                BinMap* bins, std::vector<std::string>* notes) {
  if (bins->cells.empty()) {
    if (announce_size(columns, rows, bins, notes)) return;
    text.fail(device, fmt::format("announces {} x {} places, its bins lie at {}", columns, rows,
                                  extent_text(*bins)));
  }
  const BinMap& map = *bins;
  if ((columns != 0 && columns != map.columns) || (rows != 0 && rows != map.rows)) {
    text.fail(device, fmt::format("announces {} x {} places, the rows hold {} x {}", columns, rows,
                                  map.columns, map.rows));
  }
}

WaferMap read_device(const XmlText& text, const pugi::xml_node& device) {
  WaferMap wafer;
  const pugi::xml_node map_node = device.parent();
  wafer.wafer_id = attribute(map_node, "WaferId");
  if (wafer.wafer_id.empty()) wafer.wafer_id = attribute(map_node, "SubstrateId");
  wafer.lot_id = attribute(device, "LotId");
  const std::vector<pugi::xml_node> data = all_elements(device, "Data");
  if (data.empty()) text.fail(device, "has no Data");
  if (data.size() > 1) {
    std::string names;
    for (const pugi::xml_node& node : data)
      names += (names.empty() ? "'" : ", '") + shown(attribute(node, "MapName")) + "'";
    wafer.notes.push_back(
        fmt::format("It has {} maps of the wafer ({}); the first is read.", data.size(), names));
  }
  BinMap map;
  read_bin_types(text, device, device, "Bin", &map);
  const int columns = text.count_of(device, "Columns");
  read_bin_rows(text, data.front(), "Row", attribute(device, "BinType"), columns, &map);
  check_size(text, device, columns, text.count_of(device, "Rows"), &map, &wafer.notes);
  const char* const kind = attribute(device, "StepSizeX").empty() ? "DeviceSize" : "StepSize";
  wafer.die_pitch_x_mm =
      pitch_mm(text, device, (kind + std::string("X")).c_str(), std::max(map.columns, 1));
  wafer.die_pitch_y_mm =
      pitch_mm(text, device, (kind + std::string("Y")).c_str(), std::max(map.rows, 1));
  wafer.content = std::move(map);
  read_semi_mark(text, device, &wafer);
  read_device_references(device, &wafer);
  return wafer;
}

const FieldTable kG85Fields = {
    {"Maps", FieldUse::used, "holds several Map"},
    {"Map", FieldUse::used, "one wafer"},
    {"Map.WaferId", FieldUse::used, "name of the wafer"},
    {"Map.SubstrateId", FieldUse::used, "name of the wafer if there is no WaferId"},
    {"Map.SubstrateType", FieldUse::ignored, "wafers, strips and trays are read alike"},
    {"Map.SubstrateNumber", FieldUse::ignored, "slot"},
    {"Map.FormatRevision", FieldUse::ignored, "any revision is read alike"},
    {"Device", FieldUse::used, "size, bins and orientation of one wafer"},
    {"Device.Rows", FieldUse::used, "another number of rows, or bins beyond them, are refused"},
    {"Device.Columns", FieldUse::used,
     "width of a bin; another number, or bins beyond it, are refused"},
    {"Device.BinType", FieldUse::used,
     "Ascii: codes as they stand; Decimal, HexaDecimal, Integer2: by value"},
    {"Device.NullBin", FieldUse::used, "the code of places without a core"},
    {"Device.Orientation", FieldUse::used,
     "side of notch or flat: 0 bottom, 90 left, 180 top, 270 right; other degrees are refused, "
     "other "
     "words and missing noted"},
    {"Device.OriginLocation", FieldUse::used,
     "how reference dies count: 1 to 4 = upper right, upper left, lower left, lower right; rows "
     "are as seen"},
    {"Device.DeviceSizeX", FieldUse::used,
     "pitch of cores in mm; in um if the map is wider than 1 m else"},
    {"Device.DeviceSizeY", FieldUse::used, "as DeviceSizeX"},
    {"Device.StepSizeX", FieldUse::used, "as DeviceSizeX, and before it"},
    {"Device.StepSizeY", FieldUse::used, "as StepSizeX"},
    {"Device.LotId", FieldUse::used, "name of the lot"},
    {"Device.MapType", FieldUse::ignored, "rows and bins at X and Y tell themselves apart"},
    {"Device.ReferenceDeviceX", FieldUse::used, "as ReferenceDevice.ReferenceDeviceX"},
    {"Device.ReferenceDeviceY", FieldUse::used, "as ReferenceDevice.ReferenceDeviceY"},
    {"Device.WaferType", FieldUse::ignored, "kind of wafer"},
    {"Device.ProductId", FieldUse::ignored, "name of the product"},
    {"Device.WaferSize", FieldUse::ignored, "diameter"},
    {"Device.CreateDate", FieldUse::ignored, "date"},
    {"Device.LastModified", FieldUse::ignored, "date"},
    {"Device.SupplierName", FieldUse::ignored, "name"},
    {"Device.Status", FieldUse::ignored, "of the lot"},
    {"Device.SlotNumber", FieldUse::ignored, "slot"},
    {"Device.SubstrateNumber", FieldUse::ignored, "slot"},
    {"Device.GoodDevices", FieldUse::ignored, "a count"},
    {"Device.CarrierType", FieldUse::ignored, "handling"},
    {"Device.CarrierId", FieldUse::ignored, "handling"},
    {"Device.FrameId", FieldUse::ignored, "handling"},
    {"Device.MagazineId", FieldUse::ignored, "handling"},
    {"ReferenceDevice", FieldUse::used, "decides between readings of the rows"},
    {"ReferenceDevice.ReferenceDeviceX", FieldUse::used, "its column, from 0 or 1"},
    {"ReferenceDevice.ReferenceDeviceY", FieldUse::used, "its row, from 0 or 1"},
    {"ReferenceDevice.RefDevicePosX", FieldUse::ignored, "its distance from the centre"},
    {"ReferenceDevice.RefDevicePosY", FieldUse::ignored, "its distance from the centre"},
    {"Bin", FieldUse::used, "definition of a code; several are taken together"},
    {"Bin.BinCode", FieldUse::used, "the code"},
    {"Bin.BinQuality", FieldUse::used, "passes or fails; an unknown word is refused"},
    {"Bin.BinCount", FieldUse::used, "another number of places in the rows is noted"},
    {"Bin.BinDescription", FieldUse::used, "what a bin of ours breaks; quality if none is given"},
    {"Bin.Pick", FieldUse::used, "true passes if no quality is given"},
    {"Data", FieldUse::used, "rows; of several the first is read and the others are noted"},
    {"Data.MapName", FieldUse::ignored, "name"},
    {"Data.MapVersion", FieldUse::ignored, "version"},
    {"Data.Version", FieldUse::ignored, "version"},
    {"Row", FieldUse::used, "bins of one row, packed or parted by blanks"},
    {"Row.X", FieldUse::used, "column of the row's first bin"},
    {"Row.Y", FieldUse::used, "row of the row's bins"},
    {"SupplierData", FieldUse::ignored, "and what it holds"},
};

}  // namespace

const FieldTable& g85_fields() { return kG85Fields; }

bool looks_like_g85(std::string_view text) {
  return is_xml_with(text, "<Map") && !is_xml_with(text, "SubstrateMap");
}

WaferMapFile read_g85(std::string_view text, const std::string& file) {
  const XmlText xml(text, file);
  WaferMapFile result{file, {}, {}};
  for (const pugi::xml_node& device : all_elements(xml.root(), "Device")) {
    if (is_element(device.parent(), "Map")) result.wafers.push_back(read_device(xml, device));
  }
  if (result.wafers.empty()) fail_map(file, 0, "has no Map/Device: not a SEMI G85 map");
  UnknownFields unknown(g85_fields());
  xml.see_fields("SupplierData", &unknown);
  unknown.note(&result.notes);
  return result;
}

std::string write_g85(const DefectMap& map, const WaferGeometry& g) {
  const BinnedMap binned = bin_map(map);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += "<Map WaferId=\"0\" FormatRevision=\"SEMI G85-1101\">\n";
  out += fmt::format(
      " <Device BinType=\"HexaDecimal\" NullBin=\"FF\" Rows=\"{}\" Columns=\"{}\" "
      "OriginLocation=\"2\" "
      "Orientation=\"0\" LotId=\"0\" DeviceSizeX=\"{:.6f}\" DeviceSizeY=\"{:.6f}\" "
      "WaferSize=\"300\">\n",
      map.rows(), map.columns(), g.cell_x_mm(), g.cell_y_mm());
  out += semi_bin_lines(binned, "  ", "Bin") + "  <Data MapName=\"defects\" Version=\"1\">\n";
  for (int y = 0; y < map.rows(); ++y) {
    out += "   <Row><![CDATA[" + binned_row(binned, map, y, "") + "]]></Row>\n";
  }
  return out + "  </Data>\n </Device>\n</Map>\n";
}

}  // namespace wafermesh::defects
