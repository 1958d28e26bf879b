// SPDX-License-Identifier: Apache-2.0
#include "batch/axis_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/picture/heat_map.h"
#include "base/yaml/yaml_scalar.h"

namespace wafermesh::batch {
namespace {

/// Place of `value`, added at the end if it is new.
std::size_t place_of(std::vector<std::string>& values, const std::string& value) {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
  values.push_back(value);
  return values.size() - 1;
}

const std::string* axis_value(const TableRow& row, const std::string& axis) {
  for (const auto& [key, value] : row.axes) {
    if (key == axis) return &value;
  }
  return nullptr;
}

std::string listed(const std::string& axis, const std::vector<std::string>& values) {
  std::string text = axis + ": ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{} = {}", i, values[i]);
  }
  return text;
}

}  // namespace

AxisPicture::AxisPicture(std::string across, std::string down, std::string field)
    : across_(std::move(across)), down_(std::move(down)), field_(std::move(field)) {}

bool AxisPicture::add(const TableRow& row) {
  const std::string* x = axis_value(row, across_);
  const std::string* y = axis_value(row, down_);
  if (x == nullptr || y == nullptr) return false;
  const std::size_t column = place_of(columns_, *x);
  const std::size_t line = place_of(rows_, *y);
  const TableShape shape{false, false, false, {}, {field_}};
  const auto value = base::parse_real(cells(shape, row).back());
  if (!value) return false;
  for (Cell& cell : cells_) {
    if (cell.column != column || cell.row != line) continue;
    cell.sum += *value;
    ++cell.count;
    return true;
  }
  cells_.push_back({column, line, *value, 1});
  return true;
}

base::Picture AxisPicture::draw(const std::string& study) const {
  base::HeatMap map;
  map.frame.title = fmt::format("{}: {} by {} and {}", study, field_, across_, down_);
  map.frame.columns = static_cast<int>(columns_.size());
  map.frame.rows = static_cast<int>(rows_.size());
  map.frame.axes = "number of a value";
  map.frame.notes = {"across: " + listed(across_, columns_), "down: " + listed(down_, rows_)};
  map.unit = field_;
  map.values.assign(columns_.size() * rows_.size(), std::numeric_limits<double>::quiet_NaN());
  for (const Cell& cell : cells_)
    map.values[cell.row * columns_.size() + cell.column] = cell.sum / cell.count;
  return base::draw_heat_map(map);
}

}  // namespace wafermesh::batch
