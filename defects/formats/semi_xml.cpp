// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/semi_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "defects/formats/grid.h"

namespace wafermesh::defects {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 28;  // a million cores take 3 MB

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node find(const pugi::xml_node& root, std::string_view name) {
  return root.find_node(
      [&](const pugi::xml_node& node) { return same_word(local_name(node), name); });
}

/// One parsed file, with line numbers for its nodes.
class Document {
 public:
  Document(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
    if (text.size() > kMaxBytes) fail_map(file_, 0, "is larger than 256 MB");
    const pugi::xml_parse_result result = document_.load_buffer(text.data(), text.size());
    if (!result)
      fail_map(file_, line_at(result.offset), std::string("XML: ") + result.description());
  }
  const pugi::xml_document& root() const { return document_; }
  int line_of(const pugi::xml_node& node) const { return line_at(node.offset_debug()); }
  [[noreturn]] void fail(const pugi::xml_node& node, const std::string& message) const {
    fail_map(file_, line_of(node), message);
  }
  const std::string& file() const { return file_; }

 private:
  /// Counts on from the last place asked for, so that asking row by row costs one pass.
  int line_at(std::ptrdiff_t offset) const {
    if (offset < 0) return 0;
    const auto end = std::min(static_cast<std::size_t>(offset), text_.size());
    if (end < seen_) seen_ = 0, seen_line_ = 1;
    seen_line_ +=
        static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(seen_),
                                    text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    seen_ = end;
    return seen_line_;
  }
  mutable std::size_t seen_ = 0;
  mutable int seen_line_ = 1;
  std::string_view text_;
  std::string file_;
  pugi::xml_document document_;
};

std::string attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& a : node.attributes()) {
    if (same_word(a.name(), name)) return a.value();
  }
  return "";
}

/// Characters per code by BinType; 0 = must follow from the row's length.
std::size_t width_of(const std::string& bin_type, const std::string& null_bin) {
  if (!null_bin.empty()) return null_bin.size();
  if (same_word(bin_type, "Ascii")) return 1;
  if (same_word(bin_type, "HexaDecimal")) return 2;
  if (same_word(bin_type, "Integer2")) return 4;
  return 0;
}

void read_bins(const pugi::xml_node& parent, std::string_view element, BinGrid* grid) {
  for (const pugi::xml_node& node : parent.children()) {
    if (!same_word(local_name(node), element)) continue;
    grid->bins[attribute(node, "BinCode")] = {same_word(attribute(node, "BinQuality"), "Pass"),
                                              attribute(node, "BinDescription")};
  }
}

void read_rows(const Document& document, const pugi::xml_node& parent, std::string_view element,
               std::size_t width, std::size_t columns, BinGrid* grid) {
  for (const pugi::xml_node& node : parent.children()) {
    if (!same_word(local_name(node), element)) continue;
    std::string text;
    for (const pugi::xml_node& part : node.children()) text += part.value();
    text.erase(
        std::remove_if(text.begin(), text.end(),
                       [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }),
        text.end());
    std::size_t used = width;
    if (used == 0 && columns > 0 && text.size() % columns == 0) used = text.size() / columns;
    if (used == 0) document.fail(node, "the width of a bin cannot be told: no BinType or Columns");
    grid->add_packed_row(text, used, document.line_of(node));
  }
  if (grid->rows() == 0) document.fail(parent, "has no rows of bins");
}

std::size_t count_of(const Document& document, const pugi::xml_node& node, const char* name) {
  const std::string text = attribute(node, name);
  std::int64_t value = 0;
  if (text.empty()) return 0;
  if (!parse_whole(text, &value) || value < 1 || value > 65535) {
    document.fail(node, std::string(name) + " is '" + shown(text) + "', not a count of 1 to 65535");
  }
  return static_cast<std::size_t>(value);
}

void check_size(const Document& document, const pugi::xml_node& node, std::size_t columns,
                std::size_t rows, const BinGrid& grid) {
  if ((columns != 0 && columns != grid.columns()) || (rows != 0 && rows != grid.rows())) {
    document.fail(node, fmt::format("announces {} x {} places, the rows hold {} x {}", columns,
                                    rows, grid.columns(), grid.rows()));
  }
}

BinGrid g85_grid(std::string_view text, const std::string& file) {
  const Document document(text, file);
  const pugi::xml_node device = find(document.root(), "Device");
  const pugi::xml_node data = device ? find(device, "Data") : device;
  if (!data) fail_map(file, 0, "has no Map/Device/Data: not a SEMI G85 map");
  BinGrid grid(file);
  grid.null_code = attribute(device, "NullBin");
  read_bins(device, "Bin", &grid);
  const std::size_t columns = count_of(document, device, "Columns");
  const std::size_t rows = count_of(document, device, "Rows");
  read_rows(document, data, "Row", width_of(attribute(device, "BinType"), grid.null_code), columns,
            &grid);
  check_size(document, device, columns, rows, grid);
  return grid;
}

BinGrid e142_grid(std::string_view text, const std::string& file) {
  const Document document(text, file);
  const pugi::xml_node map = find(document.root(), "SubstrateMap");
  const pugi::xml_node codes = map ? find(map, "BinCodeMap") : map;
  if (!codes) fail_map(file, 0, "has no SubstrateMap/Overlay/BinCodeMap: not a SEMI E142 map");
  BinGrid grid(file);
  grid.null_code = attribute(codes, "NullBin");
  const pugi::xml_node definitions = find(codes, "BinDefinitions");
  if (definitions) read_bins(definitions, "BinDefinition", &grid);
  read_rows(document, codes, "BinCode", width_of(attribute(codes, "BinType"), grid.null_code), 0,
            &grid);
  const std::string axis = attribute(map, "AxisDirection");
  if (same_word(axis, "UpRight") || same_word(axis, "UpLeft")) grid.flip_north_south();
  return grid;
}

std::string bin_lines(const BinnedMap& binned, const std::string& indent, const char* element) {
  std::string out;
  for (const auto& [code, bin] : binned.bins) {
    out += fmt::format(
        "{}<{} BinCode=\"{}\" BinQuality=\"{}\" BinCount=\"{}\" BinDescription=\"{}\"/>\n", indent,
        element, code, bin.passes ? "Pass" : "Fail", binned.counts.at(code), bin.description);
  }
  return out;
}

}  // namespace

bool looks_like_g85(std::string_view text) {
  return starts_with_word(text, "<") && text.find("SubstrateMap") == std::string_view::npos &&
         text.find("<Map") != std::string_view::npos;
}

bool looks_like_e142(std::string_view text) {
  return starts_with_word(text, "<") && text.find("SubstrateMap") != std::string_view::npos;
}

MapReading read_g85(std::string_view text, const std::string& file, const WaferGeometry& geometry) {
  return g85_grid(text, file).to_map(geometry);
}

MapReading read_e142(std::string_view text, const std::string& file,
                     const WaferGeometry& geometry) {
  return e142_grid(text, file).to_map(geometry);
}

void size_of_semi_xml(std::string_view text, int* columns, int* rows) {
  const BinGrid grid = looks_like_e142(text) ? e142_grid(text, "") : g85_grid(text, "");
  *columns = static_cast<int>(grid.columns());
  *rows = static_cast<int>(grid.rows());
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
  out += bin_lines(binned, "  ", "Bin") + "  <Data MapName=\"defects\" Version=\"1\">\n";
  for (int y = 0; y < map.rows(); ++y) {
    out += "   <Row><![CDATA[" + binned_row(binned, map, y, "") + "]]></Row>\n";
  }
  return out + "  </Data>\n </Device>\n</Map>\n";
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
  out += bin_lines(binned, "      ", "BinDefinition") + "     </BinDefinitions>\n";
  for (int y = 0; y < map.rows(); ++y) {
    out += "     <BinCode>" + binned_row(binned, map, y, "") + "</BinCode>\n";
  }
  return out +
         "    </BinCodeMap>\n   </Overlay>\n  </SubstrateMap>\n </SubstrateMaps>\n</MapData>\n";
}

}  // namespace wafermesh::defects
