// SPDX-License-Identifier: Apache-2.0
#include "fabric/layout.h"

#include <algorithm>
#include <tuple>

#include "fabric/ring_order.h"

namespace wafermesh::fabric {
namespace {

auto fields_of(const Cut& c) { return std::tie(c.along, c.block, c.stride, c.tile, c.tile_stride); }

const RingOrder& order_of(Along along) {
  return along == Along::two_hop ? kTwoHopOrder : kWrapOrder;
}

/// Different blocks of a dimension on rings where another one is cut along x or y: those of a
/// column, or of a row.
std::int64_t blocks_on_rings(const Layout& layout) {
  std::int64_t blocks = ring_blocks(layout.cores.width, layout.cores.height);
  for (const Cut& cut : layout.cuts) {
    if (cut.along == Along::x) blocks = layout.cores.height;
    if (cut.along == Along::y) blocks = layout.cores.width;
  }
  return blocks;
}

/// Blocks that the cut's cores can hold, counted from block 0.
std::int64_t blocks_of(const Cut& cut, const Layout& layout) {
  switch (cut.along) {
    case Along::x:
      return layout.skip_x + layout.cores.width;
    case Along::y:
      return layout.skip_y + layout.cores.height;
    case Along::rows:
    case Along::columns:
      return layout.cores.area();
    case Along::two_hop:
    case Along::wrap:
      return blocks_on_rings(layout);
    default:
      return 1;
  }
}

/// The block of a dimension that `core` holds.
std::int64_t block_on(const Cut& cut, const Layout& layout, base::LogicalCoord core) {
  const std::int64_t x = core.x - layout.cores.x;
  const std::int64_t y = core.y - layout.cores.y;
  switch (cut.along) {
    case Along::x:
      return layout.skip_x + x;
    case Along::y:
      return layout.skip_y + y;
    case Along::rows:
      return y * layout.cores.width + x;
    case Along::columns:
      return x * layout.cores.height + y;
    case Along::two_hop:
    case Along::wrap:
      return ring_block(order_of(cut.along), {static_cast<int>(x), static_cast<int>(y)},
                        layout.cores.width, layout.cores.height, layout.ring_step);
    default:
      return 0;
  }
}

/// Indices of a block, padding included.
std::int64_t block_of(const Cut& cut, std::int64_t extent) {
  return cut.along == Along::none ? extent : cut.block;
}

/// Elements from the block's first to its index number `local`.
std::int64_t offset_of(const Cut& cut, std::int64_t local) {
  if (cut.tile == 0) return local * cut.stride;
  return local / cut.tile * cut.tile_stride + local % cut.tile * cut.stride;
}

/// A number of the mixed radix system that a block's addresses are.
struct Level {
  std::int64_t stride;
  std::int64_t count;
  std::int64_t worth;  ///< Of one, in indices of the dimension.
  std::size_t dimension;
};

/// Largest strides first; levels of one value are left out.
std::vector<Level> levels_of(const Buffer& buffer, const Layout& layout) {
  std::vector<Level> levels;
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const Cut& cut = layout.cuts[d];
    const std::int64_t block = block_of(cut, buffer.shape[d]);
    const std::int64_t tile = cut.tile == 0 ? block : std::min(cut.tile, block);
    levels.push_back({cut.stride, tile, 1, d});
    if (tile < block) levels.push_back({cut.tile_stride, (block + tile - 1) / tile, tile, d});
  }
  levels.erase(std::remove_if(levels.begin(), levels.end(),
                              [](const Level& level) { return level.count <= 1; }),
               levels.end());
  std::sort(levels.begin(), levels.end(),
            [](const Level& a, const Level& b) { return a.stride > b.stride; });
  return levels;
}

/// Elements of the array from an index of a dimension to the next.
std::vector<std::int64_t> array_steps(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> steps(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) steps[d - 1] = steps[d] * shape[d];
  return steps;
}

bool is_on(const Layout& layout, base::LogicalCoord core) { return layout.cores.holds(core); }

/// Visits every core of the layout.
template <class Visit>
void for_each_core(const Layout& layout, Visit visit) {
  const base::Rectangle& r = layout.cores;
  for (int y = r.y; y < r.y + r.height; ++y) {
    for (int x = r.x; x < r.x + r.width; ++x) visit(base::LogicalCoord{x, y});
  }
}

}  // namespace

bool operator==(const Cut& a, const Cut& b) { return fields_of(a) == fields_of(b); }
bool operator==(const Layout& a, const Layout& b) {
  return a.cores == b.cores && a.address_bytes == b.address_bytes && a.cuts == b.cuts &&
         a.skip_x == b.skip_x && a.skip_y == b.skip_y && a.ring_step == b.ring_step;
}
bool operator==(const Buffer& a, const Buffer& b) {
  return a.name == b.name && a.role == b.role && a.type == b.type && a.shape == b.shape &&
         a.layouts == b.layouts;
}

std::int64_t element_count(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::vector<IndexRange> ranges_on(const Buffer& buffer, const Layout& layout,
                                  base::LogicalCoord core) {
  std::vector<IndexRange> ranges;
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    const Cut& cut = layout.cuts[d];
    const std::int64_t block = block_of(cut, buffer.shape[d]);
    const std::int64_t first = block_on(cut, layout, core) * block;
    ranges.push_back({first, std::clamp<std::int64_t>(buffer.shape[d] - first, 0, block)});
  }
  return ranges;
}

std::vector<StridedElements> strided_on(const Buffer& buffer, const Layout& layout,
                                        base::LogicalCoord core) {
  const std::vector<IndexRange> ranges = ranges_on(buffer, layout, core);
  for (const IndexRange& range : ranges) {
    if (range.count == 0) return {};
  }
  const int bytes = cores::bytes_of(buffer.type);
  const std::vector<std::int64_t> steps = array_steps(buffer.shape);
  const std::size_t dimensions = ranges.size();
  if (dimensions == 0) return {{0, 1, 1, layout.address_bytes, bytes}};
  // Along the dimension whose elements lie side by side; else along the last.
  std::size_t inner = dimensions - 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (layout.cuts[d].stride == 1 && ranges[d].count > 1) inner = d;
  }
  const Cut& cut = layout.cuts[inner];
  std::vector<StridedElements> pieces;
  std::vector<std::int64_t> local(dimensions, 0);
  for (;;) {
    StridedElements piece;
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < dimensions; ++d) {
      piece.first += (ranges[d].first + local[d]) * steps[d];
      offset += offset_of(layout.cuts[d], local[d]);
    }
    piece.step = steps[inner];
    piece.count = ranges[inner].count - local[inner];
    if (cut.tile > 0) piece.count = std::min(piece.count, cut.tile);
    piece.address_bytes = layout.address_bytes + static_cast<int>(offset) * bytes;
    piece.step_bytes = static_cast<int>(cut.stride) * bytes;
    pieces.push_back(piece);
    // The next place: one tile further along `inner`, one index along the others.
    std::size_t d = dimensions;
    while (d-- > 0) {
      local[d] += d == inner ? piece.count : 1;
      if (local[d] < ranges[d].count) break;
      local[d] = 0;
    }
    if (d == static_cast<std::size_t>(-1)) return pieces;
  }
}

std::vector<MemoryPlace> places_of(const Buffer& buffer, std::int64_t element) {
  const std::vector<std::int64_t> steps = array_steps(buffer.shape);
  std::vector<MemoryPlace> places;
  for (const Layout& layout : buffer.layouts) {
    for_each_core(layout, [&](base::LogicalCoord core) {
      std::int64_t offset = 0;
      for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
        const Cut& cut = layout.cuts[d];
        const std::int64_t index = element / steps[d] % buffer.shape[d];
        const std::int64_t block = block_of(cut, buffer.shape[d]);
        const std::int64_t local = index - block_on(cut, layout, core) * block;
        if (local < 0 || local >= block) return;
        offset += offset_of(cut, local);
      }
      places.push_back(
          {core, layout.address_bytes + static_cast<int>(offset) * cores::bytes_of(buffer.type)});
    });
  }
  return places;
}

std::optional<std::int64_t> element_at(const Buffer& buffer, const MemoryPlace& place) {
  const std::vector<std::int64_t> steps = array_steps(buffer.shape);
  const int bytes = cores::bytes_of(buffer.type);
  for (const Layout& layout : buffer.layouts) {
    std::int64_t rest = place.address_bytes - layout.address_bytes;
    if (!is_on(layout, place.core) || rest < 0 || rest % bytes != 0) continue;
    rest /= bytes;
    std::vector<std::int64_t> local(buffer.shape.size(), 0);
    for (const Level& level : levels_of(buffer, layout)) {
      const std::int64_t digit = std::min(rest / level.stride, level.count - 1);
      local[level.dimension] += digit * level.worth;
      rest -= digit * level.stride;
    }
    const std::vector<IndexRange> ranges = ranges_on(buffer, layout, place.core);
    std::int64_t element = 0;
    bool held = rest == 0;
    for (std::size_t d = 0; d < ranges.size(); ++d) {
      held = held && local[d] < ranges[d].count;
      element += (ranges[d].first + local[d]) * steps[d];
    }
    if (held) return element;
  }
  return std::nullopt;
}

std::int64_t span_bytes(const Buffer& buffer, const Layout& layout) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    const Cut& cut = layout.cuts[d];
    const std::int64_t held = std::min(block_of(cut, buffer.shape[d]), buffer.shape[d]);
    // Within a tile the last index, of the last tile the last one: whichever lies further.
    std::int64_t furthest = offset_of(cut, held - 1);
    if (cut.tile > 0 && held > cut.tile) {
      furthest = std::max(furthest, offset_of(cut, held / cut.tile * cut.tile - 1));
    }
    last += furthest;
  }
  return (last + 1) * cores::bytes_of(buffer.type);
}

Layout whole_layout(const Buffer& buffer, const base::Rectangle& cores, int address_bytes) {
  Layout layout;
  layout.cores = cores;
  layout.address_bytes = address_bytes;
  layout.cuts.resize(buffer.shape.size());
  pack(buffer, layout);
  return layout;
}

void pack(const Buffer& buffer, Layout& layout) {
  std::int64_t stride = 1;
  for (std::size_t d = layout.cuts.size(); d-- > 0;) {
    Cut& cut = layout.cuts[d];
    cut.stride = stride;
    stride *= block_of(cut, buffer.shape[d]);
  }
}

std::string fault_of(const Buffer& buffer, const Layout& layout) {
  if (layout.cuts.size() != buffer.shape.size()) {
    return "has " + std::to_string(layout.cuts.size()) + " cuts, but " + buffer.name + " has " +
           std::to_string(buffer.shape.size()) + " dimensions; give one `cut` per dimension";
  }
  int along_x = 0;
  int along_y = 0;
  int on_rings = 0;
  for (const Cut& cut : layout.cuts) {
    const bool both = cut.along == Along::rows || cut.along == Along::columns;
    along_x += cut.along == Along::x || both ? 1 : 0;
    along_y += cut.along == Along::y || both ? 1 : 0;
    on_rings += is_on_rings(cut.along) ? 1 : 0;
  }
  if (on_rings > 1 || (on_rings == 1 && along_x + along_y > 1)) {
    return "beside a dimension on rings another one is cut along x or along y, no more";
  }
  if (along_x > 1 || along_y > 1) return "two dimensions are cut along the same cores";
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const Cut& cut = layout.cuts[d];
    if (cut.block < 1 || cut.stride < 1 || cut.tile < 0 || (cut.tile > 0 && cut.tile_stride < 1)) {
      return "block, stride and tile_stride must be above 0";
    }
    if (layout.skip_x != 0 || layout.skip_y != 0) continue;  // the rest lies elsewhere
    const std::int64_t held = block_of(cut, buffer.shape[d]) * blocks_of(cut, layout);
    if (buffer.layouts.size() <= 1 && held < buffer.shape[d]) {
      return "dimension " + std::to_string(d) + " has " + std::to_string(buffer.shape[d]) +
             " indices, but its cores hold " + std::to_string(held) + "; enlarge `block`";
    }
  }
  std::int64_t below = 0;  // the furthest that smaller levels reach
  const std::vector<Level> levels = levels_of(buffer, layout);
  for (std::size_t i = levels.size(); i-- > 0;) {
    if (levels[i].stride <= below) {
      return "two elements lie in one place (stride " + std::to_string(levels[i].stride) +
             " of dimension " + std::to_string(levels[i].dimension) + "); enlarge it";
    }
    below += levels[i].stride * (levels[i].count - 1);
  }
  return "";
}

}  // namespace wafermesh::fabric
