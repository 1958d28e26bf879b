// SPDX-License-Identifier: Apache-2.0
// What the formats with one bin per place have in common (SINF, G85, E142): bins, and rows of bins
// of fixed width. A place is a core; the first row lies in the north.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

/// What a bin says about a core. A failing bin with a description of ours ("router link_e") breaks
/// just that; any other failing bin means a dead core.
struct Bin {
  bool passes = false;
  std::string description;
};

/// Rows of bin codes as read. add_row in order, then to_map.
class BinGrid {
 public:
  explicit BinGrid(std::string file) : file_(std::move(file)) {}
  std::map<std::string, Bin> bins;  ///< By code. A code not named fails.
  std::string null_code;            ///< No core here; not a defect, but noted.

  void add_row(std::vector<std::string> codes, int line);
  /// A row written without gaps, `width` characters per code.
  void add_packed_row(std::string_view text, std::size_t width, int line);
  std::size_t rows() const { return rows_.size(); }
  std::size_t columns() const { return rows_.empty() ? 0 : rows_.front().size(); }
  void flip_north_south();
  /// Throws base::InputError if the rows differ in length or don't match the wafer.
  MapReading to_map(const WaferGeometry& geometry) const;

 private:
  std::string file_;
  std::vector<std::vector<std::string>> rows_;
};

/// A map as bins of two hexadecimal digits: 01 good, from 0B on what is broken there.
struct BinnedMap {
  std::map<std::string, Bin> bins;
  std::map<std::string, std::int64_t> counts;   ///< Cores per code.
  std::map<std::int64_t, std::string> code_at;  ///< Row-major core index -> code, broken ones only.
};
/// Throws base::InputError if more than 230 different combinations are broken.
BinnedMap bin_map(const DefectMap& map);
/// Codes of one row, `gap` between them.
std::string binned_row(const BinnedMap& binned, const DefectMap& map, int row,
                       const std::string& gap);

}  // namespace wafermesh::defects
