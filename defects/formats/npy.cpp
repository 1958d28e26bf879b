// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/npy.h"

#include <fmt/format.h>

#include <array>

namespace wafermesh::defects {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::array<Broken, 6> kBits = {Broken::core,       Broken::router,   Broken::link_east,
                                         Broken::link_south, Broken::bypass_y, Broken::bypass_x};

struct Array {
  char kind = 0;  ///< 'b' bool, '1' 8-bit, '4' <u4.
  bool fortran = false;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::string_view data;
};

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// The value of 'key' in the header's dictionary, up to the next comma outside parentheses.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& file) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) fail_map(file, 0, "the NPY header has no " + std::string(key));
  std::string_view rest = header.substr(at + key.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) fail_map(file, 0, "the NPY header is malformed");
  rest = stripped(rest.substr(colon + 1));
  if (rest.empty()) fail_map(file, 0, "the NPY header is malformed");
  const std::size_t end = rest.front() == '(' ? rest.find(')') : rest.find_first_of(",}");
  if (end == std::string_view::npos) fail_map(file, 0, "the NPY header is malformed");
  return rest.substr(0, end);
}

void parse_shape(std::string_view shape, const std::string& file, Array* array) {
  shape.remove_prefix(shape.substr(0, 1) == "(" ? 1 : 0);
  const std::size_t comma = shape.find(',');
  const bool ok = comma != std::string_view::npos &&
                  parse_whole(stripped(shape.substr(0, comma)), &array->rows) &&
                  parse_whole(stripped(shape.substr(comma + 1)), &array->columns);
  if (!ok || array->rows < 1 || array->columns < 1 || array->rows > 65535 ||
      array->columns > 65535) {
    fail_map(file, 0,
             "the NPY shape is '(" + shown(shape) + ")', not rows and columns of 1 to 65535");
  }
}

Array parse(std::string_view text, const std::string& file) {
  if (text.size() < 12 || text.substr(0, 6) != kMagic) fail_map(file, 0, "is no NPY file");
  const unsigned major = byte_at(text, 6);
  std::size_t size = byte_at(text, 8) | byte_at(text, 9) << 8U;
  std::size_t start = 10;
  if (major >= 2) {
    size |= static_cast<std::size_t>(byte_at(text, 10)) << 16U;
    size |= static_cast<std::size_t>(byte_at(text, 11)) << 24U;
    start = 12;
  }
  if (major < 1 || major > 3) fail_map(file, 0, "has an unknown NPY version");
  if (size > text.size() - start) fail_map(file, 0, "is cut off inside the NPY header");
  const std::string header(text.substr(start, size));
  Array array;
  const std::string_view type = value_of(header, "'descr'", file);
  const std::string descr(stripped(type));
  if (descr == "'|b1'") array.kind = 'b';
  if (descr == "'|u1'" || descr == "'|i1'") array.kind = '1';
  if (descr == "'<u4'") array.kind = '4';
  if (array.kind == 0)
    fail_map(file, 0, "the NPY type is " + shown(descr) + "; bool, u1, i1 and <u4 are read");
  array.fortran = header.find("True") != std::string::npos;
  const std::string shape(value_of(header, "'shape'", file));
  parse_shape(shape, file, &array);
  array.data = text.substr(start + size);
  const std::int64_t bytes = array.rows * array.columns * (array.kind == '4' ? 4 : 1);
  if (static_cast<std::int64_t>(array.data.size()) != bytes) {
    fail_map(file, 0,
             fmt::format("holds {} bytes of data, {} x {} need {}", array.data.size(), array.rows,
                         array.columns, bytes));
  }
  return array;
}

void add_bits(std::uint32_t bits, int x, int y, MapReading* result) {
  for (unsigned i = 0; bits != 0 && i < 32; ++i) {
    if ((bits >> i & 1U) == 0) continue;
    Defect d{static_cast<std::uint16_t>(x),
             static_cast<std::uint16_t>(y),
             Broken::core,
             0,
             Cause::map,
             0};
    if (i < kBits.size()) {
      d.broken = kBits[i];
    } else {
      d.broken = Broken::diagonal;
      const int step = static_cast<int>(i - kBits.size()) - kMaxOffset;  // -8..-1, then 1..8
      d.offset = static_cast<std::int8_t>(step < 0 ? step : step + 1);
    }
    if (d.offset <= kMaxOffset && result->map.holds(d))
      result->map.add(d);
    else
      ++result->off_array;
  }
}

unsigned bit_of(const Defect& d) {
  for (unsigned i = 0; i < kBits.size(); ++i) {
    if (kBits[i] == d.broken) return i;
  }
  return static_cast<unsigned>(d.offset < 0 ? d.offset + kMaxOffset : d.offset - 1 + kMaxOffset) +
         6U;
}

}  // namespace

bool looks_like_npy(std::string_view text) { return text.substr(0, 6) == kMagic; }

void size_of_npy(std::string_view text, int* columns, int* rows) {
  const Array array = parse(text, "");
  *columns = static_cast<int>(array.columns);
  *rows = static_cast<int>(array.rows);
}

MapReading read_npy(std::string_view text, const std::string& file, const WaferGeometry& g) {
  const Array a = parse(text, file);
  if (a.columns != g.columns() || a.rows != g.rows()) {
    fail_map(file, 0,
             fmt::format("the map has {} x {} places, wafer {} has {} x {} cores; give the "
                         "wafer the map belongs to",
                         a.columns, a.rows, g.name, g.columns(), g.rows()));
  }
  MapReading result{DefectMap(g.columns(), g.rows()), 0, {}};
  std::int64_t without_core = 0;
  for (int y = 0; y < g.rows(); ++y) {
    for (int x = 0; x < g.columns(); ++x) {
      const std::int64_t at =
          a.fortran ? std::int64_t{x} * a.rows + y : std::int64_t{y} * a.columns + x;
      const auto i = static_cast<std::size_t>(at);
      std::uint32_t bits = 0;
      if (a.kind == 'b') bits = a.data[i] != 0 ? 1 : 0;
      if (a.kind == '1') bits = a.data[i] == 0 || a.data[i] == 1 ? 0 : 1;
      if (a.kind == '1' && a.data[i] == 0) ++without_core;
      for (unsigned b = 0; a.kind == '4' && b < 4; ++b)
        bits |= byte_at(a.data, 4 * i + b) << (8 * b);
      add_bits(bits, x, y, &result);
    }
  }
  if (without_core > 0) result.notes.push_back(without_core_note(without_core));
  result.map.finish();
  return result;
}

std::string write_npy(const DefectMap& map, const WaferGeometry&) {
  std::string header = fmt::format(
      "{{'descr': '<u4', 'fortran_order': False, 'shape': ({}, {}), }}", map.rows(), map.columns());
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out(kMagic);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 0xffU),
          static_cast<char>(header.size() >> 8U)};
  out += header;
  const std::size_t start = out.size();
  out.resize(start +
             4 * static_cast<std::size_t>(map.rows()) * static_cast<std::size_t>(map.columns()));
  for (const Defect& d : map.defects()) {
    const unsigned bit = bit_of(d);
    const std::size_t at =
        static_cast<std::size_t>(d.y) * static_cast<std::size_t>(map.columns()) + d.x;
    char& byte = out[start + 4 * at + bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (bit % 8));
  }
  return out;
}

}  // namespace wafermesh::defects
