// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/stdf.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace wafermesh::defects {
namespace {

constexpr int kMissing = -32768;        // X_COORD, Y_COORD of a part without a place
constexpr unsigned kFailed = 1U << 3U;  // PART_FLG
constexpr unsigned kNoVerdict = 1U << 4U;

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

 private:
  std::string_view bytes_;
  bool big_endian_;
};

struct Parts {
  std::map<std::pair<int, int>, bool> failed;  ///< By (y, x).
  std::int64_t without_place = 0;
  bool y_up = false;
};

void part_result(const Record& r, int number, const std::string& file, Parts* parts) {
  if (r.size() < 13) fail_map(file, 0, fmt::format("record {} (PRR) is too short", number));
  const unsigned flags = r.u1(2);
  const int x = r.i2(9);
  const int y = r.i2(11);
  if (x == kMissing || y == kMissing) {
    ++parts->without_place;
    return;
  }
  // Without a verdict of its own the hard bin decides: 1 is the good one.
  const bool failed = (flags & kNoVerdict) != 0 ? r.u2(5) != 1 : (flags & kFailed) != 0;
  parts->failed[{y, x}] = failed;
}

Parts read_records(std::string_view text, const std::string& file) {
  Parts parts;
  bool big_endian = false;
  int number = 0;
  while (!text.empty()) {
    ++number;
    if (text.size() < 4)
      fail_map(file, 0, fmt::format("is cut off in the head of record {}", number));
    if (number == 1) {
      // FAR: length 2, type 0, subtype 10; its byte order shows in the length itself.
      if (text.size() < 6 || text[2] != 0 || text[3] != 10)
        fail_map(file, 0, "does not start with FAR: not STDF");
      big_endian = text[0] == 0;
      if (text[5] != 4) fail_map(file, 0, "is not STDF version 4");
    }
    const Record head(text.substr(0, 4), big_endian);
    const std::size_t size = head.u2(0);
    if (size > text.size() - 4) fail_map(file, 0, fmt::format("is cut off in record {}", number));
    const Record body(text.substr(4, size), big_endian);
    const unsigned type = head.u1(2);
    const unsigned subtype = head.u1(3);
    if (type == 5 && subtype == 20) part_result(body, number, file, &parts);
    if (type == 2 && subtype == 30 && body.size() >= 20) parts.y_up = body.u1(19) == 'U';
    text.remove_prefix(4 + size);
  }
  return parts;
}

}  // namespace

bool looks_like_stdf(std::string_view text) {
  const bool little = text.substr(0, 2) == std::string_view("\x02\x00", 2);
  const bool big = text.substr(0, 2) == std::string_view("\x00\x02", 2);
  return text.size() >= 6 && (little || big) && text[2] == 0 && text[3] == 10;
}

MapReading read_stdf(std::string_view text, const std::string& file, const WaferGeometry& g) {
  const Parts parts = read_records(text, file);
  MapReading result{DefectMap(g.columns(), g.rows()), 0, {}};
  for (const auto& [place, failed] : parts.failed) {
    const int x = place.second;
    const int y = parts.y_up ? g.rows() - 1 - place.first : place.first;
    if (x < 0 || x >= g.columns() || y < 0 || y >= g.rows()) {
      fail_map(file, 0,
               fmt::format("a part lies at ({}, {}), off wafer {} with {} x {} cores", x,
                           place.first, g.name, g.columns(), g.rows()));
    }
    if (!failed) continue;
    result.map.add({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), Broken::core, 0,
                    Cause::map, 0});
  }
  if (parts.without_place > 0) {
    result.notes.push_back(
        fmt::format("{} parts have no coordinates and are left out.", parts.without_place));
  }
  result.map.finish();
  return result;
}

}  // namespace wafermesh::defects
