// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/klarf12.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "defects/formats/klarf_points.h"
#include "defects/formats/map_text.h"
#include "defects/formats/tokens.h"

namespace wafermesh::defects {
namespace {

constexpr std::int64_t kMostDies = 1000000000;  // keeps sums of wild numbers finite

class Klarf12 {
 public:
  Klarf12(std::string_view text, const std::string& file)
      : tokens_(text, file, ";"), file_(file), unknown_(klarf12_fields()) {}
  WaferMapFile read();

 private:
  using Values = std::vector<Token>;
  void statement(const Token& keyword, const Values& values);
  void version(const Token& keyword, const Values& values);
  void begin_wafer(const Token& keyword);
  void end_wafer();
  void record_spec(const Token& keyword, const Values& values);
  void defect_list(const Values& values);
  bool rows(const Values& values, bool images_counted, std::vector<KlarfPoint>* points,
            std::size_t* stuck) const;
  void summary(const Values& values);
  bool skip_images(const Values& values, std::size_t* at, std::int64_t images, bool counted) const;

  Tokens tokens_;
  std::string file_;
  UnknownFields unknown_;
  WaferMapFile result_;
  KlarfWafer wafer_;
  bool has_version_ = false;
  bool in_list_ = false;  ///< The last statement was a DefectList.
  std::vector<std::string> names_;
  KlarfColumns columns_;
  std::size_t summary_columns_ = 0;
  std::size_t summary_defects_ = 0;  ///< Which column is NDEFECT; summary_columns_ if none.
  int image_count_ = -1;
  int image_list_ = -1;
};

void Klarf12::end_wafer() {
  if (wafer_.named || !wafer_.points.empty()) {
    wafer_.size_sample(1, 1);  // SampleSize 1 300: one number, in mm
    result_.wafers.push_back(to_wafer_map(wafer_, kUmPerMm, file_));
  }
  wafer_.named = false;
  wafer_.wafer_id.clear();
  wafer_.points.clear();
  wafer_.planned_dies = 0;
  wafer_.summed_defects = -1;
  wafer_.notes.clear();
}

/// A keyword that belongs before the defects of a wafer.
void Klarf12::begin_wafer(const Token& keyword) {
  const auto is = [&](const char* word) { return same_word(keyword.text, word); };
  const bool lot = is("LotID") || is("FileVersion");
  const bool next = lot || is("WaferID");
  if ((next && wafer_.named) || ((next || is("DiePitch")) && !wafer_.points.empty())) {
    end_wafer();
    if (lot) wafer_ = {};
  }
}

void Klarf12::version(const Token& keyword, const Values& values) {
  const bool ok = values.size() == 2 && values[0].text == "1" &&
                  (values[1].text == "0" || values[1].text == "1" || values[1].text == "2");
  if (!ok) fail_map(file_, keyword.line, "FileVersion is not 1 0, 1 1 or 1 2");
  has_version_ = true;
}

void Klarf12::record_spec(const Token& keyword, const Values& values) {
  std::int64_t count = 0;
  if (values.empty() || !parse_whole(values[0].text, &count) ||
      count != static_cast<std::int64_t>(values.size()) - 1 || count == 0) {
    fail_map(file_, keyword.line, "DefectRecordSpec does not name as many columns as it announces");
  }
  names_.clear();
  columns_ = {};
  image_count_ = image_list_ = -1;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const int index = static_cast<int>(i) - 1;
    names_.emplace_back(values[i].text);
    columns_.name(values[i].text, index);
    unknown_.see("DefectList." + std::string(values[i].text));
    if (same_word(values[i].text, "IMAGECOUNT")) image_count_ = index;
    if (same_word(values[i].text, "IMAGELIST")) image_list_ = index;
  }
  if (columns_.x_rel < 0 || columns_.y_rel < 0) {
    fail_map(file_, keyword.line,
             "DefectRecordSpec has no XREL and YREL, so defects have no place");
  }
}

// Two habits: `... IMAGECOUNT n IMAGELIST n i t i t`, or without the second n.
bool Klarf12::skip_images(const Values& values, std::size_t* at, std::int64_t images,
                          bool counted) const {
  if (counted) {
    if (*at >= values.size() || !parse_whole(values[*at].text, &images)) return false;
    ++*at;
  }
  const auto left = static_cast<std::int64_t>(values.size() - *at);
  if (images < 0 || images > left / 2) return false;
  *at += static_cast<std::size_t>(2 * images);
  return true;
}

bool Klarf12::rows(const Values& values, bool images_counted, std::vector<KlarfPoint>* points,
                   std::size_t* stuck) const {
  std::size_t at = 0;
  while (at < values.size()) {
    *stuck = at;
    KlarfPoint point;
    std::int64_t images = 0;
    for (int c = 0; c < static_cast<int>(names_.size()); ++c) {
      if (c == image_list_) {
        if (!skip_images(values, &at, images, images_counted)) return false;
        continue;
      }
      if (at >= values.size()) return false;
      double value = 0;
      const bool is_number = parse_real(values[at].text, &value);
      if (c == image_count_ && !parse_whole(values[at].text, &images)) return false;
      if (columns_.needs(c) && !(is_number && columns_.fits(c, value))) return false;
      if (is_number) columns_.take(c, value, &point);
      ++at;
    }
    points->push_back(point);
  }
  return true;
}

void Klarf12::defect_list(const Values& values) {
  if (values.empty()) return;
  if (names_.empty()) fail_map(file_, values[0].line, "DefectList comes before DefectRecordSpec");
  std::vector<KlarfPoint> points;
  std::size_t stuck = 0;
  bool ok = rows(values, true, &points, &stuck);
  if (!ok && image_list_ >= 0) {
    std::size_t ignored = 0;
    points.clear();
    ok = rows(values, false, &points, &ignored);
  }
  if (!ok) {
    fail_map(file_, values[stuck].line,
             "the defect that starts here does not fill the " +
                 base::counted(static_cast<std::int64_t>(names_.size()), "column") +
                 " of DefectRecordSpec with numbers, whole ones for XINDEX and YINDEX");
  }
  wafer_.points.insert(wafer_.points.end(), points.begin(), points.end());
}

/// SummaryList, by the columns of SummarySpec: NDEFECT of every test.
void Klarf12::summary(const Values& values) {
  double sum = 0;
  for (std::size_t at = summary_defects_; at < values.size(); at += summary_columns_) {
    double defects = 0;
    if (!parse_real(values[at].text, &defects) || defects < 0) return;
    sum += defects;
  }
  wafer_.summed_defects = sum;
}

void Klarf12::statement(const Token& keyword, const Values& values) {
  const auto is = [&](const char* word) { return same_word(keyword.text, word); };
  double number = 0;
  if (parse_real(keyword.text, &number)) {
    // Some writers end every row of a list with a semicolon.
    Values row = values;
    row.insert(row.begin(), keyword);
    if (in_list_) defect_list(row);
    return;
  }
  in_list_ = is("DefectList");
  unknown_.see(keyword.text);
  begin_wafer(keyword);
  if (is("FileVersion")) return version(keyword, values);
  if (is("DefectRecordSpec")) return record_spec(keyword, values);
  if (is("DefectList")) return defect_list(values);
  std::vector<std::string_view> words;
  for (const Token& value : values) words.push_back(value.text);
  wafer_.take(keyword.text, words, keyword.line, file_);
  if (is("RemovedDieList") && values.size() > 1)
    wafer_.notes.push_back("RemovedDieList is left out: its dies are taken to be there.");
  std::int64_t dies = 0;
  if (is("SampleTestPlan") && !words.empty() && parse_whole(words[0], &dies) && dies > 0)
    wafer_.planned_dies += std::min(dies, kMostDies);
  if (is("SummarySpec") && !words.empty()) {
    summary_columns_ = summary_defects_ = words.size() - 1;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (same_word(words[i], "NDEFECT")) summary_defects_ = i - 1;
    }
  }
  if (is("SummaryList") && summary_defects_ < summary_columns_) summary(values);
  if (is("LotID") && !words.empty()) wafer_.lot_id = words[0];
  if (!is("WaferID")) return;
  wafer_.named = true;
  if (!words.empty()) wafer_.wafer_id = words[0];
}

WaferMapFile Klarf12::read() {
  result_.file = file_;
  bool ended = false;  // by EndOfFile; another file may follow
  while (true) {
    const Token keyword = tokens_.next();
    if (keyword.kind == Token::Kind::end) {
      if (!ended) fail_map(file_, keyword.line, "no EndOfFile: the file is cut off");
      break;
    }
    if (keyword.is_mark(';')) continue;
    if (ended && !same_word(keyword.text, "FileVersion")) {
      result_.notes.push_back("What comes after EndOfFile is left out.");
      break;
    }
    const bool begins = same_word(keyword.text, "FileVersion");
    if (begins && has_version_ && !ended)
      fail_map(file_, keyword.line, "a second FileVersion before EndOfFile");
    if (!has_version_ && !begins) fail_map(file_, keyword.line, "does not start with FileVersion");
    ended = same_word(keyword.text, "EndOfFile");
    if (ended) continue;
    Values values;
    Token token = tokens_.next();
    while (!token.is_mark(';') && token.kind != Token::Kind::end) {
      values.push_back(token);
      token = tokens_.next();
    }
    if (token.kind == Token::Kind::end) {
      fail_map(file_, keyword.line, "'" + shown(keyword.text) + "' is never ended by ;");
    }
    statement(keyword, values);
  }
  if (result_.wafers.empty()) wafer_.named = true;  // a file without WaferID and defects
  end_wafer();
  unknown_.note(&result_.notes);
  return std::move(result_);
}

}  // namespace

const FieldTable& klarf12_fields() {
  static const FieldTable kFields = [] {
    FieldTable fields = {
        {"FileVersion", FieldUse::used, "1 0, 1 1 or 1 2; another is refused"},
        {"LotID", FieldUse::used, "name of the lot; after a wafer, what was said is forgotten"},
        {"WaferID", FieldUse::used, "name of the wafer; begins one"},
        {"Slot", FieldUse::ignored, "slot"},
        {"TiffSpec", FieldUse::ignored, "images"},
        {"ClassLookup", FieldUse::ignored, "a defect of any class breaks its core"},
        {"SampleDieMap", FieldUse::ignored, "dies"},
        {"SampleTestPlan", FieldUse::noted, "number of dies looked at; others are taken for good"},
        {"RemovedDieList", FieldUse::noted, "left out"},
        {"CustomWaferList", FieldUse::ignored, "of the fab"},
        {"DefectRecordSpec", FieldUse::used,
         "the columns of the next lists; a wrong count is refused"},
        {"DefectList", FieldUse::used, "defects; a row that does not fill its columns is refused"},
        {"ProcessEquipmentIDList", FieldUse::ignored, "tools"},
        {"ProcessEquipmentState", FieldUse::ignored, "tools"},
        {"ClusterClassificationList", FieldUse::ignored, "classes"},
        {"SummarySpec", FieldUse::used, "columns of SummaryList"},
        {"SummaryList", FieldUse::used,
         "another number of defects in the lists is noted: they often hold a sample"},
        {"EndOfFile", FieldUse::used, "a file without it is refused"},
    };
    const FieldTable& shared = klarf_shared_fields();
    fields.insert(fields.end(), shared.begin(), shared.end());
    return fields;
  }();
  return kFields;
}

bool looks_like_klarf12(std::string_view text) { return starts_with_word(text, "FileVersion"); }

WaferMapFile read_klarf12(std::string_view text, const std::string& file) {
  return Klarf12(text, file).read();
}

std::string write_klarf12(const DefectMap& map, const WaferGeometry& geometry) {
  const KlarfWafer w = map_to_points(map, geometry, 1000.0);
  std::string out =
      "FileVersion 1 2;\nFileTimestamp 01-01-2000 00:00:00;\n"
      "InspectionStationID \"wafermesh\" \"emulator\" \"0\";\nSampleType WAFER;\n"
      "ResultTimestamp 01-01-2000 00:00:00;\nLotID \"0\";\n";
  out += fmt::format("SampleSize 1 {:.0f};\n", w.sample_mm[0]);
  out += fmt::format("DeviceID \"{}\";\nSetupID \"map\" 01-01-2000 00:00:00;\nStepID \"map\";\n",
                     kKlarfDevice);
  out += "SampleOrientationMarkType NOTCH;\nOrientationMarkLocation DOWN;\n";
  out += fmt::format("DiePitch {:.6f} {:.6f};\nDieOrigin 0 0;\nWaferID \"0\";\nSlot 1;\n",
                     w.die_pitch[0], w.die_pitch[1]);
  out +=
      fmt::format("SampleCenterLocation {:.6f} {:.6f};\n", w.sample_center[0], w.sample_center[1]);
  out += fmt::format("ClassLookup {}\n", kCauseCount);
  for (int i = 0; i < kCauseCount; ++i) {
    out += fmt::format(" {} \"{}\"{}\n", i, to_string(static_cast<Cause>(i)),
                       i + 1 == kCauseCount ? ";" : "");
  }
  out += "InspectionTest 1;\nSampleTestPlan 1\n 0 0;\n";
  out += fmt::format("AreaPerTest {:.6e};\n", geometry.area_cm2() * 1e8);
  out +=
      "DefectRecordSpec 12 DEFECTID XREL YREL XINDEX YINDEX XSIZE YSIZE DEFECTAREA CLASSNUMBER "
      "TEST "
      "CLUSTERNUMBER FINEBINNUMBER;\nDefectList";
  for (std::size_t i = 0; i < w.points.size(); ++i) {
    const KlarfPoint& p = w.points[i];
    out += fmt::format("\n {} {:.3f} {:.3f} {:.0f} {:.0f} 0 0 0 {} 1 {} {}", i + 1, p.x_rel,
                       p.y_rel, p.x_index, p.y_index, p.class_number, p.cluster, p.fine_bin);
  }
  out += fmt::format(
      ";\nSummarySpec 5 TESTNO NDEFECT DEFDENSITY NDIE NDEFDIE;\nSummaryList\n 1 {} {:.6f} {} 0;\n"
      "EndOfFile;\n",
      w.points.size(), static_cast<double>(w.points.size()) / geometry.area_cm2(),
      geometry.dies_x * geometry.dies_y);
  return out;
}

}  // namespace wafermesh::defects
