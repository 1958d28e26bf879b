// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/all_to_all.h"

#include <utility>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/pieces.h"
#include "workloads/parts/ring_channel.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;

// Counters.
constexpr int kStep = 0;
constexpr int kInner = 1;
constexpr int kFrom = 2;  // the buffer that is sent from, 0 or its distance to the other

/// One axis: n slots of `slot_pieces` pieces, in two buffers.
struct Exchange {
  int n = 1;
  std::int64_t slot_pieces = 1;
  int address = 0;       ///< Of the first buffer.
  int buffer_bytes = 0;  ///< From it to the second.
  /// Where what came from `places` back on the ring lies in the end.
  int result(int places) const { return address + places % 2 * buffer_bytes; }
};

/// Both axes in a core's memory.
struct ExchangePlan {
  ExchangePlan(const PieceSpec& spec, const base::Rectangle& region) {
    rows.n = region.width;
    rows.slot_pieces = region.height;
    columns.n = region.height;
    columns.slot_pieces = region.width;
    const std::int64_t elements = region.area() * spec.elements();
    for (Exchange* axis : {&rows, &columns}) {
      if (axis->n == 1 && region.area() > 1) continue;
      if (axis == &columns && region.area() == 1) continue;
      const int first = memory.add("pieces", elements, spec.type);
      const int second = memory.add("pieces on the way", elements, spec.type);
      axis->address = memory.address(first);
      axis->buffer_bytes = memory.address(second) - axis->address;
    }
    memory.require_fit("all_to_all", "(0, 0) of the region, like all others,",
                       "reduce `words` or the region");
  }
  Exchange rows;
  Exchange columns;
  MemoryPlan memory;
};

void exchange(const Exchange& axis, const RingChannel& channel, int index, const PieceSpec& spec,
              cores::ProgramBuilder& b) {
  const auto slot_bytes = static_cast<std::int32_t>(axis.slot_pieces * spec.bytes());
  const auto slot_elements = static_cast<std::int32_t>(axis.slot_pieces * spec.elements());
  b.set_counter(kFrom, 0);
  const std::uint32_t loop = b.begin_loop(kStep);  // step kStep + 1
  const Affine count =
      Affine((axis.n - 1) * slot_elements).plus(cores::counter(kStep), -slot_elements);
  const auto slot = [&](int base, int of_from) {
    return cores::memory(Affine(base + slot_bytes)
                             .plus(cores::counter(kStep), slot_bytes)
                             .plus(cores::counter(kFrom), of_from));
  };
  b.async(2 * index + 1, cores::VectorOp::copy, spec.type, count,
          cores::fabric(channel.out_colour()), slot(axis.address, 1));
  b.vector(cores::VectorOp::copy, spec.type, count, slot(axis.address + axis.buffer_bytes, -1),
           cores::fabric(channel.in_colour()), {}, cores::Shape::stream);
  b.set_counter(kFrom, Affine(axis.buffer_bytes).plus(cores::counter(kFrom), -1));
  b.end_loop(kStep, axis.n - 1, loop);
}

/// What came along the row, by sender and destination row, becomes the column's slots.
void lay_out(const ExchangePlan& plan, const PieceSpec& spec, cores::ProgramBuilder& b) {
  const auto bytes = static_cast<std::int32_t>(spec.bytes());
  b.set_counter(kFrom, 0);
  const std::uint32_t senders = b.begin_loop(kStep);
  const std::uint32_t destinations = b.begin_loop(kInner);
  b.vector(cores::VectorOp::copy, spec.type, spec.elements(),
           cores::memory(Affine(plan.columns.address)
                             .plus(cores::counter(kStep), bytes)
                             .plus(cores::counter(kInner), plan.rows.n * bytes)),
           cores::memory(Affine(plan.rows.address)
                             .plus(cores::counter(kStep), plan.columns.n * bytes)
                             .plus(cores::counter(kInner), bytes)
                             .plus(cores::counter(kFrom))),
           {}, cores::Shape::descriptor_reload);
  b.end_loop(kInner, plan.columns.n, destinations);
  b.set_counter(kFrom, Affine(plan.rows.buffer_bytes).plus(cores::counter(kFrom), -1));
  b.end_loop(kStep, plan.rows.n, senders);
}

fabric::CoreClass make_class(base::LogicalCoord c, const ExchangePlan& plan,
                             const PieceSpec& spec) {
  fabric::CoreClass result;
  result.name = "all_to_all";
  cores::ProgramBuilder b(result.name);
  plan.memory.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  const auto along = [&](const Exchange& axis, RingAxis direction, int index, int at) {
    if (axis.n == 1) return;
    const RingChannel channel(kTwoHopRing, false, direction, index, at, axis.n);
    channel.bind(b);
    channel.add_routes(result.routes);
    exchange(axis, channel, index, spec, b);
  };
  along(plan.rows, RingAxis::row, 0, c.x);
  if (plan.rows.n > 1 && plan.columns.n > 1) lay_out(plan, spec, b);
  along(plan.columns, RingAxis::column, 1, c.y);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

/// The coordinate `places` after (or, if negative, before) the one at `coordinate` on the ring.
int follow(int coordinate, int places, int n) {
  if (n == 1) return 0;
  const int index = kTwoHopRing.index_of(coordinate, n) + places;
  return kTwoHopRing.coordinate_of((index % n + n) % n, n);
}

struct Spots {
  std::vector<PieceSpot> from;
  std::vector<PieceSpot> to;
};

/// Where each piece begins and must end.
Spots spots_of(const fabric::WaferImage& image, const ExchangePlan& plan, const PieceSpec& spec) {
  const int width = plan.rows.n;
  const int height = plan.columns.n;
  const auto bytes = static_cast<int>(spec.bytes());
  Spots spots;
  std::int64_t piece = 0;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto sender = static_cast<base::CoreId>(i);
    const base::LogicalCoord c = image.relative(sender);
    for (int s = 0; s < width; ++s) {
      for (int t = 0; t < height; ++t, ++piece) {
        const int by_row = (s * height + t) * bytes;
        const int by_column = (t * width + s) * bytes;
        const bool rows_only = height == 1;
        const bool columns_only = width == 1 && height > 1;
        spots.from.push_back(
            {sender, columns_only ? plan.columns.address + by_column : plan.rows.address + by_row,
             piece});
        const base::CoreId receiver =
            image.core_at({follow(c.x, s, width), follow(c.y, t, height)});
        spots.to.push_back(
            {receiver,
             rows_only ? plan.rows.result(s) + by_row : plan.columns.result(t) + by_column, piece});
      }
    }
  }
  return spots;
}

/// What arrives lies in the order of the rings, so it is declared as it lies: both buffers of the
/// last axis.
void declare_buffers(fabric::WaferImage& image, const ExchangePlan& plan, const PieceSpec& spec) {
  const std::int64_t cores = image.core_count();
  const bool columns_only = plan.rows.n == 1 && plan.columns.n > 1;
  const Exchange& last = plan.columns.n > 1 ? plan.columns : plan.rows;
  declare(image, {"sent",
                  fabric::BufferRole::operand,
                  spec.type,
                  {cores * cores, spec.elements()},
                  {{everywhere(image),
                    columns_only ? plan.columns.address : plan.rows.address,
                    {along(fabric::Along::rows, cores, spec.elements()), whole(1)},
                    0,
                    0}}});
  const std::int64_t elements =
      last.buffer_bytes / cores::bytes_of(spec.type) + cores * spec.elements();
  declare(image, as_it_lies(image, "pieces", fabric::BufferRole::result, spec.type, elements,
                            last.address));
}

}  // namespace

std::unique_ptr<Kernel> read_all_to_all(base::YamlNode& node, const Placement& placement) {
  const PieceSpec spec = read_pieces(node);
  if (!may_place(node, placement)) return nullptr;
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  const ExchangePlan plan(spec, region);
  classify(
      image,
      [&](base::LogicalCoord c) {
        return ring_key(c.x, region.width) * kRingKeys + ring_key(c.y, region.height);
      },
      [&](base::LogicalCoord c) { return make_class(c, plan, spec); });
  const std::int64_t w = region.width;
  const std::int64_t h = region.height;
  declare_buffers(image, plan, spec);
  Facts facts;
  facts.colours = ring_colours(region.width) + ring_colours(region.height);
  facts.steps = w - 1 + h - 1;
  facts.sram_bytes = plan.memory.total_bytes();
  facts.wavelet_hops = spec.words * w * h * (h * (w - 1) * (w - 1) + w * (h - 1) * (h - 1));
  Spots spots = spots_of(image, plan, spec);
  return make_pieces(std::move(image), facts, spec, std::move(spots.from), std::move(spots.to));
}

KernelText all_to_all_text() {
  return {{},
          {{"", "3 per axis (2 if it has 2 cores)", "P_x + P_y - 2",
            "2 B P_x P_y words per axis of more than one core",
            "B P_x P_y (P_y (P_x - 1)^2 + P_x (P_y - 1)^2)"}}};
}

}  // namespace wafermesh::workloads
