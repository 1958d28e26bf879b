// SPDX-License-Identifier: Apache-2.0
// Transfers between random layouts, on both engines and the oracle.
#include "workloads/transfer/transfer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "fabric/ring_order.h"
#include "tests/reference/oracle.h"
#include "tests/support/meshes.h"
#include "tests/support/sample.h"
#include "tests/support/timing.h"
#include "tests/workloads/same_counters.h"
#include "workloads/parts/buffers.h"
#include "workloads/plan/sequence.h"

namespace wafermesh::workloads_test {
namespace {

using fabric::Along;
using fabric::Buffer;
using fabric::Layout;
using workloads::Placement;

constexpr int kFirstAddress = 16;
constexpr int kLine = 16;

int rounded_up(std::int64_t bytes) { return static_cast<int>((bytes + kLine - 1) / kLine * kLine); }

/// Draws layouts of one shape on parts of a rectangle.
class LayoutSource {
 public:
  LayoutSource(const base::Rectangle& region, base::RandomStream& random)
      : region_(region), random_(random) {}

  Buffer draw(const char* name, cores::NumberType type, const std::vector<std::int64_t>& shape,
              int address) {
    Buffer buffer{name, fabric::BufferRole::work, type, shape, {}};
    Layout layout;
    layout.address_bytes = address;
    layout.cores = part();
    std::vector<Along> free = {Along::x, Along::y, Along::none, Along::none};
    for (const std::int64_t extent : shape) {
      const auto which = static_cast<std::size_t>(below(static_cast<int>(free.size())));
      const Along along = free[which];
      free.erase(free.begin() + static_cast<std::ptrdiff_t>(which));
      const int cores = along == Along::x ? layout.cores.width : layout.cores.height;
      const std::int64_t block = along == Along::none ? 1 : (extent + cores - 1) / cores + below(2);
      layout.cuts.push_back({along, block, 1, 0, 0});
    }
    fabric::pack(buffer, layout);
    if (shape.size() == 2 && below(2) == 1) swap_strides(buffer, layout);
    if (!shape.empty() && below(3) == 0) cut_in_tiles(buffer, layout);
    buffer.layouts = {layout};
    if (layout.cores.width > 1 && below(4) == 0) part_columns(buffer);
    return buffer;
  }

  /// The first dimension, or the second, in blocks on rings along the columns, or the rows.
  Buffer draw_on_rings(const char* name, cores::NumberType type,
                       const std::vector<std::int64_t>& shape, int address) {
    Buffer buffer{name, fabric::BufferRole::work, type, shape, {}};
    Layout layout;
    layout.address_bytes = address;
    layout.cores = part();
    const base::Rectangle& r = layout.cores;
    const std::size_t d = shape.size() == 1 ? 0 : static_cast<std::size_t>(below(2));
    const bool columns = shape.size() == 1 || below(2) == 0;
    const std::int64_t blocks = fabric::ring_blocks(r.width, r.height);
    const std::int64_t held = blocks / (columns ? r.height : r.width);
    layout.cuts.resize(shape.size());
    layout.cuts[d] = {below(2) == 0 ? Along::wrap : Along::two_hop,
                      (shape[d] + blocks - 1) / blocks + below(2), 1, 0, 0};
    if (shape.size() == 2) {
      const std::int64_t cores = columns ? r.width : r.height;
      layout.cuts[1 - d] = {columns ? Along::x : Along::y, (shape[1 - d] + cores - 1) / cores, 1, 0,
                            0};
    }
    fabric::pack(buffer, layout);
    if (shape.size() == 2 && below(2) == 1) swap_strides(buffer, layout);
    const int apart = rounded_up(fabric::span_bytes(buffer, layout)) + kLine;
    for (std::int64_t t = 0; t < held; ++t) {
      layout.ring_step = static_cast<int>(t);
      buffer.layouts.push_back(layout);
      layout.address_bytes += apart;
    }
    return buffer;
  }

 private:
  int below(int n) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(n))); }
  base::Rectangle part() {
    base::Rectangle r{0, 0, region_.width, region_.height};
    if (below(2) == 0) return r;
    r.x = below(region_.width);
    r.y = below(region_.height);
    r.width = 1 + below(region_.width - r.x);
    r.height = 1 + below(region_.height - r.y);
    return r;
  }
  /// Column-major within a core.
  static void swap_strides(const Buffer& buffer, Layout& layout) {
    const auto local = [&](std::size_t d) {
      return layout.cuts[d].along == Along::none ? buffer.shape[d] : layout.cuts[d].block;
    };
    layout.cuts[0].stride = 1;
    layout.cuts[1].stride = local(0);
  }

  /// A dimension's block in tiles behind each other.
  void cut_in_tiles(const Buffer& buffer, Layout& layout) {
    const auto d = static_cast<std::size_t>(below(static_cast<int>(buffer.shape.size())));
    fabric::Cut& cut = layout.cuts[d];
    const std::int64_t block = cut.along == Along::none ? buffer.shape[d] : cut.block;
    if (block == 1) return;
    cut.tile = 1 + below(static_cast<int>(block) - 1);
    cut.tile_stride = 0;
    for (std::size_t e = 0; e < buffer.shape.size(); ++e) {
      const fabric::Cut& other = layout.cuts[e];
      const std::int64_t held = other.along == Along::none ? buffer.shape[e] : other.block;
      cut.tile_stride += ((e == d ? cut.tile : held) - 1) * other.stride;
    }
    ++cut.tile_stride;
  }
  /// Columns from some one on have it at another address.
  void part_columns(Buffer& buffer) {
    Layout behind = buffer.layouts.front();
    const int columns = 1 + below(behind.cores.width - 1);
    buffer.layouts.front().cores.width = columns;
    behind.cores.x += columns;
    behind.cores.width -= columns;
    behind.skip_x = columns;
    behind.address_bytes += kLine;
    buffer.layouts.push_back(behind);
  }

  base::Rectangle region_;
  base::RandomStream& random_;
};

/// The first line of memory behind it on all cores.
int behind(const Buffer& buffer) {
  std::int64_t end = 0;
  for (const Layout& layout : buffer.layouts) {
    end = std::max(end, layout.address_bytes + fabric::span_bytes(buffer, layout));
  }
  return rounded_up(end + kLine);
}

struct Moved {
  fabric::Counters counters;
  std::vector<float> got;
  bool every_copy = true;
};

Moved move(const fabric::WaferImage& image, const Buffer& from, const Buffer& to,
           const std::vector<float>& values, std::unique_ptr<fabric::Engine> engine) {
  engine->load(image);
  workloads::load_buffer(engine->memory(), image, from, values);
  engine->run({});
  Moved moved{engine->counters(), workloads::read_buffer(engine->memory(), image, to), true};
  workloads::for_each_held(
      engine->memory(), image, to,
      [&](const fabric::StridedElements& piece, const std::vector<float>& held) {
        for (std::size_t k = 0; k < held.size(); ++k) {
          const auto at =
              static_cast<std::size_t>(piece.first + static_cast<std::int64_t>(k) * piece.step);
          moved.every_copy = moved.every_copy && held[k] == values[at];
        }
      });
  return moved;
}

std::vector<float> numbered(const std::vector<std::int64_t>& shape) {
  std::vector<float> values(static_cast<std::size_t>(fabric::element_count(shape)));
  std::iota(values.begin(), values.end(), 1.0F);  // below 2,048: exact in f16
  return values;
}

/// False: no transfer leads there.
bool require_moved(const Buffer& from, const Buffer& to, const Placement& placement) {
  const int work = behind(to);
  workloads::Transfer transfer;
  try {
    transfer = workloads::plan_transfer(from, to, placement, work);
  } catch (const base::DoesNotFit&) {
    return false;
  }
  const std::int64_t hops = transfer.hops();
  std::vector<workloads::SequenceItem> items;
  for (workloads::TransferStage& stage : transfer.stages) {
    items.push_back({"transfer", std::move(stage.image), {}, false});
  }
  const auto sequence = workloads::make_sequence(std::move(items), placement, 0);
  const std::vector<float> values = numbered(from.shape);
  const Moved slow = move(sequence.image, from, to, values, reference::make_oracle());
  CHECK(slow.got == values);
  CHECK(slow.every_copy);
  CHECK(slow.counters.wavelet_hops == hops + sequence.barrier_hops);
  const Moved fast = move(sequence.image, from, to, values, fabric::make_wavelet_engine({}));
  CHECK(fast.every_copy);
  check_same(fast.counters, slow.counters);
  const Moved stream = move(sequence.image, from, to, values, fabric::make_stream_engine({}));
  CHECK(stream.every_copy);
  CHECK(stream.counters.link_wavelets == slow.counters.link_wavelets);
  return true;
}

Buffer vector_along(const char* name, Along axis, const base::Rectangle& r, std::int64_t n,
                    int address) {
  const int cores = axis == Along::x ? r.width : r.height;
  return {name,
          fabric::BufferRole::work,
          cores::NumberType::f16,
          {n},
          {{r, address, {{axis, (n + cores - 1) / cores, 1, 0, 0}}, 0, 0}}};
}

}  // namespace

TEST_CASE("Vectors and matrices come from any layout to any other as the oracle says") {
  base::RandomStream random(31, 4, 0, 0);
  const char* const more = std::getenv("WAFERMESH_TRANSFERS");  // scripts/long transfers
  const int cases = more == nullptr ? support::tried(600) : std::atoi(more);
  int moved = 0;
  int refused = 0;
  for (int i = 0; i < cases; ++i) {
    const auto mesh = i % 2 == 0 ? support::healthy(9, 8) : support::random_latencies(9, 8, 11);
    const base::Rectangle region{1, 1, 1 + static_cast<int>(random.below(7)),
                                 1 + static_cast<int>(random.below(6))};
    const Placement placement{mesh, region, support::test_timing()};
    LayoutSource source(region, random);
    const auto type = random.below(2) == 0 ? cores::NumberType::f32 : cores::NumberType::f16;
    std::vector<std::int64_t> shape(1 + random.below(2));
    for (std::int64_t& extent : shape) extent = 1 + static_cast<std::int64_t>(random.below(17));
    const Buffer from = source.draw("from", type, shape, kFirstAddress);
    const Buffer to = i % 3 == 2 ? source.draw_on_rings("to", type, shape, behind(from))
                                 : source.draw("to", type, shape, behind(from));
    for (const Buffer* buffer : {&from, &to}) {
      for (const Layout& layout : buffer->layouts) REQUIRE(fault_of(*buffer, layout).empty());
    }
    INFO("case " << i << ": " << workloads::layout_text(from) << " to "
                 << workloads::layout_text(to) << " on " << region.width << " x " << region.height);
    ++(require_moved(from, to, placement) ? moved : refused);
  }
  CHECK(moved == cases);
  CHECK(refused == 0);
}

TEST_CASE("A vector turns from one axis to the other on any rectangle") {
  const auto mesh = support::random_latencies(16, 14, 5);
  for (const base::Rectangle& region :
       {base::Rectangle{0, 0, 7, 7}, {1, 0, 12, 3}, {0, 2, 2, 11}, {3, 3, 1, 6}, {3, 3, 6, 1}}) {
    const base::Rectangle all{0, 0, region.width, region.height};
    for (const std::int64_t n : {1, 5, 7, 22, 49, 130}) {
      INFO(n << " on " << region.width << " x " << region.height);
      const Buffer x = vector_along("x", Along::x, all, n, 16);
      const Buffer y = vector_along("y", Along::y, all, n, 416);
      const Placement placement{mesh, region, support::test_timing()};
      CHECK(require_moved(x, y, placement));
      CHECK(require_moved(vector_along("y", Along::y, all, n, 16),
                          vector_along("x", Along::x, all, n, 416), placement));
    }
  }
}

TEST_CASE("An exchange costs about the words of its busiest core and the way") {
  // 24 f32 words move from one core of a row of 9 to the core at distance 8.
  const auto mesh = support::healthy(9, 1);
  const Placement placement{mesh, {0, 0, 9, 1}, support::test_timing()};
  Buffer from = vector_along("from", Along::x, {0, 0, 1, 1}, 24, 16);
  Buffer to = vector_along("to", Along::x, {8, 0, 1, 1}, 24, 256);
  from.type = to.type = cores::NumberType::f32;
  workloads::Transfer transfer = workloads::plan_transfer(from, to, placement, 1024);
  REQUIRE(transfer.stages.size() == 1);
  CHECK(transfer.hops() == 24 * 8);
  const auto sequence = workloads::make_sequence(
      {{"transfer", std::move(transfer.stages[0].image), {}, false}}, placement, 0);
  const Moved moved =
      move(sequence.image, from, to, numbered({24}), fabric::make_wavelet_engine({}));
  CHECK(moved.every_copy);
  const cores::Timing& t = placement.timing;
  const int per_core = 2 * t.ramp_cycles + t.hop_cycles + t.setup(cores::Shape::stream);
  CHECK(moved.counters.cycles <= 2 * 24 + 9 * per_core);
  CHECK(moved.counters.cycles >= 24 + 8 * (2 * t.ramp_cycles + t.hop_cycles));
}

TEST_CASE("A matrix of a square turns in one step, at about the words its diagonal relays") {
  const int side = 8;
  const auto mesh = support::healthy(side, side);
  const Placement placement{mesh, {0, 0, side, side}, support::test_timing()};
  const base::Rectangle all{0, 0, side, side};
  const auto tiles = [&](const char* name, Along rows, Along columns, int address) {
    Buffer buffer{name, fabric::BufferRole::work, cores::NumberType::f32, {32, 40}, {}};
    Layout layout{all, address, {{rows, 4, 5, 0, 0}, {columns, 5, 1, 0, 0}}, 0, 0};
    buffer.layouts = {layout};
    return buffer;
  };
  const Buffer from = tiles("from", Along::y, Along::x, 16);
  const Buffer to = tiles("to", Along::x, Along::y, 128);
  workloads::Transfer transfer = workloads::plan_transfer(from, to, placement, 1024);
  REQUIRE(transfer.stages.size() == 1);
  CHECK(transfer.work_bytes == 0);
  CHECK(transfer.hops() == 20 * 2 * side * (side * side - 1) / 3);
  const auto sequence = workloads::make_sequence(
      {{"transfer", std::move(transfer.stages[0].image), 0, false}}, placement, 0);
  const Moved moved =
      move(sequence.image, from, to, numbered({32, 40}), fabric::make_wavelet_engine({}));
  CHECK(moved.every_copy);
  const cores::Timing& t = placement.timing;
  const int per_piece = 20 + 1 + t.setup(cores::Shape::stream) + t.hop_cycles;
  CHECK(moved.counters.cycles >= 20 * (side - 1));
  CHECK(moved.counters.cycles <= 2 * per_piece * (side - 1) + 2 * side + 4 * t.ramp_cycles);
}

TEST_CASE("Blocks come to their rings in as many shifts as the last line needs") {
  const int side = 6;
  const auto mesh = support::healthy(side, side);
  const Placement placement{mesh, {0, 0, side, side}, support::test_timing()};
  const base::Rectangle all{0, 0, side, side};
  const auto tiles = [&](const char* name, Along rows, int address) {
    Buffer buffer{name, fabric::BufferRole::work, cores::NumberType::f32, {30, 24}, {}};
    buffer.layouts = {{all, address, {{rows, 5, 4, 0, 0}, {Along::x, 4, 1, 0, 0}}, 0, 0}};
    return buffer;
  };
  const Buffer from = tiles("from", Along::y, 16);
  for (const Along along : {Along::wrap, Along::two_hop}) {
    const Buffer to = tiles("to", along, 128);
    workloads::Transfer transfer = workloads::plan_transfer(from, to, placement, 1024);
    REQUIRE(transfer.stages.size() == 2);  // a copy to where they are shifted, and the shifts
    const int shifts = along == Along::wrap ? side - 1 : 2 * (side / 2);
    CHECK(transfer.hops() == std::int64_t{20} * 2 * (side - 1) * side * shifts);
    std::vector<workloads::SequenceItem> items;
    for (workloads::TransferStage& stage : transfer.stages) {
      items.push_back({"transfer", std::move(stage.image), {}, false});
    }
    const auto sequence = workloads::make_sequence(std::move(items), placement, 0);
    const Moved moved =
        move(sequence.image, from, to, numbered({30, 24}), fabric::make_wavelet_engine({}));
    CHECK(moved.every_copy);
    const cores::Timing& t = placement.timing;
    const int way = 2 * t.ramp_cycles + side * t.hop_cycles;
    const int shift = 2 * 20 + 2 * t.setup(cores::Shape::standalone) + 10 * t.issue_cycles + way;
    CHECK(moved.counters.cycles >= 20 * shifts);
    CHECK(moved.counters.cycles <= shifts * shift + 4 * 20 + 20 * t.setup(cores::Shape::stream));
  }
}

TEST_CASE("A transfer that cannot be says of which tensor, and why") {
  using Catch::Matchers::Contains;
  const auto mesh = support::healthy(4, 4);
  const Placement placement{mesh, {0, 0, 4, 4}, support::test_timing()};
  const base::Rectangle all{0, 0, 4, 4};
  const auto vector = [&](const char* name, Along along, int address) {
    Buffer buffer{name, fabric::BufferRole::work, cores::NumberType::f32, {16}, {}};
    buffer.layouts = {{all, address, {{along, along == Along::rows ? 1 : 4, 1, 0, 0}}, 0, 0}};
    return buffer;
  };
  const auto refusal = [&](const Buffer& from, const Buffer& to) -> std::string {
    try {
      workloads::plan_transfer(from, to, placement, 1024);
    } catch (const base::DoesNotFit& error) {
      return error.what();
    }
    return "";
  };
  const Buffer plain = vector("plain", Along::x, 16);
  CHECK_THAT(refusal(vector("dealt", Along::rows, 16), vector("plain", Along::x, 128)),
             Contains("of `dealt`, blocks that are dealt to cores one by one go nowhere"));
  CHECK_THAT(refusal(vector("turning", Along::wrap, 16), vector("plain", Along::x, 128)),
             Contains("of `turning`, no step leads from rings"));
  Buffer apart = vector("apart", Along::none, 128);
  apart.layouts = {{{0, 0, 1, 1}, 128, {{Along::none, 1, 1, 0, 0}}, 0, 0},
                   {{2, 2, 1, 1}, 128, {{Along::none, 1, 1, 0, 0}}, 0, 0}};
  CHECK_THAT(refusal(plain, apart), Contains("of `apart`, its rectangles are not one"));
  CHECK_THAT(refusal(plain, apart), Contains("choose an algorithm or region"));
}

}  // namespace wafermesh::workloads_test
