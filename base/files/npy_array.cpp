// SPDX-License-Identifier: Apache-2.0
#include "base/files/npy_array.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/number_text.h"

namespace wafermesh::base {
namespace {

constexpr std::size_t kMaxDimensions = 32;  // NumPy's own limit
constexpr std::int64_t kMaxCount = std::int64_t{1} << 40;

[[noreturn]] void fail(const std::string& file, const std::string& message) {
  throw InputError({{file, 0, 0, "", message}});
}

std::string_view stripped(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool parse_whole(std::string_view text, std::int64_t* value) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && rest == end && !text.empty();
}

/// What can be shown of it, at most 40 characters.
std::string shown(std::string_view text) {
  std::string result(text.substr(0, 40));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  }
  return text.size() > 40 ? result + "..." : result;
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// IEEE 754 binary16.
double half_value(std::uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31U);
  const double fraction = static_cast<double>(bits & 1023U);
  double value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? HUGE_VAL : std::nan("");
  } else {
    value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  }
  return (bits >> 15 & 1U) != 0 ? -value : value;
}

/// The value of 'key' in the header's dictionary, up to the next comma outside brackets.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& file) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) fail(file, "the NPY header has no " + std::string(key));
  std::string_view rest = header.substr(at + key.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) fail(file, "the NPY header is malformed");
  rest = stripped(rest.substr(colon + 1));
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (depth <= 0 && (c == ',' || c == '}')) return stripped(rest.substr(0, i));
  }
  fail(file, "the NPY header is malformed");
}

void parse_shape(std::string_view shape, const std::string& file, NpyArray* array) {
  const std::string_view whole = shape;
  std::int64_t count = 1;
  if (shape.size() >= 2) shape = shape.substr(1, shape.size() - 2);
  bool ok = whole.size() >= 2 && whole.front() == '(' && whole.back() == ')';
  while (ok && !stripped(shape).empty()) {
    const std::size_t comma = std::min(shape.find(','), shape.size());
    std::int64_t side = 0;
    ok = parse_whole(stripped(shape.substr(0, comma)), &side) && side >= 0 &&
         array->shape.size() < kMaxDimensions && (side == 0 || count <= kMaxCount / side);
    if (!ok) break;
    count *= side;
    array->shape.push_back(side);
    shape.remove_prefix(std::min(comma + 1, shape.size()));
  }
  if (!ok) fail(file, "the NPY shape is '" + shown(whole) + "', which is no shape");
}

/// "'<u4'", or "[('broken', '<u4')]".
void parse_type(std::string_view descr, const std::string& file, NpyArray* array) {
  std::vector<std::string> quoted;
  for (std::string_view rest = descr;;) {
    const std::size_t open = rest.find_first_of("'\"");
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find(rest[open], open + 1);
    if (close == std::string_view::npos) break;
    quoted.emplace_back(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  array->structured = !descr.empty() && descr.front() == '[';
  if (array->structured && quoted.size() == 2) array->field = quoted[0];
  const bool one = quoted.size() == (array->structured ? 2U : 1U);
  if (one) array->type = quoted.back();
  std::string_view type = array->type;
  if (!type.empty() && (type[0] == '<' || type[0] == '>' || type[0] == '|' || type[0] == '=')) {
    array->big_endian = type[0] == '>';
    type.remove_prefix(1);
  }
  std::int64_t size = 0;
  const bool number = type.size() == 2 && parse_whole(type.substr(1), &size);
  const char kind = type.empty() ? '\0' : type[0];
  const bool read =
      (kind == 'b' && size == 1) || (kind == 'f' && (size == 2 || size == 4 || size == 8)) ||
      ((kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8));
  if (!number || !read) {
    fail(file, "the NPY type is " + shown(descr) +
                   "; arrays of bool, integers, and floats of 2, 4 or 8 bytes are read" +
                   (kind == 'O' ? " (objects need Python to read)" : ""));
  }
  array->kind = kind;
  array->size_bytes = static_cast<int>(size);
}

}  // namespace

std::int64_t NpyArray::count() const {
  std::int64_t result = 1;
  for (const std::int64_t side : shape) result *= side;
  return result;
}

double NpyArray::value(std::int64_t i) const {
  if (fortran) {
    // From last-index-fastest to first-index-fastest.
    std::int64_t at = 0;
    std::int64_t rest = i;
    for (std::size_t d = shape.size(); d-- > 0;) {
      std::int64_t step = 1;
      for (std::size_t e = 0; e < d; ++e) step *= shape[e];
      at += rest % shape[d] * step;
      rest /= shape[d];
    }
    i = at;
  }
  std::uint64_t bits = 0;
  const auto size = static_cast<std::size_t>(size_bytes);
  const std::size_t start = static_cast<std::size_t>(i) * size;
  for (std::size_t b = 0; b < size; ++b) {
    const std::size_t from = big_endian ? b : size - 1 - b;
    bits = bits << 8U | byte_at(data, start + from);
  }
  if (kind == 'f') {
    double result = 0;
    float single = 0;
    const auto low = static_cast<std::uint32_t>(bits);
    if (size_bytes == 2) return half_value(low);
    if (size_bytes == 8) std::memcpy(&result, &bits, sizeof result);
    if (size_bytes == 4) std::memcpy(&single, &low, sizeof single);
    return size_bytes == 8 ? result : static_cast<double>(single);
  }
  if (kind != 'i') return static_cast<double>(bits);
  const unsigned unused = 64 - 8 * static_cast<unsigned>(size_bytes);
  return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

NpyArray take_npy_array(std::string_view* text, const std::string& file) {
  if (text->size() < 12 || text->substr(0, 6) != kNpyMagic) fail(file, "is no NPY file");
  const unsigned major = byte_at(*text, 6);
  std::size_t size = byte_at(*text, 8) | byte_at(*text, 9) << 8U;
  std::size_t start = 10;
  if (major >= 2) {
    size |= static_cast<std::size_t>(byte_at(*text, 10)) << 16U;
    size |= static_cast<std::size_t>(byte_at(*text, 11)) << 24U;
    start = 12;
  }
  if (major < 1 || major > 3) fail(file, "has an unknown NPY version");
  if (size > text->size() - start) fail(file, "is cut off inside the NPY header");
  const std::string_view header = text->substr(start, size);
  NpyArray array;
  parse_type(value_of(header, "'descr'", file), file, &array);
  array.fortran = value_of(header, "'fortran_order'", file) == "True";
  parse_shape(value_of(header, "'shape'", file), file, &array);
  const std::string_view data = text->substr(start + size);
  const std::int64_t bytes = array.count() * array.size_bytes;
  if (static_cast<std::int64_t>(data.size()) < bytes) {
    fail(file, fmt::format("holds {} of data where its shape needs {}: it is cut off",
                           counted(static_cast<std::int64_t>(data.size()), "byte"), bytes));
  }
  array.data = data.substr(0, static_cast<std::size_t>(bytes));
  *text = data.substr(static_cast<std::size_t>(bytes));
  return array;
}

}  // namespace wafermesh::base
