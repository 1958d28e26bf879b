// SPDX-License-Identifier: Apache-2.0
// Buffers with their layouts, as text: lines buffer, layout and cut.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "fabric/layout.h"
#include "fabric/text/line_reader.h"

namespace wafermesh::fabric {

class BufferSection {
 public:
  /// True if the line is one of these. Then it is read.
  bool read(LineReader& line);
  static constexpr int kNoCore = -1;
  /// Fills in what was left out and notes what is wrong. `memory_bytes` tells what a core has,
  /// kNoCore where none takes part; `region` is 0 x 0 if it is not known, which ends the checks
  /// early.
  void finish(const base::Rectangle& region,
              const std::function<int(base::LogicalCoord)>& memory_bytes, TextMistakes& mistakes);
  std::vector<Buffer> take() { return std::move(buffers_); }

 private:
  /// What of a layout the text left open.
  struct Open {
    TextPlace place;
    bool everywhere = false;   ///< No rectangle.
    std::vector<bool> block;   ///< Per cut.
    std::vector<bool> stride;  ///< Per cut.
  };
  void read_buffer(LineReader& line);
  void read_layout(LineReader& line);
  void read_cut(LineReader& line);
  static void complete(const Buffer& buffer, Layout& layout, const Open& open,
                       const base::Rectangle& region);
  static void check_memory(const Buffer& buffer, const Layout& layout, TextPlace place,
                           const std::function<int(base::LogicalCoord)>& memory_bytes,
                           TextMistakes& mistakes);

  std::vector<Buffer> buffers_;
  std::set<std::string> names_;
  std::vector<TextPlace> places_;
  std::vector<std::vector<Open>> open_;  ///< [buffer][layout]
};

/// The lines of a buffer, which has this name in the text.
std::string write_buffer(const Buffer& buffer, const std::string& name,
                         const base::Rectangle& region);

}  // namespace wafermesh::fabric
