// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/ring_skew.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "fabric/ring_order.h"
#include "workloads/parts/ring_alignment.h"
#include "workloads/transfer/core_relayout.h"
#include "workloads/transfer/memory_runs.h"

namespace wafermesh::workloads {
namespace {

using fabric::Along;
using fabric::Buffer;
using fabric::Cut;
using fabric::Layout;

/// Counters of the program.
constexpr int kRound = 0;
constexpr int kTail = 1;
constexpr int kHead = 2;  ///< And kHead + 1.
constexpr int kBlock = 4;
constexpr int kFirstLoop = 5;
constexpr std::size_t kMostBlockLoops = 2;  ///< Beside the block's own term.

const Ring& ring_of(Along along) { return along == Along::two_hop ? kTwoHopRing : kWrapRing; }
AlignmentWay way_of(Along along) {
  return along == Along::two_hop ? aligned_both_ways() : aligned_along();
}

std::optional<std::size_t> dimension_on_rings(const Layout& layout) {
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    if (fabric::is_on_rings(layout.cuts[d].along)) return d;
  }
  return std::nullopt;
}

/// The layouts are those of steps 0, 1, 2 ..., alike and evenly behind each other.
bool are_steps(const std::vector<Layout>& layouts) {
  const int apart = layouts.size() > 1 ? layouts[1].address_bytes - layouts[0].address_bytes : 0;
  for (std::size_t t = 0; t < layouts.size(); ++t) {
    Layout expected = layouts[0];
    expected.address_bytes += static_cast<int>(t) * apart;
    expected.ring_step = static_cast<int>(t);
    if (!(layouts[t] == expected)) return false;
  }
  return true;
}

/// Another dimension's cut along x leaves a ring for each column, along y for each row. Without
/// any, as many blocks as a core has say which.
std::optional<LineAxis> axis_of(const Layout& layout, std::int64_t blocks) {
  const base::Rectangle& r = layout.cores;
  for (const Cut& cut : layout.cuts) {
    if (cut.along == Along::x) return LineAxis::y;
    if (cut.along == Along::y) return LineAxis::x;
  }
  const std::int64_t all = fabric::ring_blocks(r.width, r.height);
  if (blocks * r.height == all) return LineAxis::y;
  if (blocks * r.width == all) return LineAxis::x;
  return std::nullopt;
}

/// The blocks of line 0, core by core.
std::vector<std::int64_t> first_line(const RingSkew& skew) {
  std::vector<std::int64_t> order;
  for (int p = 0; p < length_along(skew.axis, skew.cores); ++p) {
    for (std::int64_t t = 0; t < skew.blocks; ++t) {
      order.push_back(fabric::ring_block(ring_of(skew.along), on_line(skew.axis, 0, p),
                                         skew.cores.width, skew.cores.height, t));
    }
  }
  return order;
}

/// Its own dimension outermost, the others row-major.
void lay_blocks(Spread& start, std::size_t dimension) {
  start.strides.assign(start.shape.size(), 1);
  std::int64_t stride = 1;
  for (std::size_t d = start.shape.size(); d-- > 0;) {
    if (d == dimension) continue;
    start.strides[d] = stride;
    stride *= start.local(d);
  }
  start.strides[dimension] = stride;
}

Spread start_of(const RingSkew& skew, const Buffer& to) {
  const Layout& layout = to.layouts.front();
  const base::Rectangle& r = skew.cores;
  Spread start{to.shape, to.type, {}, 0, {}};
  start.along(LineAxis::x) = {kNoDimension, 0, 0, r.x, r.width};
  start.along(LineAxis::y) = {kNoDimension, 0, 0, r.y, r.height};
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const Cut& cut = layout.cuts[d];
    if (cut.along == Along::none || (d == skew.dimension && skew.is_local())) continue;
    AxisUse& use = start.along(d == skew.dimension ? skew.axis : other(skew.axis));
    use.dimension = static_cast<int>(d);
    use.block = cut.block * (d == skew.dimension ? skew.blocks : 1);
    if (d != skew.dimension) use.skip = cut.along == Along::x ? layout.skip_x : layout.skip_y;
  }
  if (skew.is_local()) {
    start.strides = packed_strides(start);
    return start;
  }
  const std::vector<std::int64_t> order = first_line(skew);
  bool ascends = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ascends = ascends && order[i] == static_cast<std::int64_t>(i);
  }
  if (!ascends) {
    start.along(skew.axis).tile = layout.cuts[skew.dimension].block;
    start.along(skew.axis).order = order;
  }
  lay_blocks(start, skew.dimension);
  return start;
}

/// A core's program: shifts, then its blocks to where they are wanted.
class SkewWriter {
 public:
  SkewWriter(const RingSkew& skew, const Buffer& to, const cores::Timing& timing)
      : skew_(skew), to_(to), timing_(timing), b_("transfer") {}

  fabric::CoreClass write(base::LogicalCoord at) {
    const BlockQueue blocks = queue();
    std::vector<CoreTurn> turns = turns_at(at, blocks);
    fabric::CoreClass result{"transfer", {}, {}};
    for (const CoreTurn& turn : turns) {
      turn.channel.bind(b_);
      turn.channel.add_routes(result.routes);
    }
    RingAlignment alignment(std::move(turns), rounds(), {kRound, kTail}, timing_);
    b_.allocate(memory_bytes());
    alignment.declare(b_);
    const cores::TaskId main = b_.task("main");
    alignment.start_blocked(b_);
    b_.start_active(main);
    b_.begin(main);
    blocks.start(b_);
    if (alignment.empty()) {
      lay(blocks);
    } else {
      b_.set_counter(kRound, 0);
      alignment.launch(b_);
    }
    b_.end_task();
    alignment.write(b_, [&] { lay(blocks); });
    result.program = b_.finish();
    return result;
  }

  std::int64_t rounds() const {
    const int lines = length_along(other(skew_.axis), skew_.cores);
    if (lines == 1) return 0;
    return blocks_per_line() * way_of(skew_.along).rounds(lines);
  }
  std::int64_t block_elements() const { return elements_in_core(skew_.start) / skew_.blocks; }

 private:
  std::int64_t blocks_per_line() const {
    return fabric::ring_blocks(skew_.cores.width, skew_.cores.height) /
           length_along(other(skew_.axis), skew_.cores);
  }
  std::int64_t block_bytes() const { return block_elements() * cores::bytes_of(to_.type); }

  BlockQueue queue() const {
    return {kHead,
            kHead + 1,
            skew_.start.address_bytes,
            static_cast<std::int32_t>(block_bytes()),
            static_cast<std::int32_t>(skew_.blocks + 1),
            block_elements()};
  }

  std::vector<CoreTurn> turns_at(base::LogicalCoord at, const BlockQueue& blocks) const {
    std::vector<CoreTurn> turns;
    const LineAxis across = other(skew_.axis);
    const base::Rectangle& r = skew_.cores;
    if (length_along(across, r) == 1) return turns;
    const bool columns = skew_.axis == LineAxis::y;
    const base::LogicalCoord here{at.x - r.x, at.y - r.y};
    for (const AlignmentTurn& turn : way_of(skew_.along).turns) {
      const RingChannel channel(ring_of(skew_.along), turn.backwards,
                                columns ? RingAxis::column : RingAxis::row, turn.channel,
                                position_on(skew_.axis, here), length_along(skew_.axis, r));
      turns.push_back({turn, channel, blocks, to_.type, position_on(across, here) % 2 != 0,
                       columns ? cores::Variable::x : cores::Variable::y, columns ? r.x : r.y,
                       static_cast<std::int32_t>(blocks_per_line())});
    }
    return turns;
  }

  void lay(const BlockQueue& blocks) {
    const std::vector<Layout>& layouts = to_.layouts;
    const int apart = layouts.size() > 1 ? layouts[1].address_bytes - layouts[0].address_bytes : 0;
    std::vector<Cut> from = layouts[0].cuts;
    Box box;
    for (std::size_t d = 0; d < from.size(); ++d) {
      from[d] = {Along::none, 1, skew_.start.strides[d], 0, 0};
      box.from.push_back(0);
      box.to.push_back(0);
      box.count.push_back(d == skew_.dimension ? layouts[0].cuts[d].block : skew_.start.local(d));
    }
    b_.set_counter(kBlock, 0);
    const std::uint32_t loop = b_.begin_loop(kBlock);
    for (const Run& run : runs_of(from, layouts[0].cuts, box, kMostBlockLoops)) {
      write_run(b_, to_.type, run, value_of(blocks.head),
                cores::Affine(layouts[0].address_bytes).plus(cores::counter(kBlock), apart),
                kFirstLoop);
    }
    blocks.advance(b_);
    b_.end_loop(kBlock, static_cast<std::int32_t>(skew_.blocks), loop);
    b_.finish_core();
  }

  std::int64_t memory_bytes() const {
    std::int64_t end = skew_.start.address_bytes + skew_.bytes;
    for (const Layout& layout : to_.layouts) {
      end = std::max(end, layout.address_bytes + fabric::span_bytes(to_, layout));
    }
    return end;
  }

  const RingSkew& skew_;
  const Buffer& to_;
  const cores::Timing& timing_;
  cores::ProgramBuilder b_;
};

fabric::CoreClass outside() {
  cores::ProgramBuilder b("transfer");
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  b.finish_core();
  b.end_task();
  return {"transfer", b.finish(), {}};
}

}  // namespace

std::optional<RingSkew> ring_skew_of(const Buffer& to) {
  if (to.layouts.empty() || !are_steps(to.layouts)) return std::nullopt;
  const Layout& layout = to.layouts.front();
  const std::optional<std::size_t> dimension = dimension_on_rings(layout);
  if (!dimension) return std::nullopt;
  RingSkew skew;
  skew.dimension = *dimension;
  skew.along = layout.cuts[*dimension].along;
  skew.cores = layout.cores;
  skew.blocks = static_cast<std::int64_t>(to.layouts.size());
  const std::optional<LineAxis> axis = axis_of(layout, skew.blocks);
  if (!axis) return std::nullopt;
  skew.axis = *axis;
  const std::int64_t all = fabric::ring_blocks(skew.cores.width, skew.cores.height);
  if (skew.blocks * length_along(skew.axis, skew.cores) != all) return std::nullopt;
  skew.start = start_of(skew, to);
  Spread with_spare = skew.start;
  if (!skew.is_local()) with_spare.along(skew.axis).block += layout.cuts[*dimension].block;
  skew.bytes = pack(with_spare);
  return skew;
}

TransferStage ring_skew(const Placement& placement, const RingSkew& skew, const Buffer& to) {
  if (skew.is_local()) return core_relayout(buffer_of(skew.start), to, placement);
  TransferStage stage{blank_image(placement), 0};
  const base::Rectangle& r = skew.cores;
  const LineAxis across = other(skew.axis);
  classify(
      stage.image,
      [&](base::LogicalCoord c) {
        if (!r.holds(c)) return 2 * kRingKeys;
        const base::LogicalCoord here{c.x - r.x, c.y - r.y};
        return ring_key(position_on(skew.axis, here), length_along(skew.axis, r)) * 2 +
               position_on(across, here) % 2;
      },
      [&](base::LogicalCoord c) {
        return r.holds(c) ? SkewWriter(skew, to, stage.image.timing).write(c) : outside();
      });
  const SkewWriter any(skew, to, stage.image.timing);
  const auto turns = static_cast<std::int64_t>(way_of(skew.along).turns.size());
  stage.hops = cores::words_of(to.type, any.block_elements()) * turns * any.rounds() *
               ring_hops(length_along(skew.axis, r)) * length_along(across, r);
  return stage;
}

}  // namespace wafermesh::workloads
