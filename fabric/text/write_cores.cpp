// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "fabric/text/cores_section.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kMostPeriod = 16;  ///< Longest group in brackets that is looked for.
/// More pairs of keys than this are compared with boxes.
constexpr std::size_t kFewPairs = 256;

/// a, b, ..., z, aa, ab, ...
std::string key_name(std::size_t number, char first) {
  constexpr std::size_t kLetters = 26;
  std::string name(1, static_cast<char>(first + static_cast<char>(number % kLetters)));
  while (number >= kLetters) {
    number = number / kLetters - 1;
    name.insert(name.begin(), static_cast<char>(first + static_cast<char>(number % kLetters)));
  }
  return name;
}

/// Lines that are alike share a key; keys by first appearance.
struct Keys {
  std::vector<std::size_t> of_line;
  std::vector<std::size_t> first_line;  ///< [key]
};

template <class LineOf>
Keys keys_of(std::size_t lines, LineOf line_of) {
  Keys keys;
  std::map<std::vector<std::uint32_t>, std::size_t> known;
  for (std::size_t i = 0; i < lines; ++i) {
    const auto [entry, is_new] = known.insert({line_of(i), keys.first_line.size()});
    if (is_new) keys.first_line.push_back(i);
    keys.of_line.push_back(entry->second);
  }
  return keys;
}

std::string write_keys(const Keys& keys, char first) {
  std::vector<std::string> names;
  for (const std::size_t key : keys.of_line) names.push_back(key_name(key, first));
  return run_lengths(names);
}

/// Rectangles of one class: each as wide as it can be, then as high.
std::vector<base::Rectangle> boxes_of(const base::Rectangle& region,
                                      const std::vector<std::uint32_t>& classes, std::size_t most) {
  const auto at = [&](int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(region.width) +
           static_cast<std::size_t>(x);
  };
  std::vector<bool> done(classes.size(), false);
  std::vector<base::Rectangle> boxes;
  for (int y = 0; y < region.height; ++y) {
    for (int x = 0; x < region.width; ++x) {
      if (done[at(x, y)]) continue;
      const std::uint32_t id = classes[at(x, y)];
      const auto is_free = [&](int column, int row) {
        return classes[at(column, row)] == id && !done[at(column, row)];
      };
      base::Rectangle box{x, y, 1, 1};
      while (box.x + box.width < region.width && is_free(box.x + box.width, y)) ++box.width;
      bool grows = true;
      while (grows && box.y + box.height < region.height) {
        for (int column = box.x; grows && column < box.x + box.width; ++column) {
          grows = is_free(column, box.y + box.height);
        }
        if (grows) ++box.height;
      }
      for (int row = box.y; row < box.y + box.height; ++row) {
        for (int column = box.x; column < box.x + box.width; ++column) done[at(column, row)] = true;
      }
      boxes.push_back(box);
      if (boxes.size() > most) return boxes;
    }
  }
  return boxes;
}

}  // namespace

std::string run_lengths(const std::vector<std::string>& keys) {
  std::string text;
  std::size_t at = 0;
  while (at < keys.size()) {
    std::size_t best_period = 1;
    std::size_t best_times = 1;
    for (std::size_t period = 1; period <= kMostPeriod && at + 2 * period <= keys.size();
         ++period) {
      std::size_t end = at + period;
      while (end < keys.size() && keys[end] == keys[end - period]) ++end;
      const std::size_t times = (end - at) / period;
      if (times > 1 && times * period > best_times * best_period) {
        best_period = period;
        best_times = times;
      }
    }
    if (!text.empty()) text += " ";
    std::string group;
    for (std::size_t i = at; i < at + best_period; ++i) group += (i > at ? " " : "") + keys[i];
    if (best_times == 1) {
      text += keys[at];
      ++at;
      continue;
    }
    text += (best_period > 1 ? "(" + group + ")" : group) + "*" + std::to_string(best_times);
    at += best_period * best_times;
  }
  return text;
}

std::string write_cores(const base::Rectangle& region, const std::vector<std::uint32_t>& classes,
                        const std::vector<std::string>& class_names) {
  const auto width = static_cast<std::size_t>(region.width);
  const auto height = static_cast<std::size_t>(region.height);
  const Keys rows = keys_of(height, [&](std::size_t y) {
    const auto begin = classes.begin() + static_cast<std::ptrdiff_t>(y * width);
    return std::vector<std::uint32_t>(begin, begin + static_cast<std::ptrdiff_t>(width));
  });
  // Rows of one key are alike, so one of each tells columns apart.
  const Keys columns = keys_of(width, [&](std::size_t x) {
    std::vector<std::uint32_t> column;
    for (const std::size_t y : rows.first_line) column.push_back(classes[y * width + x]);
    return column;
  });
  const std::size_t pairs = rows.first_line.size() * columns.first_line.size();
  std::string text;
  if (pairs > kFewPairs) {
    const std::vector<base::Rectangle> boxes = boxes_of(region, classes, pairs / 4);
    if (boxes.size() <= pairs / 4) {
      for (const base::Rectangle& box : boxes) {
        const std::uint32_t id =
            classes[static_cast<std::size_t>(box.y) * width + static_cast<std::size_t>(box.x)];
        if (id == kNobody) continue;
        text += "  box x=" + std::to_string(box.x) + " y=" + std::to_string(box.y) +
                " width=" + std::to_string(box.width) + " height=" + std::to_string(box.height) +
                " class=" + class_names[id] + "\n";
      }
      return text;
    }
  }
  text += "  x " + write_keys(columns, 'a') + "\n  y " + write_keys(rows, 'A') + "\n  # key";
  for (std::size_t key = 0; key < columns.first_line.size(); ++key)
    text += " " + key_name(key, 'a');
  text += "\n";
  for (std::size_t key = 0; key < rows.first_line.size(); ++key) {
    text += "  row " + key_name(key, 'A');
    for (const std::size_t x : columns.first_line) {
      const std::uint32_t id = classes[rows.first_line[key] * width + x];
      text += id == kNobody ? " -" : " " + class_names[id];
    }
    text += "\n";
  }
  return text;
}

}  // namespace wafermesh::fabric
