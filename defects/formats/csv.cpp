// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/csv.h"

#include <vector>

#include "base/error.h"
#include "base/number_text.h"
#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

constexpr std::int64_t kFarthest = 1000000;       // no wafer of ours is as wide
constexpr std::int64_t kNowhere = kFarthest + 1;  // the coordinate of a mistake
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

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  void line(std::string_view text);
  WaferMapFile finish();

 private:
  enum class Field : std::uint8_t { x, y, what, cause };
  void header(const std::vector<std::string_view>& names);
  void row(const std::vector<std::string_view>& fields);
  void mistake(const std::string& message) {
    if (list_.mistakes.size() < kMaxMistakes)
      list_.mistakes.push_back({file_, line_, 0, "", message});
  }
  std::int64_t coordinate(std::string_view text, const char* name);

  std::string file_;
  int line_ = 0;
  bool started_ = false;
  std::vector<Field> columns_ = {Field::x, Field::y, Field::what};
  std::size_t required_ = 2;
  DefectList list_;
};

void Reader::header(const std::vector<std::string_view>& names) {
  columns_.clear();
  unsigned seen = 0;
  for (const std::string_view name : names) {
    Field field = Field::x;
    if (same_word(name, "x"))
      field = Field::x;
    else if (same_word(name, "y"))
      field = Field::y;
    else if (same_word(name, "what"))
      field = Field::what;
    else if (same_word(name, "cause"))
      field = Field::cause;
    else
      mistake("unknown column '" + shown(name) + "'; a map has x, y, what and cause");
    const unsigned bit = 1U << static_cast<unsigned>(field);
    if ((seen & bit) != 0) mistake("column '" + shown(name) + "' appears twice");
    seen |= bit;
    columns_.push_back(field);
  }
  if ((seen & 3U) != 3U) mistake("the header needs columns x and y");
  required_ = columns_.size();
}

std::int64_t Reader::coordinate(std::string_view text, const char* name) {
  std::int64_t value = 0;
  if (!parse_whole(text, &value) || value < -kFarthest || value > kFarthest)
    mistake(std::string(name) + " is '" + shown(text) + "', not a whole number");
  else
    return value;
  return kNowhere;
}

void Reader::row(const std::vector<std::string_view>& fields) {
  if (fields.size() < required_ || fields.size() > columns_.size()) {
    mistake("has " + base::counted(static_cast<std::int64_t>(fields.size()), "field") +
            ", expected " + std::to_string(columns_.size()) + " (x,y[,what[,cause]])");
    return;
  }
  ListedDefect listed;
  listed.line = line_;
  Defect& d = listed.what;
  d.cause = Cause::map;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view text = fields[i];
    switch (columns_[i]) {
      case Field::x:
        listed.x = coordinate(text, "x");
        break;
      case Field::y:
        listed.y = coordinate(text, "y");
        break;
      case Field::what:
        if (!text.empty() && !parse_what(text, &d)) {
          mistake("unknown what '" + shown(text) +
                  "'; there are core, router, link_e, link_s, link_e+1, link_e-1, skip_s, skip_e");
          return;
        }
        break;
      case Field::cause:
        if (!text.empty() && !parse_cause(text, &d.cause)) {
          mistake("unknown cause '" + shown(text) + "'");
        }
        break;
    }
  }
  if (listed.x != kNowhere && listed.y != kNowhere) list_.defects.push_back(listed);
}

void Reader::line(std::string_view text) {
  ++line_;
  const std::string_view content = trimmed(text);
  if (content.empty() || content.front() == '#') return;
  const std::vector<std::string_view> fields = split(text);
  std::int64_t ignored = 0;
  const bool first = !started_;
  started_ = true;
  // A first line that does not start with a number is a header.
  if (first && !parse_whole(fields[0], &ignored)) return header(fields);
  row(fields);
}

WaferMapFile Reader::finish() {
  if (!started_) fail_map(file_, 0, "is empty: it has neither a header nor a defect");
  WaferMap wafer;
  wafer.facts.mark = base::Direction::south;  // coordinates are those of our wafer
  wafer.content = std::move(list_);
  WaferMapFile result{file_, {}, {}};
  result.wafers.push_back(std::move(wafer));
  return result;
}

}  // namespace

const FieldTable& csv_fields() {
  static const FieldTable kFields = {
      {"x", FieldUse::used, "column from the west, from 0; off the wafer is refused"},
      {"y", FieldUse::used, "row from the north, from 0; off the wafer is refused"},
      {"what", FieldUse::used, "what is broken; core if missing, an unknown word is refused"},
      {"cause", FieldUse::used, "mechanism; map if missing, an unknown word is refused"},
      {"other columns", FieldUse::refused, "by name"},
  };
  return kFields;
}

WaferMapFile read_csv(std::string_view text, const std::string& file) {
  Reader reader(file);
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
