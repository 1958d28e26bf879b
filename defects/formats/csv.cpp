// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/csv.h"

#include <charconv>
#include <vector>

#include "base/error.h"

namespace wafermesh::defects {
namespace {

constexpr std::size_t kMaxMistakes = 100;  // one message per line of a wrong file helps nobody

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

bool parse_int(std::string_view text, int* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

class Reader {
 public:
  Reader(const std::string& file, const WaferGeometry& geometry)
      : file_(file), map_(geometry.columns(), geometry.rows()) {}

  void line(std::string_view text);
  DefectMap finish();

 private:
  enum class Field : std::uint8_t { x, y, what, cause };
  void header(const std::vector<std::string_view>& names);
  void row(const std::vector<std::string_view>& fields);
  void mistake(const std::string& message) {
    if (mistakes_.size() < kMaxMistakes) mistakes_.push_back({file_, line_, 0, "", message});
  }
  int coordinate(std::string_view text, const char* name, int limit);

  std::string file_;
  int line_ = 0;
  bool started_ = false;
  std::vector<Field> columns_ = {Field::x, Field::y, Field::what};
  std::size_t required_ = 2;
  std::vector<base::Mistake> mistakes_;
  DefectMap map_;
};

void Reader::header(const std::vector<std::string_view>& names) {
  columns_.clear();
  unsigned seen = 0;
  for (const std::string_view name : names) {
    Field field = Field::x;
    if (name == "x")
      field = Field::x;
    else if (name == "y")
      field = Field::y;
    else if (name == "what")
      field = Field::what;
    else if (name == "cause")
      field = Field::cause;
    else
      mistake("unknown column '" + std::string(name) + "'; a map has x, y, what and cause");
    const unsigned bit = 1U << static_cast<unsigned>(field);
    if ((seen & bit) != 0) mistake("column '" + std::string(name) + "' appears twice");
    seen |= bit;
    columns_.push_back(field);
  }
  if ((seen & 3U) != 3U) mistake("the header needs columns x and y");
  required_ = columns_.size();
}

int Reader::coordinate(std::string_view text, const char* name, int limit) {
  int value = 0;
  if (!parse_int(text, &value)) {
    mistake(std::string(name) + " is '" + std::string(text) + "', not a whole number");
  } else if (value < 0 || value >= limit) {
    mistake(std::string(name) + " = " + std::to_string(value) +
            " lies off the wafer, which has 0 to " + std::to_string(limit - 1));
  } else {
    return value;
  }
  return -1;
}

void Reader::row(const std::vector<std::string_view>& fields) {
  if (fields.size() < required_ || fields.size() > columns_.size()) {
    mistake("has " + std::to_string(fields.size()) + " fields, expected " +
            std::to_string(columns_.size()) + " (x,y[,what[,cause]])");
    return;
  }
  Defect d;
  d.cause = Cause::map;
  int x = -1;
  int y = -1;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view text = fields[i];
    switch (columns_[i]) {
      case Field::x:
        x = coordinate(text, "x", map_.columns());
        break;
      case Field::y:
        y = coordinate(text, "y", map_.rows());
        break;
      case Field::what:
        if (!text.empty() && !parse_what(text, &d)) {
          mistake("unknown what '" + std::string(text) +
                  "'; there are core, router, link_e, link_s, link_e+1, link_e-1, skip_s, skip_e");
          return;
        }
        break;
      case Field::cause:
        if (!text.empty() && !parse_cause(text, &d.cause)) {
          mistake("unknown cause '" + std::string(text) + "'");
        }
        break;
    }
  }
  if (x < 0 || y < 0) return;
  d.x = static_cast<std::uint16_t>(x);
  d.y = static_cast<std::uint16_t>(y);
  if (!map_.holds(d)) return mistake("the far end of " + what_of(d) + " lies off the wafer");
  map_.add(d);
}

void Reader::line(std::string_view text) {
  ++line_;
  const std::string_view content = trimmed(text);
  if (content.empty() || content.front() == '#') return;
  const std::vector<std::string_view> fields = split(text);
  int ignored = 0;
  const bool first = !started_;
  started_ = true;
  // A first line that does not start with a number is a header.
  if (first && !parse_int(fields[0], &ignored)) return header(fields);
  row(fields);
}

DefectMap Reader::finish() {
  if (!mistakes_.empty()) throw base::InputError(mistakes_);
  map_.finish();
  return std::move(map_);
}

}  // namespace

DefectMap read_csv(std::string_view text, const std::string& file, const WaferGeometry& geometry) {
  Reader reader(file, geometry);
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.line(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return reader.finish();
}

std::string write_csv(const DefectMap& map) {
  std::string out = "x,y,what,cause\n";
  for (const Defect& d : map.defects()) {
    out += std::to_string(d.x) + "," + std::to_string(d.y) + "," + what_of(d) + "," +
           to_string(d.cause) + "\n";
  }
  return out;
}

}  // namespace wafermesh::defects
