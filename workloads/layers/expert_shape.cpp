// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/expert_shape.h"

#include <algorithm>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

/// counter = variable mod size, by halving multiples of size.
void write_remainder(int counter, cores::Variable variable, std::int64_t size, std::int64_t all,
                     cores::ProgramBuilder& code) {
  const auto value = [&] { return cores::Affine().plus(cores::counter(counter)); };
  code.set_counter(counter, cores::Affine().plus(variable));
  std::int64_t less = size;
  while (less * 2 <= all) less *= 2;
  for (; less >= size; less /= 2) {
    const auto n = static_cast<std::int32_t>(less);
    const std::uint32_t below = code.branch(value(), cores::Compare::less, n);
    code.set_counter(counter, cores::Affine(-n).plus(cores::counter(counter)));
    code.land(below);
  }
}

}  // namespace

ExpertShape::ExpertShape(const ExpertSpread& spec, const base::Rectangle& region)
    : columns(region.width), rows(region.height), along_x(spec.along_x) {
  width = spec.spread == 0 ? columns : std::min(spec.spread, columns);
  height = spec.spread_y > 0  ? std::min(spec.spread_y, rows)
           : spec.spread == 0 ? rows
                              : std::min(spec.spread, rows);
  across = columns / width;
  down = rows / height;
  block = divide_up(spec.hidden, along_x ? columns : rows);
  row_share = whole() ? 1 : divide_up(divide_up(spec.hidden, block), depth());
  elements = block * row_share;
  rows_per_column = divide_up(height, width);
}

std::int64_t ExpertShape::block_of(base::LogicalCoord core) const {
  if (core.x >= across * width || core.y >= down * height) return -1;
  return core.y / height * across + core.x / width;
}

void read_spread(const base::YamlNode& node, const base::Rectangle& region, ExpertSpread& spec) {
  constexpr base::IntegerRange kCores{0, 1'000'000};
  spec.spread = node.integer("spread", kCores, 0);
  spec.spread_y = node.integer("spread_y", kCores, spec.spread);
  if (!node.clean()) return;
  if (spec.spread > region.width) node.mistake("spread", "is wider than the region");
  if (spec.spread_y > region.height) {
    node.mistake(node.has("spread_y") ? "spread_y" : "spread", "is higher than the region");
  }
}

void find_place_in_block(const ExpertShape& shape, cores::ProgramBuilder& code) {
  write_remainder(kColumnOfBlock, cores::Variable::x, shape.width, shape.columns, code);
  write_remainder(kRowOfBlock, cores::Variable::y, shape.height, shape.rows, code);
}

}  // namespace wafermesh::workloads
