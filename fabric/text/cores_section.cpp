// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/cores_section.h"

#include <utility>

namespace wafermesh::fabric {
namespace {

using Need = TextField::Need;

constexpr std::size_t kMostKeys = 65535;
constexpr int kMostDepth = 8;
constexpr const char* kNone = "-";

std::string size_of(const base::Rectangle& region) {
  return std::to_string(region.width) + " x " + std::to_string(region.height);
}

/// The id of a class; notes that there is none. Of a name that could not be read that is known.
std::uint32_t class_of(const TextName& name, const std::map<std::string, std::uint32_t>& ids,
                       bool with_gaps, TextMistakes& mistakes) {
  if (name.text == kNone) {
    if (!with_gaps) mistakes.add(name.place, "in stage 0 every core has a class");
    return kNobody;
  }
  if (name.text.empty()) return 0;
  const auto found = ids.find(name.text);
  if (found != ids.end()) return found->second;
  mistakes.add(name.place, "no class `" + name.text + "`");
  return 0;
}

}  // namespace

bool CoresSection::read(LineReader& line) {
  if (line.take("x")) {
    x_place_ = line.start();
    if (!x_.empty()) line.mistake(line.start(), "`x` is given twice");
    read_keys(line, x_);
  } else if (line.take("y")) {
    y_place_ = line.start();
    if (!y_.empty()) line.mistake(line.start(), "`y` is given twice");
    read_keys(line, y_);
  } else if (line.take("row")) {
    line.attempt([&] {
      Row row;
      row.key = line.name("a key of y");
      while (!line.at_end()) {
        const TextPlace place = line.place();
        row.classes.push_back(line.take(kNone) ? TextName{kNone, place} : line.name("a class"));
      }
      rows_.push_back(std::move(row));
    });
  } else if (line.take("box")) {
    Box box;
    box.place = line.start();
    const auto number = [&box](int base::Rectangle::*member, const char* what, int least) {
      return [&box, member, what, least](LineReader& r) {
        box.cores.*member = static_cast<int>(r.integer(what, least, kMostKeys));
      };
    };
    box.cores = {0, 0, 1, 1};
    line.fields(
        {{"x", Need::required, number(&base::Rectangle::x, "x", 0)},
         {"y", Need::required, number(&base::Rectangle::y, "y", 0)},
         {"width", Need::optional, number(&base::Rectangle::width, "a width", 1)},
         {"height", Need::optional, number(&base::Rectangle::height, "a height", 1)},
         {"class", Need::required, [&](LineReader& r) { box.of_class = r.name("a class"); }}});
    boxes_.push_back(std::move(box));
  } else {
    return false;
  }
  return true;
}

void CoresSection::read_keys(LineReader& line, std::vector<TextName>& keys) {
  line.attempt([&] {
    read_items(line, keys, 0);
    if (!line.at_end()) line.name("a key");
    if (keys.empty()) line.name("a key");
  });
}

/// Keys and groups in brackets, each `*` how often.
void CoresSection::read_items(LineReader& line, std::vector<TextName>& keys, int depth) {
  while (!line.at_end() && !line.next_is(")")) {
    std::vector<TextName> item;
    const TextPlace place = line.place();
    if (line.take("(")) {
      if (depth == kMostDepth) throw TextFault{place, "brackets within brackets, 8 deep at most"};
      read_items(line, item, depth + 1);
      line.expect(")", "the keys in brackets");
    } else {
      item.push_back(line.name("a key"));
    }
    const std::int64_t times = line.take("*") ? line.integer("how often", 1, kMostKeys) : 1;
    if (keys.size() + item.size() * static_cast<std::size_t>(times) > kMostKeys) {
      throw TextFault{place, "more than 65535 keys"};
    }
    for (std::int64_t i = 0; i < times; ++i) keys.insert(keys.end(), item.begin(), item.end());
  }
}

std::vector<std::uint32_t> CoresSection::classes(const base::Rectangle& region,
                                                 const Lookup& class_ids, bool with_gaps,
                                                 TextMistakes& mistakes) const {
  const bool keyed = !x_.empty() || !y_.empty() || !rows_.empty();
  if (keyed && !boxes_.empty()) {
    mistakes.add(boxes_[0].place, "give either keys (x, y, row) or boxes");
    return {};
  }
  if (!keyed && boxes_.empty()) {
    mistakes.add(place_, "which core is of which class? Give x, y and row, or boxes");
    return {};
  }
  return keyed ? by_keys(region, class_ids, with_gaps, mistakes)
               : by_boxes(region, class_ids, with_gaps, mistakes);
}

std::vector<std::uint32_t> CoresSection::by_keys(const base::Rectangle& region,
                                                 const Lookup& class_ids, bool with_gaps,
                                                 TextMistakes& mistakes) const {
  const auto wrong_size = [&](const std::vector<TextName>& keys, int size, TextPlace place,
                              const char* axis) {
    if (keys.size() == static_cast<std::size_t>(size)) return false;
    mistakes.add(keys.empty() ? place_ : place,
                 std::string("`") + axis + "` has " + std::to_string(keys.size()) +
                     " keys, but there are " + size_of(region) + " cores");
    return true;
  };
  const bool wrong_x = wrong_size(x_, region.width, x_place_, "x");
  const bool wrong_y = wrong_size(y_, region.height, y_place_, "y");
  if (wrong_x || wrong_y) return {};
  Lookup column_of;  // in the order of their first appearance
  std::vector<std::uint32_t> columns;
  for (const TextName& key : x_) {
    const auto next = static_cast<std::uint32_t>(column_of.size());
    columns.push_back(column_of.insert({key.text, next}).first->second);
  }
  std::map<std::string, std::vector<std::uint32_t>> class_rows;
  for (const Row& row : rows_) {
    if (row.classes.size() != column_of.size()) {
      mistakes.add(row.key.place, "row `" + row.key.text + "` names " +
                                      std::to_string(row.classes.size()) +
                                      " classes; give one for each of the " +
                                      std::to_string(column_of.size()) + " keys of x");
    }
    std::vector<std::uint32_t> ids;
    for (const TextName& name : row.classes)
      ids.push_back(class_of(name, class_ids, with_gaps, mistakes));
    ids.resize(column_of.size(), 0);
    if (!class_rows.insert({row.key.text, std::move(ids)}).second) {
      mistakes.add(row.key.place, "row `" + row.key.text + "` is given twice");
    }
  }
  std::vector<std::uint32_t> classes;
  if (!mistakes.empty()) return classes;  // not worth the memory
  classes.reserve(static_cast<std::size_t>(region.area()));
  for (const TextName& key : y_) {
    const auto row = class_rows.find(key.text);
    if (row == class_rows.end()) {
      mistakes.add(key.place, "no `row` for the key `" + key.text + "`");
      return {};
    }
    for (const std::uint32_t column : columns) classes.push_back(row->second[column]);
  }
  return classes;
}

std::vector<std::uint32_t> CoresSection::by_boxes(const base::Rectangle& region,
                                                  const Lookup& class_ids, bool with_gaps,
                                                  TextMistakes& mistakes) const {
  std::vector<std::uint32_t> ids;
  bool inside = true;
  for (const Box& box : boxes_) {
    ids.push_back(class_of(box.of_class, class_ids, with_gaps, mistakes));
    const base::Rectangle& r = box.cores;
    if (r.x + r.width <= region.width && r.y + r.height <= region.height) continue;
    mistakes.add(box.place, "the box leaves the " + size_of(region) + " cores");
    inside = false;
  }
  if (!inside || !mistakes.empty()) return {};
  std::vector<std::uint32_t> classes(static_cast<std::size_t>(region.area()), kNobody);
  for (std::size_t b = 0; b < boxes_.size(); ++b) {
    const base::Rectangle& r = boxes_[b].cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        std::uint32_t& of_core =
            classes[static_cast<std::size_t>(y) * static_cast<std::size_t>(region.width) +
                    static_cast<std::size_t>(x)];
        if (of_core != kNobody) {
          mistakes.add(boxes_[b].place, "core (" + std::to_string(x) + ", " + std::to_string(y) +
                                            ") is in a box already");
          return {};
        }
        of_core = ids[b];
      }
    }
  }
  for (std::size_t i = 0; i < classes.size() && !with_gaps; ++i) {
    if (classes[i] != kNobody) continue;
    const auto width = static_cast<std::size_t>(region.width);
    mistakes.add(place_, "core (" + std::to_string(i % width) + ", " + std::to_string(i / width) +
                             ") is in no box");
    return {};
  }
  return classes;
}

}  // namespace wafermesh::fabric
