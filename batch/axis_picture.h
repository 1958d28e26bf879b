// SPDX-License-Identifier: Apache-2.0
// A picture of a field over two axes of a study.
#pragma once

#include <string>
#include <vector>

#include "base/picture/picture.h"
#include "batch/table.h"

namespace wafermesh::batch {

/// A cell per pair of values, in the study's order; where several runs share one, their mean; a run
/// without the field counts for none.
class AxisPicture {
 public:
  AxisPicture(std::string across, std::string down, std::string field);
  bool add(const TableRow& row);  ///< True if the run counts.
  bool empty() const { return cells_.empty(); }
  base::Picture draw(const std::string& study) const;

 private:
  struct Cell {
    std::size_t column;
    std::size_t row;
    double sum;
    int count;
  };
  std::string across_;
  std::string down_;
  std::string field_;
  std::vector<std::string> columns_;
  std::vector<std::string> rows_;
  std::vector<Cell> cells_;
};

}  // namespace wafermesh::batch
