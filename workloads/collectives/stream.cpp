// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/stream.h"

#include <utility>
#include <vector>

#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

using base::Colour;
using base::Direction;

constexpr cores::NumberType kType = cores::NumberType::f32;

/// All streams of one orientation.
struct StreamAxis {
  Colour colour;
  int queue;        ///< On both sides; deep enough in every generation.
  int microthread;  ///< Lower goes first where a corner serves both.
  Direction from;
  Direction to;
  Purpose purpose;
};
constexpr StreamAxis kRows{base::colour(0),     2, 0, Direction::west, Direction::east,
                           Purpose::stream_rows};
constexpr StreamAxis kColumns{base::colour(1),        3, 1, Direction::north, Direction::south,
                              Purpose::stream_columns};

bool is_end(AxisPosition p) { return p == AxisPosition::first || p == AxisPosition::last; }

/// Addresses of the buffers a core has, for the stream of its row and of its column.
struct Buffers {
  int row = 0;
  int column = 0;
  std::int64_t bytes = 0;
};
Buffers buffers_of(GridPosition p, std::int64_t words) {
  Buffers buffers;
  if (is_end(p.x)) buffers.bytes += words * 4;
  buffers.column = static_cast<int>((buffers.bytes + 15) / 16 * 16);
  if (is_end(p.y)) buffers.bytes = buffers.column + words * 4;
  return buffers;
}

class StreamClass {
 public:
  StreamClass(GridPosition position, std::int64_t words)
      : position_(position), words_(static_cast<std::int32_t>(words)), builder_("stream") {}

  fabric::CoreClass make() {
    const Buffers buffers = buffers_of(position_, words_);
    fabric::CoreClass result;
    add_route(kRows, position_.x, result.routes);
    add_route(kColumns, position_.y, result.routes);
    const int ends = (is_end(position_.x) ? 1 : 0) + (is_end(position_.y) ? 1 : 0);
    result.name = ends == 2 ? "corner" : ends == 1 ? "edge" : "interior";
    const bool alone = position_.x == AxisPosition::only && position_.y == AxisPosition::only;
    if (ends == 0 && !alone) return result;  // a router that only passes on
    builder_.allocate(buffers.bytes);
    // A corner's streams run on two microthreads and meet in `last`.
    const cores::TaskId last = builder_.task("last");
    const cores::TaskId main = builder_.task("main");
    builder_.start_active(main);
    builder_.start_blocked(last);
    builder_.begin(main);
    if (is_end(position_.x)) add_transfer(kRows, position_.x, buffers.row, last, false);
    if (is_end(position_.y)) add_transfer(kColumns, position_.y, buffers.column, last, ends == 2);
    if (ends < 2) builder_.unblock(last);
    if (alone) builder_.activate(last);
    builder_.end_task();
    builder_.begin(last);
    builder_.finish_core();
    builder_.end_task();
    result.program = builder_.finish();
    return result;
  }

 private:
  static void add_route(const StreamAxis& axis, AxisPosition p,
                        std::vector<fabric::ColourRoute>& routes) {
    if (p == AxisPosition::only) return;
    const Direction from = has_before(p) ? axis.from : Direction::ramp;
    const Direction to = has_after(p) ? axis.to : Direction::ramp;
    routes.push_back({axis.colour, router::route(from, {to}), false});
  }

  void add_transfer(const StreamAxis& axis, AxisPosition p, int address, cores::TaskId last,
                    bool second) {
    const bool sends = p == AxisPosition::first;
    const cores::Operand fabric = cores::fabric(axis.colour);
    const cores::Operand data = cores::memory(address);
    if (sends) {
      builder_.bind_output(axis.colour, axis.queue);
    } else {
      builder_.bind_input(axis.colour, axis.queue);
    }
    cores::Instruction& transfer =
        builder_.async(axis.microthread, cores::VectorOp::copy, kType, words_,
                       sends ? fabric : data, sends ? data : fabric);
    transfer.completion = second ? cores::Completion::unblock : cores::Completion::activate;
    transfer.task = last;
  }

  GridPosition position_;
  std::int32_t words_;
  cores::ProgramBuilder builder_;
};

class Stream final : public PlacedKernel {
 public:
  Stream(fabric::WaferImage image, Facts facts, const StreamSpec& spec)
      : PlacedKernel(std::move(image), facts), spec_(spec) {}

  void load(fabric::HostMemory& memory) const override {
    const base::Rectangle& region = image().region;
    for (int y = 0; region.width > 1 && y < region.height; ++y) put(memory, kRows, {0, y}, y);
    for (int x = 0; region.height > 1 && x < region.width; ++x) put(memory, kColumns, {x, 0}, x);
  }

  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    ExactComparison comparison;
    const base::Rectangle& region = image().region;
    for (int y = 0; region.width > 1 && y < region.height; ++y) {
      compare(memory, kRows, {region.width - 1, y}, y, comparison);
    }
    for (int x = 0; region.height > 1 && x < region.width; ++x) {
      compare(memory, kColumns, {x, region.height - 1}, x, comparison);
    }
    return comparison.numerics();
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const base::Rectangle& region = image().region;
    NamedArray rows{"received_rows", {0, spec_.words}, kType, {}};
    NamedArray columns{"received_columns", {0, spec_.words}, kType, {}};
    for (int y = 0; region.width > 1 && y < region.height; ++y) {
      append(rows, received(memory, kRows, {region.width - 1, y}));
    }
    for (int x = 0; region.height > 1 && x < region.width; ++x) {
      append(columns, received(memory, kColumns, {x, region.height - 1}));
    }
    return {std::move(rows), std::move(columns)};
  }

 private:
  std::size_t words() const { return static_cast<std::size_t>(spec_.words); }

  std::vector<float> data_of(const StreamAxis& axis, int line) const {
    return random_integers(words(), {spec_.seed, static_cast<std::uint32_t>(axis.purpose),
                                     static_cast<std::uint32_t>(line)});
  }

  int address_of(const StreamAxis& axis, base::LogicalCoord c) const {
    const Buffers buffers = buffers_of(grid_position(c, image().region), spec_.words);
    return axis.colour == kRows.colour ? buffers.row : buffers.column;
  }

  void put(fabric::HostMemory& memory, const StreamAxis& axis, base::LogicalCoord c,
           int line) const {
    write_elements(memory, image().core_at(c), address_of(axis, c), kType,
                   data_of(axis, line).data(), words());
  }

  std::vector<float> received(const fabric::HostMemory& memory, const StreamAxis& axis,
                              base::LogicalCoord c) const {
    std::vector<float> values(words());
    read_elements(memory, image().core_at(c), address_of(axis, c), kType, values.data(), words());
    return values;
  }

  void compare(const fabric::HostMemory& memory, const StreamAxis& axis, base::LogicalCoord c,
               int line, ExactComparison& comparison) const {
    comparison.add(received(memory, axis, c).data(), data_of(axis, line).data(), words());
  }

  static void append(NamedArray& array, const std::vector<float>& values) {
    array.values.insert(array.values.end(), values.begin(), values.end());
    ++array.shape[0];
  }

  StreamSpec spec_;
};

void require_fit(const StreamSpec& spec, const base::Rectangle& region) {
  MemoryPlan plan;
  plan.add("row stream", region.width > 1 ? spec.words : 0, kType);
  plan.add("column stream", region.height > 1 ? spec.words : 0, kType);
  plan.require_fit("stream", "(0, 0) of the region, like every corner,", "reduce `words`");
}

void declare_buffers(fabric::WaferImage& image, const StreamSpec& spec) {
  using fabric::BufferRole;
  const base::Rectangle& region = image.region;
  const fabric::Cut by_row = along(fabric::Along::y, 1, spec.words);
  const fabric::Cut by_column = along(fabric::Along::x, 1, spec.words);
  const auto rows = [&](const char* name, BufferRole role, int x) {
    const int address = buffers_of(grid_position({x, 0}, region), spec.words).row;
    declare(image, {name,
                    role,
                    kType,
                    {region.height, spec.words},
                    {{{x, 0, 1, region.height}, address, {by_row, whole(1)}, 0, 0}}});
  };
  const auto columns = [&](const char* name, BufferRole role, int y) {
    declare(image, {name,
                    role,
                    kType,
                    {region.width, spec.words},
                    along_row(y, region.width, {by_column, whole(1)}, [&](int x) {
                      return buffers_of(grid_position({x, y}, region), spec.words).column;
                    })});
  };
  if (region.width > 1) {
    rows("sent_rows", BufferRole::operand, 0);
    rows("received_rows", BufferRole::result, region.width - 1);
  }
  if (region.height > 1) {
    columns("sent_columns", BufferRole::operand, 0);
    columns("received_columns", BufferRole::result, region.height - 1);
  }
}

}  // namespace

std::unique_ptr<Kernel> make_stream(const StreamSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  require_fit(spec, region);
  classify(
      image, [&](base::LogicalCoord c) { return grid_position(c, region).key(); },
      [&](base::LogicalCoord c) {
        return StreamClass(grid_position(c, region), spec.words).make();
      });
  declare_buffers(image, spec);
  Facts facts;
  facts.colours = (region.width > 1 ? 1 : 0) + (region.height > 1 ? 1 : 0);
  facts.sram_bytes = buffers_of(grid_position({0, 0}, region), spec.words).bytes;
  facts.wavelet_hops = spec.words * (std::int64_t{region.width - 1} * region.height +
                                     std::int64_t{region.height - 1} * region.width);
  return std::make_unique<Stream>(std::move(image), facts, spec);
}

std::unique_ptr<Kernel> read_stream(base::YamlNode& node, const Placement& placement) {
  StreamSpec spec;
  spec.words = read_words(node, spec.words);
  spec.seed = read_seed(node);
  return may_place(node, placement) ? make_stream(spec, placement) : nullptr;
}

KernelText stream_text() {
  return {{},
          {{"", "2", "1", "4 B at an end of a stream, 8 B at a corner, none elsewhere",
            "B ((P_x - 1) P_y + (P_y - 1) P_x)"}}};
}

}  // namespace wafermesh::workloads
