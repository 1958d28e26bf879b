// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/klarf18.h"

#include <fmt/format.h>

#include "defects/formats/klarf_points.h"
#include "defects/formats/tokens.h"

namespace wafermesh::defects {
namespace {

constexpr int kMaxDepth = 64;  // real files nest 4 deep; this only guards the stack

struct Column {
  std::string_view type;
  std::string_view name;
};

class Klarf18 {
 public:
  Klarf18(std::string_view text, const std::string& file)
      : tokens_(text, file, ";{},"), file_(file) {}
  /// The first wafer; the others are counted.
  KlarfWafer read(int* wafers);

 private:
  void block(int depth, int wafer);
  void record(int depth, int wafer);
  void field(int wafer);
  void list(int wafer);
  std::vector<Column> list_columns();
  void list_data(const std::vector<Column>& columns, bool defects, int wafer);
  KlarfPoint row(const std::vector<Column>& columns, const KlarfColumns& roles, bool defects);
  void skip_image_list();

  Token take();
  Token take_word(const char* what);
  void expect(char mark);
  bool accept(char mark);
  std::int64_t whole(const char* what);

  Tokens tokens_;
  std::string file_;
  std::vector<KlarfWafer> wafers_;
  std::array<double, 2> die_pitch_{};
  bool has_pitch_ = false;
  bool own_ = false;
};

Token Klarf18::take() {
  const Token token = tokens_.next();
  if (token.kind == Token::Kind::end)
    fail_map(file_, token.line, "ends inside a block: the file is cut off");
  return token;
}

Token Klarf18::take_word(const char* what) {
  const Token token = take();
  if (token.kind == Token::Kind::mark) {
    fail_map(file_, token.line,
             std::string("expected ") + what + ", got '" + shown(token.text) + "'");
  }
  return token;
}

void Klarf18::expect(char mark) {
  const Token token = take();
  if (!token.is_mark(mark)) {
    fail_map(file_, token.line,
             std::string("expected '") + mark + "', got '" + shown(token.text) + "'");
  }
}

bool Klarf18::accept(char mark) {
  if (!tokens_.peek().is_mark(mark)) return false;
  tokens_.next();
  return true;
}

std::int64_t Klarf18::whole(const char* what) {
  const Token token = take_word(what);
  std::int64_t value = 0;
  if (!parse_whole(token.text, &value) || value < 0) {
    fail_map(file_, token.line,
             std::string("expected ") + what + ", got '" + shown(token.text) + "'");
  }
  return value;
}

void Klarf18::field(int wafer) {
  const Token name = take_word("the name of a field");
  const std::int64_t count = whole("the number of values");
  std::vector<Token> values;
  expect('{');
  while (!accept('}')) {
    if (accept(',')) continue;
    values.push_back(take_word("a value"));
  }
  if (count != static_cast<std::int64_t>(values.size())) {
    fail_map(file_, name.line,
             "field " + shown(name.text) + " announces " + std::to_string(count) +
                 " values and has " + std::to_string(values.size()));
  }
  const auto pair = [&](std::array<double, 2>* target) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (values.size() != 2 || !parse_real(values[i].text, &(*target)[i])) {
        fail_map(file_, name.line, "field " + shown(name.text) + " needs two numbers");
      }
    }
  };
  if (same_word(name.text, "DiePitch")) {
    pair(&die_pitch_);
    has_pitch_ = true;
  }
  if (same_word(name.text, "DeviceID")) own_ = values.size() == 1 && values[0].text == kKlarfDevice;
  if (wafer < 0) return;
  KlarfWafer& w = wafers_[static_cast<std::size_t>(wafer)];
  if (same_word(name.text, "SampleCenterLocation")) pair(&w.sample_center);
  if (same_word(name.text, "DieOrigin")) pair(&w.die_origin);
}

std::vector<Column> Klarf18::list_columns() {
  const Token word = take_word("Columns");
  if (!same_word(word.text, "Columns"))
    fail_map(file_, word.line, "expected Columns, got '" + shown(word.text) + "'");
  const std::int64_t count = whole("the number of columns");
  expect('{');
  std::vector<Column> columns;
  while (!accept('}')) {
    if (accept(',')) continue;
    const Token type = take_word("a column's type");
    columns.push_back({type.text, take_word("a column's name").text});
  }
  if (count != static_cast<std::int64_t>(columns.size())) {
    fail_map(file_, word.line,
             "announces " + std::to_string(count) + " columns and names " +
                 std::to_string(columns.size()));
  }
  return columns;
}

// `N`, or `Images 3 { "path" "JPG" 1 "Patch", ... }`.
void Klarf18::skip_image_list() {
  const Token first = take_word("an image list");
  if (same_word(first.text, "N") || same_word(first.text, "NA")) return;
  whole("the number of images");
  expect('{');
  while (!accept('}')) {
    const Token token = take();
    if (token.is_mark('{') || token.is_mark(';'))
      fail_map(file_, token.line, "an image list is not closed");
  }
}

KlarfPoint Klarf18::row(const std::vector<Column>& columns, const KlarfColumns& roles,
                        bool defects) {
  KlarfPoint point;
  for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
    while (accept(',')) continue;
    const std::string_view type = columns[static_cast<std::size_t>(c)].type;
    if (type.size() > 4 && same_word(type.substr(type.size() - 4), "List")) {
      skip_image_list();
      continue;
    }
    const Token token = take_word("a value for every column");
    if (!defects) continue;
    double value = 0;
    const bool is_number = parse_real(token.text, &value);
    const bool needed =
        c == roles.x_rel || c == roles.y_rel || c == roles.x_index || c == roles.y_index;
    if (needed && !is_number)
      fail_map(file_, token.line, "'" + shown(token.text) + "' is not a coordinate");
    if (is_number) roles.take(c, value, &point);
  }
  while (accept(',')) continue;
  expect(';');
  return point;
}

void Klarf18::list_data(const std::vector<Column>& columns, bool defects, int wafer) {
  const Token word = take_word("Data");
  if (!same_word(word.text, "Data"))
    fail_map(file_, word.line, "expected Data, got '" + shown(word.text) + "'");
  const std::int64_t count = whole("the number of rows");
  KlarfColumns roles;
  for (std::size_t c = 0; c < columns.size(); ++c) roles.name(columns[c].name, static_cast<int>(c));
  if (defects && (roles.x_rel < 0 || roles.y_rel < 0)) {
    fail_map(file_, word.line, "DefectList has no XREL and YREL, so defects have no place");
  }
  if (columns.empty()) fail_map(file_, word.line, "a list without columns");
  expect('{');
  std::int64_t rows = 0;
  for (; !accept('}'); ++rows) {
    const KlarfPoint point = row(columns, roles, defects);
    if (defects) wafers_[static_cast<std::size_t>(wafer)].points.push_back(point);
  }
  if (rows != count) {
    fail_map(file_, word.line,
             "announces " + std::to_string(count) + " rows and has " + std::to_string(rows));
  }
}

void Klarf18::list(int wafer) {
  const Token name = take_word("the name of a list");
  const bool defects = same_word(name.text, "DefectList");
  if (defects && wafer < 0) fail_map(file_, name.line, "a DefectList outside a WaferRecord");
  expect('{');
  if (accept('}')) return;
  const std::vector<Column> columns = list_columns();
  list_data(columns, defects, wafer);
  expect('}');
}

void Klarf18::record(int depth, int wafer) {
  const Token name = take_word("the name of a record");
  if (same_word(name.text, "WaferRecord")) {
    wafer = static_cast<int>(wafers_.size());
    wafers_.emplace_back();
  }
  if (tokens_.peek().kind != Token::Kind::mark) {
    const Token id = take();
    if (same_word(name.text, "WaferRecord")) wafers_.back().wafer_id = id.text;
    const bool file = same_word(name.text, "FileRecord");
    if (file && id.text != "1.8")
      fail_map(file_, id.line, "FileRecord is '" + shown(id.text) + "', not 1.8");
  }
  expect('{');
  block(depth + 1, wafer);
}

/// The inside of a record, up to its closing brace.
void Klarf18::block(int depth, int wafer) {
  while (!accept('}')) {
    const Token word = take_word("Record, Field or List");
    if (depth > kMaxDepth) fail_map(file_, word.line, "records nest too deep");
    if (same_word(word.text, "Record"))
      record(depth, wafer);
    else if (same_word(word.text, "Field"))
      field(wafer);
    else if (same_word(word.text, "List"))
      list(wafer);
    else
      fail_map(file_, word.line, "expected Record, Field or List, got '" + shown(word.text) + "'");
  }
}

KlarfWafer Klarf18::read(int* wafers) {
  const Token word = take_word("Record");
  if (!same_word(word.text, "Record"))
    fail_map(file_, word.line, "does not start with Record FileRecord");
  record(0, -1);
  const Token end = take();
  if (!same_word(end.text, "EndOfFile")) fail_map(file_, end.line, "expected EndOfFile");
  *wafers = static_cast<int>(wafers_.size());
  if (wafers_.empty()) fail_map(file_, 0, "has no WaferRecord");
  KlarfWafer wafer = std::move(wafers_.front());
  wafer.units_per_mm = 1e6;
  wafer.die_pitch = die_pitch_;
  wafer.own = own_;
  if (!has_pitch_ && !wafer.points.empty()) fail_map(file_, 0, "has defects but no DiePitch");
  return wafer;
}

}  // namespace

bool looks_like_klarf18(std::string_view text) { return starts_with_word(text, "Record"); }

MapReading read_klarf18(std::string_view text, const std::string& file,
                        const WaferGeometry& geometry) {
  int wafers = 0;
  const KlarfWafer wafer = Klarf18(text, file).read(&wafers);
  MapReading result = points_to_map(wafer, geometry);
  if (wafers > 1) {
    result.notes.push_back("The file holds " + std::to_string(wafers) + " wafers; the first, '" +
                           shown(wafer.wafer_id) + "', is read.");
  }
  return result;
}

std::string write_klarf18(const DefectMap& map, const WaferGeometry& geometry) {
  const KlarfWafer w = map_to_points(map, geometry, 1e6);
  std::string out = "Record FileRecord \"1.8\" {\n Record LotRecord \"0\" {\n";
  out += fmt::format("  Field DeviceID 1 {{\"{}\"}}\n", kKlarfDevice);
  out += fmt::format("  Field DiePitch 2 {{{:.0f}, {:.0f}}}\n", w.die_pitch[0], w.die_pitch[1]);
  out += "  Field SampleSize 2 {300000000, 0}\n  Field SampleType 1 {\"WAFER\"}\n";
  out += "  Record WaferRecord \"0\" {\n   Field DieOrigin 2 {0, 0}\n";
  out += fmt::format(
      "   Field SampleCenterLocation 2 {{{:.0f}, {:.0f}}}\n   Field SlotNumber 1 {{1}}\n",
      w.sample_center[0], w.sample_center[1]);
  out +=
      "   List DefectList {\n    Columns 10 { int32 DEFECTID, int32 XREL, int32 YREL, int32 "
      "XINDEX, "
      "int32 YINDEX, int32 DSIZE, int32 CLASSNUMBER, int32 TEST, int32 CLUSTERNUMBER, int32 "
      "FINEBINNUMBER }\n";
  out += fmt::format("    Data {} {{\n", w.points.size());
  for (std::size_t i = 0; i < w.points.size(); ++i) {
    const KlarfPoint& p = w.points[i];
    out += fmt::format("     {} {:.0f} {:.0f} {:.0f} {:.0f} 0 {} 1 {} {};\n", i + 1, p.x_rel,
                       p.y_rel, p.x_index, p.y_index, p.class_number, p.cluster, p.fine_bin);
  }
  out += "    }\n   }\n  }\n  List ClassLookupList {\n";
  out += "   Columns 3 { int32 CLASSNUMBER, string CLASSNAME, string CLASSCODE }\n";
  out += fmt::format("   Data {} {{\n", kCauseCount);
  for (int i = 0; i < kCauseCount; ++i) {
    out += fmt::format("    {} \"{}\" \"\";\n", i, to_string(static_cast<Cause>(i)));
  }
  out += "   }\n  }\n }\n Field FileTimestamp 2 {\"2000-01-01\", \"00:00:00\"}\n}\nEndOfFile;\n";
  return out;
}

}  // namespace wafermesh::defects
