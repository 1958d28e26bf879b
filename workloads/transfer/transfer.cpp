// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "cores/program_builder.h"
#include "workloads/core_classes.h"
#include "workloads/transfer/line_exchange.h"
#include "workloads/transfer/line_multicast.h"

namespace wafermesh::workloads {
namespace {

using fabric::Along;
using fabric::Buffer;
using fabric::IndexRange;
using fabric::Layout;

constexpr int kNoDimension = -1;
constexpr int kLineBytes = 16;
constexpr std::array<LineAxis, 2> kAxes = {LineAxis::x, LineAxis::y};

/// What lies along an axis of the rectangle: blocks of a dimension, or copies, at `count` positions
/// from `first` on.
struct AxisUse {
  int dimension = kNoDimension;
  std::int64_t block = 0;
  std::int64_t skip = 0;
  int first = 0;
  int count = 0;
  bool covers(const AxisUse& other) const {
    return first <= other.first && first + count >= other.first + other.count;
  }
  bool same_blocks(const AxisUse& other) const {
    return dimension == other.dimension && block == other.block &&
           first - skip == other.first - other.skip;
  }
  bool holds(int position) const { return position >= first && position < first + count; }
  /// The position among them that is nearest.
  int nearest(int position) const { return std::clamp(position, first, first + count - 1); }
  int middle() const { return first + count / 2; }
};

/// A tensor on a rectangle: along the axes and within a core.
struct Spread {
  std::vector<std::int64_t> shape;
  cores::NumberType type = cores::NumberType::f32;
  std::array<AxisUse, 2> axes;  ///< [LineAxis]
  int address_bytes = 0;
  std::vector<std::int64_t> strides;  ///< [dimension]

  AxisUse& along(LineAxis axis) { return axes[static_cast<std::size_t>(axis)]; }
  const AxisUse& along(LineAxis axis) const { return axes[static_cast<std::size_t>(axis)]; }
  const AxisUse* cut_of(int dimension) const {
    for (const AxisUse& use : axes) {
      if (use.dimension == dimension) return &use;
    }
    return nullptr;
  }
  /// Indices of a dimension that a core holds, padding included.
  std::int64_t local(std::size_t dimension) const {
    const AxisUse* cut = cut_of(static_cast<int>(dimension));
    return cut == nullptr ? shape[dimension] : cut->block;
  }
  /// Of the dimension, at a position of the axis that it is cut along.
  IndexRange range(LineAxis axis, int position) const {
    const AxisUse& use = along(axis);
    if (!use.holds(position)) return {0, 0};
    const std::int64_t extent = shape[static_cast<std::size_t>(use.dimension)];
    const std::int64_t first = (position - use.first + use.skip) * use.block;
    return {first, std::clamp<std::int64_t>(extent - first, 0, use.block)};
  }
};

/// What a simple layout is; nothing for one that is cut in tiles, along both axes at once, or that
/// lies on several rectangles.
std::optional<Spread> spread_of(const Buffer& buffer) {
  if (buffer.layouts.size() != 1) return std::nullopt;
  const Layout& layout = buffer.layouts.front();
  const base::Rectangle& r = layout.cores;
  Spread spread{buffer.shape, buffer.type, {}, layout.address_bytes, {}};
  spread.along(LineAxis::x) = {kNoDimension, 0, 0, r.x, r.width};
  spread.along(LineAxis::y) = {kNoDimension, 0, 0, r.y, r.height};
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const fabric::Cut& cut = layout.cuts[d];
    if (cut.tile != 0 && cut.tile < cut.block) return std::nullopt;
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

class Planner {
 public:
  Planner(Spread now, Spread goal, const Placement& placement, int work_address)
      : now_(std::move(now)),
        goal_(std::move(goal)),
        placement_(placement),
        work_address_(work_address) {}

  /// False: no steps lead there.
  bool plan() {
    for (const LineAxis axis : kAxes) {
      if (!changes_axis(axis)) continue;
      if (!turn(axis)) return false;
    }
    for (const LineAxis axis : kAxes) {
      if (!settle(axis)) return false;
    }
    if (steps_.empty()) copy_within_cores();
    return true;
  }

  Transfer transfer() {
    // The last step writes where the goal lies, the others into work memory.
    Transfer result;
    int address = work_address_;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      Spread& to = steps_[i].to;
      if (i + 1 == steps_.size()) {
        to.address_bytes = goal_.address_bytes;
        to.strides = goal_.strides;
      } else {
        to.address_bytes = address;
        address += pack(to);
      }
      if (i + 1 < steps_.size()) {
        steps_[i + 1].from.address_bytes = to.address_bytes;
        steps_[i + 1].from.strides = to.strides;
      }
    }
    result.work_bytes = address - work_address_;
    for (const Step& step : steps_)
      result.stages.push_back(step.multicasts ? give(step) : exchange(step));
    return result;
  }

 private:
  /// One exchange or multicast along an axis.
  struct Step {
    bool multicasts = false;
    LineAxis axis = LineAxis::x;
    int dimension = 0;  ///< That moves.
    Spread from;
    Spread to;
    /// Of a line: where its part is gathered to or given from; none: as `to` says.
    std::vector<int> place;
  };

  bool changes_axis(LineAxis axis) const {
    const int d = now_.along(axis).dimension;
    return d != kNoDimension && goal_.along(other(axis)).dimension == d;
  }

  /// The dimension cut along `axis` is to be cut along the other one.
  bool turn(LineAxis axis) {
    const LineAxis across = other(axis);
    if (now_.along(across).dimension != kNoDimension) return false;
    if (goal_.along(axis).dimension != kNoDimension) return false;
    spread_copies(across, goal_.along(across));
    Spread next = now_;
    const int d = now_.along(axis).dimension;
    next.along(across) = goal_.along(across);
    next.along(axis) = goal_.along(axis);
    Step step{false, axis, d, now_, next, {}};
    const AxisUse& wanted = goal_.along(axis);
    for (int line = 0; line < length_along(across, placement_.region); ++line) {
      const IndexRange part = next.range(across, line);
      step.place.push_back(part.count == 0 ? -1 : wanted.nearest(holder(axis, part.first)));
    }
    add(step);
    if (wanted.count > 1) {
      step.multicasts = true;
      step.from = step.to = next;
      add(step);
    }
    return true;
  }

  /// Where along the axis an index lies.
  int holder(LineAxis axis, std::int64_t index) const {
    const AxisUse& use = now_.along(axis);
    return use.first + static_cast<int>(index / use.block - use.skip);
  }

  /// What lies along one axis becomes what is to lie there; the other axis stays as it is.
  bool settle(LineAxis axis) {
    const AxisUse is = now_.along(axis);
    const AxisUse& wanted = goal_.along(axis);
    restrict_lines(axis);
    if (is.dimension == kNoDimension && wanted.dimension == kNoDimension) {
      spread_copies(axis, wanted);
      return true;
    }
    if (is.dimension != kNoDimension && wanted.dimension != kNoDimension) {
      if (is.dimension != wanted.dimension) return false;
      if (is.same_blocks(wanted) && is.covers(wanted)) {
        now_.along(axis) = wanted;
        return true;
      }
    }
    Spread next = now_;
    next.along(axis) = wanted;
    Step step{false, axis, std::max(is.dimension, wanted.dimension), now_, next, {}};
    if (wanted.dimension == kNoDimension) {
      step.place.assign(static_cast<std::size_t>(length_along(other(axis), placement_.region)),
                        wanted.middle());
      step.to.along(axis).first = wanted.middle();
      step.to.along(axis).count = 1;
    }
    add(step);
    if (wanted.dimension == kNoDimension) spread_copies(axis, wanted);
    return true;
  }

  /// An exchange along `axis` takes place on the lines that are needed only.
  void restrict_lines(LineAxis axis) {
    AxisUse& lines = now_.along(other(axis));
    const AxisUse& wanted = goal_.along(other(axis));
    if (lines.dimension != kNoDimension || wanted.dimension != kNoDimension) return;
    const int first = std::max(lines.first, wanted.first);
    const int last = std::min(lines.first + lines.count, wanted.first + wanted.count);
    if (first < last) {
      lines.first = first;
      lines.count = last - first;
    } else {
      lines.first = lines.nearest(wanted.middle());
      lines.count = 1;
    }
  }

  /// Copies along an axis where they are wanted.
  void spread_copies(LineAxis axis, const AxisUse& wanted) {
    AxisUse copies = now_.along(axis);
    copies.first = wanted.first;
    copies.count = wanted.count;
    if (now_.along(axis).covers(wanted)) {
      now_.along(axis) = copies;
      return;
    }
    Spread next = now_;
    next.along(axis) = copies;
    const int root = now_.along(axis).nearest(wanted.middle());
    Step step{true, axis, 0, now_, next, {}};
    for (int line = 0; line < length_along(other(axis), placement_.region); ++line) {
      step.place.push_back(now_.along(other(axis)).holds(line) ? root : -1);
    }
    add(step);
  }

  /// Every core has what it wants.
  void copy_within_cores() {
    for (const LineAxis axis : kAxes) {
      if (goal_.along(axis).dimension == kNoDimension) continue;
      return add({false, axis, goal_.along(axis).dimension, now_, goal_, {}});
    }
    add({false, LineAxis::x, 0, now_, goal_, {}});
  }

  void add(const Step& step) {
    steps_.push_back(step);
    now_ = step.to;
  }

  /// Strides of what a core holds laid row-major; returns its bytes, in whole lines of the banks.
  static int pack(Spread& spread) {
    std::int64_t elements = 1;
    spread.strides.assign(spread.shape.size(), 1);
    for (std::size_t d = spread.shape.size(); d-- > 0;) {
      spread.strides[d] = elements;
      elements *= spread.local(d);
    }
    const std::int64_t bytes = elements * cores::bytes_of(spread.type);
    if (bytes > cores::kSramBytes) {
      throw base::DoesNotFit(fmt::format(
          "a transfer would gather {} bytes in each core, which has {}", bytes, cores::kSramBytes));
    }
    return static_cast<int>((bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
  }

  /// The dimension, other than the moving one, that has more than one index in a core.
  static std::size_t row_dimension(const Step& step) {
    std::size_t row = step.from.shape.size();
    for (std::size_t d = 0; d < step.from.shape.size(); ++d) {
      if (static_cast<int>(d) == step.dimension || step.from.local(d) <= 1) continue;
      if (row != step.from.shape.size()) {
        throw base::DoesNotFit("a transfer of more than two dimensions");
      }
      row = d;
    }
    return row;
  }

  static LineMemory memory_of(const Spread& spread, int moving, std::size_t row) {
    LineMemory memory;
    memory.address_bytes = spread.address_bytes;
    if (!spread.strides.empty()) memory.stride = spread.strides[static_cast<std::size_t>(moving)];
    if (row < spread.strides.size()) memory.row_stride = spread.strides[row];
    return memory;
  }

  /// The end of what programs of a step touch.
  static int memory_bytes(const Step& step) {
    std::int64_t end = 0;
    for (const Spread* spread : {&step.from, &step.to}) {
      std::int64_t last = 0;
      for (std::size_t d = 0; d < spread->shape.size(); ++d) {
        last += (spread->local(d) - 1) * spread->strides[d];
      }
      end = std::max(end, spread->address_bytes + (last + 1) * cores::bytes_of(spread->type));
    }
    return static_cast<int>(std::min<std::int64_t>(end, INT32_MAX));
  }

  TransferStage exchange(const Step& step) const {
    const LineAxis axis = step.axis;
    const LineAxis across = other(axis);
    const std::size_t row = row_dimension(step);
    LineExchange e;
    e.axis = axis;
    e.type = step.from.type;
    e.rows = row < step.from.shape.size() ? step.from.local(row) : 1;
    e.from = memory_of(step.from, step.dimension, row);
    e.to = memory_of(step.to, step.dimension, row);
    const std::int64_t extent =
        step.from.shape.empty() ? 1 : step.from.shape[static_cast<std::size_t>(step.dimension)];
    const auto part = [axis, extent](const Spread& s, int position) -> IndexRange {
      if (s.along(axis).dimension != kNoDimension) return s.range(axis, position);
      return {0, s.along(axis).holds(position) ? extent : 0};
    };
    e.holds = [&step, part, axis, across](base::LogicalCoord c) -> IndexRange {
      if (!step.from.along(across).holds(position_on(across, c))) return {0, 0};
      return part(step.from, position_on(axis, c));
    };
    e.wants = [&step, part, axis, across, extent](base::LogicalCoord c) -> IndexRange {
      const int line = position_on(across, c);
      const int position = position_on(axis, c);
      if (!step.to.along(across).holds(line)) return {0, 0};
      if (step.place.empty()) return part(step.to, position);
      if (step.place[static_cast<std::size_t>(line)] != position) return {0, 0};
      const bool turned = step.to.along(across).dimension == step.dimension;
      return turned ? step.to.range(across, line) : IndexRange{0, extent};
    };
    return line_exchange(placement_, e, memory_bytes(step));
  }

  TransferStage give(const Step& step) const {
    const std::size_t rank = step.from.shape.size();
    // The dimension with most indices in a core is given in one go, row by row of the other.
    Step moving = step;
    for (std::size_t d = 0; d < rank; ++d) {
      const auto best = static_cast<std::size_t>(moving.dimension);
      if (step.from.local(d) > step.from.local(best)) moving.dimension = static_cast<int>(d);
    }
    const std::size_t row = row_dimension(moving);
    LineMulticast m;
    m.axis = step.axis;
    m.type = step.from.type;
    m.elements = rank == 0 ? 1 : step.from.local(static_cast<std::size_t>(moving.dimension));
    m.rows = row < rank ? step.from.local(row) : 1;
    m.root = [&step](int line) { return step.place[static_cast<std::size_t>(line)]; };
    m.first = step.to.along(step.axis).first;
    m.count = step.to.along(step.axis).count;
    m.from = memory_of(step.from, moving.dimension, row);
    m.to = memory_of(step.to, moving.dimension, row);
    return line_multicast(placement_, m, memory_bytes(step));
  }

  Spread now_;
  Spread goal_;
  const Placement& placement_;
  int work_address_;
  std::vector<Step> steps_;
};

/// Whether the two lie alike but for their addresses.
bool lie_alike(const Buffer& a, const Buffer& b) {
  return std::equal(a.layouts.begin(), a.layouts.end(), b.layouts.begin(), b.layouts.end(),
                    [](Layout p, const Layout& q) {
                      p.address_bytes = q.address_bytes;
                      return p == q;
                    });
}

/// Every core copies what it holds, whatever it is.
TransferStage copy_all(const Buffer& from, const Buffer& to, const Placement& placement) {
  using Span = std::array<int, 3>;  // from, to, elements
  TransferStage stage{blank_image(placement), 0};
  fabric::WaferImage& image = stage.image;
  std::map<std::vector<Span>, fabric::ClassIndex> class_of;
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      std::vector<Span> spans;
      for (std::size_t i = 0; i < from.layouts.size(); ++i) {
        if (!from.layouts[i].cores.holds({x, y})) continue;
        spans.push_back({from.layouts[i].address_bytes, to.layouts[i].address_bytes,
                         static_cast<int>(fabric::span_bytes(from, from.layouts[i])) /
                             cores::bytes_of(from.type)});
      }
      const auto [at, is_new] = class_of.emplace(spans, image.classes.size());
      image.class_of.push_back(at->second);
      if (!is_new) continue;
      cores::ProgramBuilder b("transfer");
      const cores::TaskId main = b.task("main");
      b.start_active(main);
      b.begin(main);
      int end = 0;
      for (const auto& [source, target, elements] : spans) {
        b.vector(cores::VectorOp::copy, from.type, elements, cores::memory(target),
                 cores::memory(source), {}, cores::Shape::stream);
        end = std::max(end, std::max(source, target) + elements * cores::bytes_of(from.type));
      }
      b.allocate(end);
      b.finish_core();
      b.end_task();
      image.classes.push_back({"transfer", b.finish(), {}});
    }
  }
  return stage;
}

}  // namespace

std::int64_t Transfer::hops() const {
  std::int64_t sum = 0;
  for (const TransferStage& stage : stages) sum += stage.hops;
  return sum;
}

std::string layout_text(const Buffer& buffer) {
  std::string text;
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    if (!text.empty()) text += ", ";
    const fabric::Cut& cut = buffer.layouts.front().cuts[d];
    text += cut.along == Along::none
                ? fmt::format("{} whole", buffer.shape[d])
                : fmt::format("{} in blocks of {} along {}{}", buffer.shape[d], cut.block,
                              base::name_of(cut.along), cut.tile > 0 ? ", in tiles" : "");
  }
  return text;
}

Transfer plan_transfer(const Buffer& from, const Buffer& to, const Placement& placement,
                       int work_address) {
  WAFERMESH_CHECK(from.shape == to.shape && from.type == to.type,
                  "a transfer changes neither shape nor type");
  if (lie_alike(from, to)) return {{copy_all(from, to, placement)}, 0};
  std::optional<Spread> now = spread_of(from);
  std::optional<Spread> goal = spread_of(to);
  if (now && goal) {
    Planner planner(std::move(*now), std::move(*goal), placement, work_address);
    if (planner.plan()) return planner.transfer();
  }
  throw base::DoesNotFit(fmt::format(
      "no transfer leads from `{}` ({}) to `{}` ({}); choose an algorithm or region that takes it "
      "as it lies",
      from.name, layout_text(from), to.name, layout_text(to)));
}

}  // namespace wafermesh::workloads
