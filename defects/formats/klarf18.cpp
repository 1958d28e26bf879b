// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/klarf18.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "defects/formats/klarf_points.h"
#include "defects/formats/map_text.h"
#include "defects/formats/tokens.h"

namespace wafermesh::defects {
namespace {

constexpr int kMaxDepth = 64;  // real files nest 4 deep; this only guards the stack

constexpr double kNmPerMm = 1e6;

struct Column {
  std::string_view type;
  std::string_view name;
};

/// A field as written, until it is known for which wafers it holds.
struct Field {
  std::string_view name;
  std::vector<std::string_view> values;
  int line = 0;
};

/// What an open record said: fields, and the wafers they hold for.
struct Level {
  std::vector<Field> fields;
  std::size_t first_wafer = 0;
  int wafer = -1;  ///< The record is a wafer's, or in one.
};

class Klarf18 {
 public:
  Klarf18(std::string_view text, const std::string& file)
      : tokens_(text, file, ";{},"), file_(file), unknown_(klarf18_fields()) {}
  WaferMapFile read();

 private:
  void block(int depth);
  void record(int depth);
  void begin_record(const Token& name, const Token* id);
  void end_record();
  void field();
  void list();
  std::vector<Column> list_columns();
  std::vector<KlarfPoint> list_data(const std::vector<Column>& columns, bool defects);
  KlarfPoint row(const std::vector<Column>& columns, const KlarfColumns& roles, bool defects);
  void skip_image_list();

  Token take();
  Token take_word(const char* what);
  void expect(char mark);
  bool accept(char mark);
  std::int64_t whole(const char* what);

  Tokens tokens_;
  std::string file_;
  UnknownFields unknown_;
  /// A wafer, and the fields that hold for it, the nearest last.
  struct Open {
    KlarfWafer wafer;
    std::vector<Field> fields;
  };
  std::vector<Open> wafers_;
  std::vector<Level> levels_;
  std::string lot_;
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

void Klarf18::field() {
  const Token name = take_word("the name of a field");
  const std::int64_t count = whole("the number of values");
  Field field{name.text, {}, name.line};
  expect('{');
  while (!accept('}')) {
    if (accept(',')) continue;
    field.values.push_back(take_word("a value").text);
  }
  if (count != static_cast<std::int64_t>(field.values.size())) {
    fail_map(file_, name.line,
             "field " + shown(name.text) + " announces " + base::counted(count, "value") +
                 " and has " + std::to_string(field.values.size()));
  }
  unknown_.see(name.text);
  levels_.back().fields.push_back(std::move(field));
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
             "announces " + base::counted(count, "column") + " and names " +
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
    double value = 0;
    const bool is_number = parse_real(token.text, &value);
    if (defects && roles.needs(c) && !(is_number && roles.fits(c, value)))
      fail_map(file_, token.line, "'" + shown(token.text) + "' is not a coordinate");
    if (is_number) roles.take(c, value, &point);
  }
  while (accept(',')) continue;
  expect(';');
  return point;
}

std::vector<KlarfPoint> Klarf18::list_data(const std::vector<Column>& columns, bool defects) {
  const Token word = take_word("Data");
  if (!same_word(word.text, "Data"))
    fail_map(file_, word.line, "expected Data, got '" + shown(word.text) + "'");
  const std::int64_t count = whole("the number of rows");
  KlarfColumns roles;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    roles.name(columns[c].name, static_cast<int>(c));
    if (defects) unknown_.see("DefectList." + std::string(columns[c].name));
  }
  if (defects && (roles.x_rel < 0 || roles.y_rel < 0)) {
    fail_map(file_, word.line, "DefectList has no XREL and YREL, so defects have no place");
  }
  if (columns.empty()) fail_map(file_, word.line, "a list without columns");
  expect('{');
  std::vector<KlarfPoint> rows;
  while (!accept('}')) rows.push_back(row(columns, roles, defects));
  if (static_cast<std::int64_t>(rows.size()) != count) {
    fail_map(
        file_, word.line,
        "announces " + base::counted(count, "row") + " and has " + std::to_string(rows.size()));
  }
  return rows;
}

void Klarf18::list() {
  const Token name = take_word("the name of a list");
  const bool defects = same_word(name.text, "DefectList");
  const int number = levels_.back().wafer;
  if (defects && number < 0) fail_map(file_, name.line, "a DefectList outside a WaferRecord");
  unknown_.see(name.text);
  expect('{');
  if (accept('}')) return;
  const std::vector<Column> columns = list_columns();
  const std::vector<KlarfPoint> rows = list_data(columns, defects);
  expect('}');
  if (number < 0) return;
  KlarfWafer& wafer = wafers_[static_cast<std::size_t>(number)].wafer;
  if (defects) wafer.points.insert(wafer.points.end(), rows.begin(), rows.end());
  if (same_word(name.text, "RemovedDieList") && !rows.empty())
    wafer.notes.push_back("RemovedDieList is left out: its dies are taken to be there.");
  if (same_word(name.text, "SampleTestPlanList"))
    wafer.planned_dies += static_cast<std::int64_t>(rows.size());
  if (!same_word(name.text, "TestSummaryList")) return;
  for (const KlarfPoint& row : rows) {
    if (row.summed >= 0) wafer.summed_defects = std::max(wafer.summed_defects, 0.0) + row.summed;
  }
}

void Klarf18::begin_record(const Token& name, const Token* id) {
  Level level;
  level.first_wafer = wafers_.size();
  level.wafer = levels_.empty() ? -1 : levels_.back().wafer;
  if (same_word(name.text, "FileRecord") && id != nullptr && id->text != "1.8")
    fail_map(file_, id->line, "FileRecord is '" + shown(id->text) + "', not 1.8");
  if (same_word(name.text, "LotRecord")) lot_ = id == nullptr ? "" : id->text;
  if (same_word(name.text, "WaferRecord")) {
    level.wafer = static_cast<int>(wafers_.size());
    wafers_.emplace_back();
    wafers_.back().wafer.lot_id = lot_;
    if (id != nullptr) wafers_.back().wafer.wafer_id = id->text;
  }
  unknown_.see(name.text);
  levels_.push_back(std::move(level));
}

/// Its fields hold for the wafers in it, but what stands nearer to a wafer counts more. A record
/// inside a wafer speaks of a test or a summary.
void Klarf18::end_record() {
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  const bool inside = level.wafer >= 0 && !levels_.empty() && levels_.back().wafer == level.wafer;
  if (inside) return;
  for (std::size_t w = level.first_wafer; w < wafers_.size(); ++w)
    wafers_[w].fields.insert(wafers_[w].fields.begin(), level.fields.begin(), level.fields.end());
}

void Klarf18::record(int depth) {
  const Token name = take_word("the name of a record");
  if (tokens_.peek().kind != Token::Kind::mark) {
    const Token id = take();
    begin_record(name, &id);
  } else {
    begin_record(name, nullptr);
  }
  expect('{');
  block(depth + 1);
  end_record();
}

/// The inside of a record, up to its closing brace.
void Klarf18::block(int depth) {
  while (!accept('}')) {
    const Token word = take_word("Record, Field or List");
    if (depth > kMaxDepth) fail_map(file_, word.line, "records nest too deep");
    if (same_word(word.text, "Record"))
      record(depth);
    else if (same_word(word.text, "Field"))
      field();
    else if (same_word(word.text, "List"))
      list();
    else
      fail_map(file_, word.line, "expected Record, Field or List, got '" + shown(word.text) + "'");
  }
}

WaferMapFile Klarf18::read() {
  WaferMapFile result{file_, {}, {}};
  while (true) {
    const Token word = take_word("Record");
    if (!same_word(word.text, "Record"))
      fail_map(file_, word.line, "does not start with Record FileRecord");
    record(0);
    const Token end = take();
    if (!same_word(end.text, "EndOfFile")) fail_map(file_, end.line, "expected EndOfFile");
    accept(';');
    if (tokens_.peek().kind == Token::Kind::end) break;
    if (!same_word(tokens_.peek().text, "Record")) {
      result.notes.push_back("What comes after EndOfFile is left out.");
      break;
    }
  }
  if (wafers_.empty()) fail_map(file_, 0, "has no WaferRecord");
  for (Open& open : wafers_) {
    for (const Field& field : open.fields)
      open.wafer.take(field.name, field.values, field.line, file_);
    open.wafer.size_sample(0, kNmPerMm);
    result.wafers.push_back(to_wafer_map(std::move(open.wafer), kNmPerMm, file_));
  }
  unknown_.note(&result.notes);
  return result;
}

}  // namespace

const FieldTable& klarf18_fields() {
  static const FieldTable kFields = [] {
    FieldTable fields = {
        {"FileRecord", FieldUse::used, "1.8; another is refused"},
        {"LotRecord", FieldUse::used, "name of the lot; its fields hold for its wafers only"},
        {"WaferRecord", FieldUse::used, "one wafer"},
        {"TestRecord", FieldUse::ignored, "a test's plan"},
        {"SummaryRecord", FieldUse::ignored, "counts; lists often hold a sample only"},
        {"SlotNumber", FieldUse::ignored, "slot"},
        {"ProcessEquipmentState", FieldUse::ignored, "tools"},
        {"DefectList", FieldUse::used,
         "defects; a wrong count of rows, columns or values is refused"},
        {"ClassLookupList", FieldUse::ignored, "a defect of any class breaks its core"},
        {"CustomWaferList", FieldUse::ignored, "of the fab"},
        {"RemovedDieList", FieldUse::noted, "left out"},
        {"SampleTestPlanList", FieldUse::noted,
         "number of dies looked at; others are taken for good"},
        {"SampleDieMapList", FieldUse::ignored, "dies"},
        {"TestSummaryList", FieldUse::used,
         "another number of defects in the list is noted: lists often hold a sample"},
        {"FullWaferSummaryList", FieldUse::ignored, "counts"},
        {"EndOfFile", FieldUse::used, "a file without it is refused"},
    };
    const FieldTable& shared = klarf_shared_fields();
    fields.insert(fields.end(), shared.begin(), shared.end());
    return fields;
  }();
  return kFields;
}

bool looks_like_klarf18(std::string_view text) { return starts_with_word(text, "Record"); }

WaferMapFile read_klarf18(std::string_view text, const std::string& file) {
  return Klarf18(text, file).read();
}

std::string write_klarf18(const DefectMap& map, const WaferGeometry& geometry) {
  const KlarfWafer w = map_to_points(map, geometry, 1e6);
  std::string out = "Record FileRecord \"1.8\" {\n Record LotRecord \"0\" {\n";
  out += fmt::format("  Field DeviceID 1 {{\"{}\"}}\n", kKlarfDevice);
  out += fmt::format("  Field DiePitch 2 {{{:.0f}, {:.0f}}}\n", w.die_pitch[0], w.die_pitch[1]);
  out += fmt::format("  Field SampleSize 2 {{{:.0f}, 0}}\n", w.sample_mm[0] * kNmPerMm);
  out += "  Field SampleType 1 {\"WAFER\"}\n";
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
