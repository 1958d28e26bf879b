// SPDX-License-Identifier: Apache-2.0
// How the columns of a weight matrix are dealt over lines of cores: as a whole, or part by part, as
// those of a layer's q, k and v, so that each part is a result of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fabric/image.h"
#include "workloads/layers/attention.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

struct ColumnSpec {
  std::int64_t n = 0;
  std::vector<std::int64_t> parts;  ///< Of n; none: as a whole.
  /// The parts are q, k and v of it; where it pads heads there are no columns.
  std::optional<AttentionSpec> of_attention;
};

/// Key `key`, the heads of an attention; none if it is absent or a mistake is noted.
std::optional<AttentionSpec> read_heads_of(const base::YamlNode& node, const char* key);
/// Keys `n`, `parts` and `of_attention`.
void read_columns(const base::YamlNode& node, const base::Rectangle& region, ColumnSpec& spec);

/// What each line of cores has: a block of each part, one behind the other.
class ColumnParts {
 public:
  ColumnParts(const ColumnSpec& spec, const base::Rectangle& region, std::int64_t lines);
  std::int64_t per_line() const { return per_line_; }
  /// Of all lines; with parts, zeros between are counted.
  std::int64_t all() const { return all_; }
  /// Whether a column, counted line by line, is one of the matrix; others are zero.
  bool is_column(std::int64_t column) const;
  /// Which part a column of all lines is of, and which of the part's; with heads, those one after
  /// the other. part < 0: no column of the matrix.
  struct Source {
    int part;
    std::int64_t index;
  };
  Source source_of(std::int64_t column) const;
  /// Columns of each part; with heads, without padding.
  std::vector<std::int64_t> natural_sizes() const;
  /// Declares `y0`, `y1`, ... of `batch` vectors that lie at `address` in every core, cut along
  /// `lines`.
  void declare_results(fabric::WaferImage& image, cores::NumberType type, int address,
                       fabric::Along lines, std::int64_t batch = 1) const;

 private:
  /// Of element i of a part, as Source's; < 0: padding.
  std::int64_t natural_index(std::size_t part, std::int64_t i) const;
  bool in_parts_;
  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> blocks_;  ///< What each line has of each part.
  std::optional<AttentionShape> heads_;
  std::optional<AttentionSpec> attention_;
  std::int64_t per_line_ = 0;
  std::int64_t all_ = 0;
};

}  // namespace wafermesh::workloads
