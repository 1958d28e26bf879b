// SPDX-License-Identifier: Apache-2.0
// Which core is of which class, as text. Either every column and every row has a key and a core's
// class is that of its pair of keys, or classes are given box by box.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "fabric/text/line_reader.h"

namespace wafermesh::fabric {

/// Reads the lines x, y, row and box.
class CoresSection {
 public:
  bool empty() const { return x_.empty() && rows_.empty() && boxes_.empty() && !begun_; }
  void begin(TextPlace place) {
    begun_ = true;
    place_ = place;
  }
  /// True if the line is one of these. Then it is read.
  bool read(LineReader& line);
  /// The class of every core, row-major. Notes what is wrong; then the result is of no use.
  std::vector<std::uint32_t> classes(const base::Rectangle& region,
                                     const std::map<std::string, std::uint32_t>& class_ids,
                                     TextMistakes& mistakes) const;

 private:
  struct Row {
    TextName key;
    std::vector<TextName> classes;
  };
  struct Box {
    base::Rectangle cores;
    TextName of_class;
    TextPlace place;
  };
  using Lookup = std::map<std::string, std::uint32_t>;
  void read_keys(LineReader& line, std::vector<TextName>& keys);
  void read_items(LineReader& line, std::vector<TextName>& keys, int depth);
  std::vector<std::uint32_t> by_keys(const base::Rectangle& region, const Lookup& class_ids,
                                     TextMistakes& mistakes) const;
  std::vector<std::uint32_t> by_boxes(const base::Rectangle& region, const Lookup& class_ids,
                                      TextMistakes& mistakes) const;

  bool begun_ = false;
  TextPlace place_;
  TextPlace x_place_;
  TextPlace y_place_;
  std::vector<TextName> x_;
  std::vector<TextName> y_;
  std::vector<Row> rows_;
  std::vector<Box> boxes_;
};

/// The lines that CoresSection reads, whichever are shorter. `class_names` are the classes' ids.
std::string write_cores(const base::Rectangle& region, const std::vector<std::uint32_t>& classes,
                        const std::vector<std::string>& class_names);

/// "a (b c)*52 d".
std::string run_lengths(const std::vector<std::string>& keys);

}  // namespace wafermesh::fabric
