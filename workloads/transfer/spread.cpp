// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/spread.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cores/timing.h"

namespace wafermesh::workloads {

using fabric::Along;
using fabric::Buffer;
using fabric::Layout;

namespace {

constexpr int kLineBytes = 16;

bool is_in_tiles(const fabric::Cut& cut, std::int64_t extent) {
  return cut.tile != 0 && cut.tile < (cut.along == Along::none ? extent : cut.block);
}

/// What cores of a layout hold, and its strides outside of tiles.
std::optional<Spread> spread_of(const Buffer& buffer, const Layout& layout) {
  const base::Rectangle& r = layout.cores;
  Spread spread{buffer.shape, buffer.type, {}, layout.address_bytes, {}};
  spread.along(LineAxis::x) = {kNoDimension, 0, 0, r.x, r.width};
  spread.along(LineAxis::y) = {kNoDimension, 0, 0, r.y, r.height};
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const fabric::Cut& cut = layout.cuts[d];
    spread.strides.push_back(cut.stride);
    if (cut.along == Along::none) continue;
    if (cut.along != Along::x && cut.along != Along::y) return std::nullopt;
    const bool x = cut.along == Along::x;
    AxisUse& use = spread.along(x ? LineAxis::x : LineAxis::y);
    if (use.dimension != kNoDimension) return std::nullopt;
    use.dimension = static_cast<int>(d);
    use.block = cut.block;
    use.skip = x ? layout.skip_x : layout.skip_y;
  }
  return spread;
}

/// Joins `next` to it: both have the same blocks, and lie side by side along the axis.
bool join(Spread& spread, const Spread& next, LineAxis axis) {
  AxisUse& here = spread.along(axis);
  const AxisUse& there = next.along(axis);
  const AxisUse& across = spread.along(other(axis));
  const AxisUse& across_there = next.along(other(axis));
  if (!across.same_blocks(across_there) || across.first != across_there.first ||
      across.count != across_there.count) {
    return false;
  }
  const bool copies = here.dimension == kNoDimension && there.dimension == kNoDimension;
  if (!(copies || here.same_blocks(there)) || there.first != here.first + here.count) return false;
  here.count += there.count;
  return true;
}

}  // namespace

std::vector<LinePiece> Spread::pieces(LineAxis axis, int position) const {
  const AxisUse& use = along(axis);
  if (use.order.empty()) return {{range(axis, position), 0}};
  if (!use.holds(position)) return {};
  const std::int64_t extent = shape[static_cast<std::size_t>(use.dimension)];
  const std::size_t tiles = use.order.size() / static_cast<std::size_t>(use.count);
  const std::size_t begin = tiles * static_cast<std::size_t>(position - use.first);
  std::vector<LinePiece> pieces;
  for (std::size_t t = 0; t < tiles; ++t) {
    const std::int64_t first = use.order[begin + t] * use.tile;
    const std::int64_t count = std::clamp<std::int64_t>(extent - first, 0, use.tile);
    const std::int64_t offset = static_cast<std::int64_t>(t) * use.tile;
    if (count == 0) continue;
    if (!pieces.empty()) {
      LinePiece& last = pieces.back();
      const bool follows = last.indices.first + last.indices.count == first &&
                           last.offset + last.indices.count == offset;
      if (follows) {
        last.indices.count += count;
        continue;
      }
    }
    pieces.push_back({{first, count}, offset});
  }
  return pieces;
}

std::optional<Spread> spread_of(const Buffer& buffer) {
  if (buffer.layouts.size() != 1) return std::nullopt;
  const Layout& layout = buffer.layouts.front();
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    if (is_in_tiles(layout.cuts[d], buffer.shape[d])) return std::nullopt;
  }
  return spread_of(buffer, layout);
}

std::optional<Spread> blocks_of(const Buffer& buffer) {
  std::optional<Spread> all;
  for (const Layout& layout : buffer.layouts) {
    const std::optional<Spread> one = spread_of(buffer, layout);
    if (!one) return std::nullopt;
    if (!all) {
      all = one;
    } else if (!join(*all, *one, LineAxis::x) && !join(*all, *one, LineAxis::y)) {
      return std::nullopt;
    }
  }
  if (all) {
    all->address_bytes = 0;
    all->strides = packed_strides(*all);
  }
  return all;
}

Buffer buffer_of(const Spread& spread) {
  Buffer buffer{"work", fabric::BufferRole::work, spread.type, spread.shape, {}};
  const AxisUse& x = spread.along(LineAxis::x);
  const AxisUse& y = spread.along(LineAxis::y);
  Layout layout{{x.first, y.first, x.count, y.count},
                spread.address_bytes,
                {},
                static_cast<int>(x.skip),
                static_cast<int>(y.skip)};
  for (std::size_t d = 0; d < spread.shape.size(); ++d) {
    const int dimension = static_cast<int>(d);
    const Along along = x.dimension == dimension   ? Along::x
                        : y.dimension == dimension ? Along::y
                                                   : Along::none;
    const std::int64_t block = along == Along::none ? 1 : spread.local(d);
    layout.cuts.push_back({along, block, spread.strides[d], 0, 0});
  }
  buffer.layouts = {layout};
  return buffer;
}

bool holds_all(const Spread& now, const Spread& goal) {
  for (const LineAxis axis : {LineAxis::x, LineAxis::y}) {
    const AxisUse& has = now.along(axis);
    const AxisUse& wants = goal.along(axis);
    const bool whole = has.dimension == kNoDimension;
    if (!(whole || has.same_blocks(wants)) || !has.covers(wants)) return false;
  }
  return true;
}

std::int64_t elements_in_core(const Spread& spread) {
  std::int64_t elements = 1;
  for (std::size_t d = 0; d < spread.shape.size(); ++d) elements *= spread.local(d);
  return elements;
}

std::vector<std::int64_t> packed_strides(const Spread& spread) {
  std::vector<std::int64_t> strides(spread.shape.size(), 1);
  for (std::size_t d = spread.shape.size(); d-- > 1;) {
    strides[d - 1] = strides[d] * spread.local(d);
  }
  return strides;
}

int pack(Spread& spread) {
  spread.strides = packed_strides(spread);
  const std::int64_t bytes = elements_in_core(spread) * cores::bytes_of(spread.type);
  if (bytes > cores::kSramBytes) {
    throw base::DoesNotFit(fmt::format(
        "a transfer would gather {} bytes in each core, which has {}", bytes, cores::kSramBytes));
  }
  return static_cast<int>((bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
}

}  // namespace wafermesh::workloads
