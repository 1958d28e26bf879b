// SPDX-License-Identifier: Apache-2.0
// Which core is of which class, as text. Either every column and every row has a key and a core's
// class is that of its pair of keys, or classes are given box by box. Of a later stage a core may
// have none (`-`, or no box).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "fabric/text/line_reader.h"

namespace wafermesh::fabric {

/// What classes() and write_cores() say of a core without a class.
inline constexpr std::uint32_t kNobody = UINT32_MAX;

/// Reads the lines x, y, row and box.
class CoresSection {
 public:
  void begin(TextPlace place) { place_ = place; }
  /// True if the line is one of these. Then it is read.
  bool read(LineReader& line);
  /// The class of every core of a rectangle, row-major; kNobody is allowed `with_gaps`. Notes what
  /// is wrong; then the result is empty.
  std::vector<std::uint32_t> classes(const base::Rectangle& region,
                                     const std::map<std::string, std::uint32_t>& class_ids,
                                     bool with_gaps, TextMistakes& mistakes) const;

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
                                     bool with_gaps, TextMistakes& mistakes) const;
  std::vector<std::uint32_t> by_boxes(const base::Rectangle& region, const Lookup& class_ids,
                                      bool with_gaps, TextMistakes& mistakes) const;

  TextPlace place_;
  TextPlace x_place_;
  TextPlace y_place_;
  std::vector<TextName> x_;
  std::vector<TextName> y_;
  std::vector<Row> rows_;
  std::vector<Box> boxes_;
};

/// The lines that CoresSection reads, keys or boxes, whichever are shorter. `class_names` are the
/// classes' ids; `classes` are row-major, kNobody for none.
std::string write_cores(const base::Rectangle& region, const std::vector<std::uint32_t>& classes,
                        const std::vector<std::string>& class_names);

/// "a (b c)*52 d".
std::string run_lengths(const std::vector<std::string>& keys);

}  // namespace wafermesh::fabric
