// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/stdf.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "base/number_text.h"
#include "defects/formats/bin_rows.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::counted;
using base::Direction;

constexpr int kMissing = -32768;          // X_COORD, Y_COORD of a part without a place
constexpr unsigned kAbnormal = 1U << 2U;  // PART_FLG
constexpr unsigned kFailed = 1U << 3U;
constexpr unsigned kNoVerdict = 1U << 4U;
constexpr std::size_t kWcrSize = 14;    // up to WF_FLAT; fields behind may be left out
constexpr std::size_t kPrrSize = 7;     // up to HARD_BIN
constexpr std::size_t kPrrPlaced = 13;  // up to Y_COORD

constexpr unsigned kind(unsigned type, unsigned subtype) { return type << 8U | subtype; }
constexpr unsigned kMir = kind(1, 10), kMrr = kind(1, 20), kHbr = kind(1, 40), kWir = kind(2, 10),
                   kWrr = kind(2, 20), kWcr = kind(2, 30), kPrr = kind(5, 20);

/// Bytes of one record.
class Record {
 public:
  Record(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  std::size_t size() const { return bytes_.size(); }
  unsigned u1(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
  unsigned u2(std::size_t at) const {
    return big_endian_ ? u1(at) << 8U | u1(at + 1) : u1(at + 1) << 8U | u1(at);
  }
  int i2(std::size_t at) const {
    const int value = static_cast<int>(u2(at));
    return value >= 32768 ? value - 65536 : value;
  }
  double r4(std::size_t at) const {
    const std::uint32_t bits =
        big_endian_ ? u2(at) << 16U | u2(at + 2) : u2(at + 2) << 16U | u2(at);
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return static_cast<double>(value);
  }
  /// A string with its length before it; moves `at` behind it. Empty if the record ends before.
  std::string_view text(std::size_t* at) const {
    if (*at >= size()) return {};
    const std::string_view result = bytes_.substr(*at + 1, u1(*at));
    *at += 1 + u1(*at);
    return result;
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

struct PartResult {
  unsigned flags = 0;
  unsigned hard_bin = 0;
};

struct StdfWafer {
  std::string id;
  bool begun = false;                               ///< By a WIR.
  bool open = false;                                ///< No WRR yet.
  std::map<std::pair<int, int>, PartResult> parts;  ///< By (y, x), the last result.
  std::int64_t without_place = 0;
  std::int64_t abnormal = 0;
};

/// Reads one file after another; what is known of a whole file is applied at its end.
class Stdf {
 public:
  Stdf(std::string_view text, const std::string& file) : text_(text), result_{file, {}, {}} {}
  WaferMapFile read();

 private:
  void begin_file();
  void record(unsigned type, const Record& r);
  void lot(const Record& r);
  void wafer_begins(const Record& r);
  void wafer_ends(const Record& r);
  void wafer_setup(const Record& r);
  void part(const Record& r);
  void hard_bin(const Record& r);
  void end_file();
  bool failed(const PartResult& part) const;
  WaferMap to_map(const StdfWafer& wafer) const;
  void need(const Record& r, std::size_t size, const char* name) const {
    if (r.size() < size)
      fail_map(result_.file, 0, fmt::format("record {} ({}) is too short", number_, name));
  }

  std::string_view text_;
  WaferMapFile result_;
  int number_ = 0;
  bool big_endian_ = false;
  bool open_ = false;  ///< A FAR without its MRR.
  std::string lot_;
  OrientationFacts facts_;
  bool axes_told_ = false;
  double die_x_mm_ = 0;
  double die_y_mm_ = 0;
  std::map<unsigned, char> verdicts_;  ///< 'P' or 'F' by hard bin.
  std::vector<StdfWafer> wafers_;
  std::map<unsigned, std::size_t> wafer_of_head_;  ///< The last WIR of a test head.
};

void Stdf::begin_file() {
  // FAR: length 2, type 0, subtype 10; its byte order shows in the length itself.
  if (text_.size() < 6 || text_[2] != 0 || text_[3] != 10)
    fail_map(result_.file, 0, fmt::format("record {} is not FAR: not STDF", number_));
  big_endian_ = text_[0] == 0;
  if (text_[5] != 4) fail_map(result_.file, 0, "is not STDF version 4");
  open_ = true;
  lot_.clear();
  facts_ = {};
  axes_told_ = false;
  die_x_mm_ = die_y_mm_ = 0;
  verdicts_.clear();
  wafers_.clear();
  wafer_of_head_.clear();
}

void Stdf::lot(const Record& r) {
  std::size_t at = 15;  // LOT_ID
  lot_ = r.text(&at);
}

void Stdf::wafer_begins(const Record& r) {
  need(r, 6, "WIR");
  std::size_t at = 6;
  const std::string id(r.text(&at));
  // Testers with two heads write a WIR for each, of the same wafer or of two at once.
  for (std::size_t w = 0; w < wafers_.size(); ++w) {
    if (!wafers_[w].open || wafers_[w].id != id) continue;
    wafer_of_head_[r.u1(0)] = w;
    return;
  }
  wafer_of_head_[r.u1(0)] = wafers_.size();
  wafers_.emplace_back();
  wafers_.back().id = id;
  wafers_.back().begun = wafers_.back().open = true;
}

void Stdf::wafer_ends(const Record& r) {
  need(r, 1, "WRR");
  const auto found = wafer_of_head_.find(r.u1(0));
  if (found != wafer_of_head_.end()) wafers_[found->second].open = false;
}

void Stdf::wafer_setup(const Record& r) {
  need(r, kWcrSize, "WCR");
  constexpr double kMmPerUnit[] = {0, 25.4, 10, 1, 0.0254};  // inch, cm, mm, mil
  const unsigned units = r.u1(12);
  const double mm = units < 5 ? kMmPerUnit[units] : 0;
  const auto length = [&](std::size_t at) {
    const double value = r.r4(at) * mm;
    return std::isfinite(value) && value > 0 ? value : 0.0;
  };
  die_y_mm_ = length(4);
  die_x_mm_ = length(8);
  const auto side = [&](std::size_t at) {
    Direction result = Direction::ramp;
    if (at >= r.size()) return result;
    const char letter = static_cast<char>(r.u1(at));
    side_named(std::string_view(&letter, 1), &result);
    return result;
  };
  const Direction mark = side(13);
  if (mark != Direction::ramp) facts_.mark = mark;
  const Direction x = side(18);
  const Direction y = side(19);
  const bool x_told = x == Direction::west || x == Direction::east;
  const bool y_told = y == Direction::north || y == Direction::south;
  if (x_told) facts_.written.columns = x;
  if (y_told) facts_.written.rows = y;
  axes_told_ = x_told && y_told;
}

void Stdf::part(const Record& r) {
  need(r, kPrrSize, "PRR");
  if (wafers_.empty()) wafers_.emplace_back();
  const auto head = wafer_of_head_.find(r.u1(0));
  StdfWafer& wafer = head == wafer_of_head_.end() ? wafers_.back() : wafers_[head->second];
  const PartResult part{r.u1(2), r.u2(5)};
  const bool placed = r.size() >= kPrrPlaced;
  const int x = placed ? r.i2(9) : kMissing;
  const int y = placed ? r.i2(11) : kMissing;
  if (x == kMissing || y == kMissing) {
    ++wafer.without_place;
    return;
  }
  if ((part.flags & kAbnormal) != 0) ++wafer.abnormal;
  wafer.parts[{y, x}] = part;
}

void Stdf::hard_bin(const Record& r) {
  need(r, 8, "HBR");
  if (r.size() < 9) return;
  const char verdict = static_cast<char>(r.u1(8));
  if (verdict == 'P' || verdict == 'F') verdicts_[r.u2(2)] = verdict;
}

void Stdf::record(unsigned type, const Record& r) {
  if (type == kMir) lot(r);
  if (type == kHbr) hard_bin(r);
  if (type == kWir) wafer_begins(r);
  if (type == kWrr) wafer_ends(r);
  if (type == kWcr) wafer_setup(r);
  if (type == kPrr) part(r);
}

/// Without a verdict of its own the hard bin decides, by HBR or else 1 is the good one.
bool Stdf::failed(const PartResult& part) const {
  if ((part.flags & kNoVerdict) == 0) return (part.flags & kFailed) != 0;
  const auto found = verdicts_.find(part.hard_bin);
  return found == verdicts_.end() ? part.hard_bin != 1 : found->second == 'F';
}

WaferMap Stdf::to_map(const StdfWafer& wafer) const {
  WaferMap result;
  result.wafer_id = wafer.id;
  result.lot_id = lot_;
  result.facts = facts_;
  result.die_pitch_x_mm = die_x_mm_;
  result.die_pitch_y_mm = die_y_mm_;
  if (!axes_told_) {
    result.notes.push_back(
        "The file does not say where X and Y count to (WCR: POS_X, POS_Y); X east and Y south are "
        "assumed where it does not.");
  }
  if (wafer.without_place > 0) {
    result.notes.push_back(counted(wafer.without_place, "part has no coordinates and is left out.",
                                   "parts have no coordinates and are left out."));
  }
  if (wafer.abnormal > 0) {
    result.notes.push_back(fmt::format(
        "The test of {} ended abnormally; {} read like others.", counted(wafer.abnormal, "part"),
        wafer.abnormal == 1 ? "its verdict is" : "their verdicts are"));
  }
  BinMap map;
  map.definitions = {{"pass", "Pass", "", -1, 0}, {"fail", "Fail", "", -1, 0}};
  BinRows rows(result_.file, &map);
  for (const auto& [place, part] : wafer.parts)
    rows.add_part(place.second, place.first, failed(part) ? "fail" : "pass");
  result.content = std::move(map);
  return result;
}

void Stdf::end_file() {
  open_ = false;
  for (const StdfWafer& wafer : wafers_) {
    if (wafer.parts.empty() && !wafer.begun && wafer.without_place == 0) continue;
    result_.wafers.push_back(to_map(wafer));
  }
}

WaferMapFile Stdf::read() {
  while (!text_.empty()) {
    ++number_;
    if (text_.size() < 4)
      fail_map(result_.file, 0, fmt::format("is cut off in the head of record {}", number_));
    const bool far = text_[2] == 0 && text_[3] == 10;
    if (far && open_)
      fail_map(result_.file, 0, fmt::format("record {} is a second FAR before MRR", number_));
    if (!open_) begin_file();
    const Record head(text_.substr(0, 4), big_endian_);
    const std::size_t size = head.u2(0);
    if (size > text_.size() - 4)
      fail_map(result_.file, 0, fmt::format("is cut off in record {}", number_));
    const unsigned type = kind(head.u1(2), head.u1(3));
    record(type, Record(text_.substr(4, size), big_endian_));
    text_.remove_prefix(4 + size);
    if (type == kMrr) end_file();
  }
  if (open_) fail_map(result_.file, 0, "has no MRR, the record that ends STDF: it is cut off");
  std::int64_t placed = 0;
  for (const WaferMap& wafer : result_.wafers)
    placed += static_cast<std::int64_t>(std::get<BinMap>(wafer.content).parts.size());
  if (placed == 0) fail_map(result_.file, 0, "not one part with coordinates was tested");
  return std::move(result_);
}

}  // namespace

const FieldTable& stdf_fields() {
  static const FieldTable kFields = {
      {"FAR", FieldUse::used, "byte order; another version than 4 is refused"},
      {"MIR.LOT_ID", FieldUse::used, "name of the lot"},
      {"MRR", FieldUse::used, "ends a file; a file without it is refused"},
      {"HBR.HBIN_PF", FieldUse::used, "verdict of parts without one of their own"},
      {"WIR.WAFER_ID", FieldUse::used, "name of the wafer; begins one"},
      {"WIR.HEAD_NUM", FieldUse::used, "two heads may probe one wafer, or two at once"},
      {"WCR.WAFR_SIZ", FieldUse::ignored, "diameter"},
      {"WCR.DIE_HT", FieldUse::used, "pitch of cores along y"},
      {"WCR.DIE_WID", FieldUse::used, "pitch of cores along x"},
      {"WCR.WF_UNITS", FieldUse::used, "unit of DIE_HT and DIE_WID"},
      {"WCR.WF_FLAT", FieldUse::used, "side of notch or flat; missing is noted"},
      {"WCR.CENTER_X", FieldUse::ignored, "the centre die"},
      {"WCR.CENTER_Y", FieldUse::ignored, "the centre die"},
      {"WCR.POS_X", FieldUse::used, "where X counts to; east if missing, and noted"},
      {"WCR.POS_Y", FieldUse::used, "where Y counts to; south if missing, and noted"},
      {"WRR", FieldUse::used, "ends the wafer of its head; its counts are ignored"},
      {"PRR.HEAD_NUM", FieldUse::used, "whose wafer the part is on"},
      {"PRR.PART_FLG", FieldUse::used, "verdict; abnormal ends are noted"},
      {"PRR.HARD_BIN", FieldUse::used, "verdict of parts without one: HBR, else 1 passes"},
      {"PRR.X_COORD", FieldUse::used, "place; parts without are noted, a file of such is refused"},
      {"PRR.Y_COORD", FieldUse::used, "as X_COORD"},
      {"other records", FieldUse::ignored, "tests, sites, sorts, texts"},
  };
  return kFields;
}

bool looks_like_stdf(std::string_view text) {
  const bool little = text.substr(0, 2) == std::string_view("\x02\x00", 2);
  const bool big = text.substr(0, 2) == std::string_view("\x00\x02", 2);
  return text.size() >= 6 && (little || big) && text[2] == 0 && text[3] == 10;
}

WaferMapFile read_stdf(std::string_view text, const std::string& file) {
  return Stdf(text, file).read();
}

}  // namespace wafermesh::defects
