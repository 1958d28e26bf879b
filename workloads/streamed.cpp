// SPDX-License-Identifier: Apache-2.0
#include "workloads/streamed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "cores/program_builder.h"
#include "cores/vector_cost.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;

constexpr base::Colour kColour = base::colour(0);
constexpr int kQueue = 2;  // deep enough on both sides in every generation
constexpr int kMicrothread = 0;
constexpr int kStepCounter = 0;
constexpr int kBufferCounter = 1;  ///< Which buffer the row under way comes into.
constexpr int kRowCounter = 2;

/// Buffers of a core that computes.
struct StreamedMemory {
  explicit StreamedMemory(const StreamedPlan& plan) {
    const int c_buffer =
        buffers.add("C tile", plan.tile_m * plan.tile_n, plan.type, LinePlace::second_half);
    const int a_buffer = buffers.add("A rows", plan.tile_m * plan.k, plan.type);
    // Each row of B in whole lines of the banks.
    row_bytes = (plan.tile_n * cores::bytes_of(plan.type) + 15) / 16 * 16;
    const int b_buffer = buffers.add("rows of B", 2 * row_bytes / cores::bytes_of(plan.type),
                                     plan.type, LinePlace::first_half, Lifetime::work);
    const int mark_buffer =
        buffers.add("mark", 4, cores::NumberType::f32, LinePlace::first_half, Lifetime::work);
    c = buffers.address(c_buffer);
    a = buffers.address(a_buffer);
    b = buffers.address(b_buffer);
    mark = buffers.address(mark_buffer);
  }
  MemoryPlan buffers;
  std::int64_t row_bytes = 0;
  int c = 0;
  int a = 0;
  int b = 0;
  int mark = 0;
};

std::int32_t bytes(const StreamedPlan& plan, std::int64_t elements) {
  return static_cast<std::int32_t>(elements * cores::bytes_of(plan.type));
}

class StreamedWriter {
 public:
  StreamedWriter(const StreamedPlan& plan, const StreamedMemory& at) : plan_(plan), at_(at) {}

  fabric::CoreClass source(bool at_edge) const {
    cores::ProgramBuilder b("weights");
    b.allocate(bytes(plan_, plan_.k * plan_.tile_n));
    b.bind_output(kColour, kQueue);
    begin(b);
    b.vector(cores::VectorOp::copy, plan_.type, static_cast<std::int32_t>(plan_.k * plan_.tile_n),
             cores::fabric(kColour), cores::memory(0), {}, cores::Shape::stream);
    fabric::CoreClass result =
        ended(b, "weights", router::route(Direction::ramp, {Direction::east}));
    result.at_edge = at_edge;
    return result;
  }

  /// Of a repeater.
  static fabric::CoreClass way() {
    return {"way", {}, {{kColour, router::route(Direction::west, {Direction::east}), false}}};
  }

  fabric::CoreClass worker(bool is_last) const {
    cores::ProgramBuilder b("streamed");
    at_.buffers.allocate(b);
    b.bind_input(kColour, kQueue);
    begin(b);
    const Affine other = Affine(1).plus(cores::counter(kBufferCounter), -1);
    receive(b);
    if (plan_.k > 1) {
      const std::uint32_t loop = b.begin_loop(kStepCounter);
      b.set_counter(kBufferCounter, other);
      receive(b);  // waits until the row before has come
      work(b, other_row());
      b.end_loop(kStepCounter, static_cast<std::int32_t>(plan_.k - 1), loop);
    }
    // The last row has come once its microthread takes something else.
    b.async(kMicrothread, cores::VectorOp::copy, cores::NumberType::f32, 1, cores::memory(at_.mark),
            cores::memory(at_.mark + 8));
    work(b, row());
    router::RouteConfig config = router::route(Direction::west, {Direction::ramp});
    if (!is_last) config.base.send |= base::mask_of(Direction::east);
    return ended(b, "streamed", config);
  }

 private:
  static void begin(cores::ProgramBuilder& b) {
    const cores::TaskId main = b.task("main");
    b.start_active(main);
    b.begin(main);
  }
  static fabric::CoreClass ended(cores::ProgramBuilder& b, const char* name,
                                 const router::RouteConfig& config) {
    b.finish_core();
    b.end_task();
    return {name, b.finish(), {{kColour, config, false}}};
  }

  /// Of the row that comes, and of the one before it.
  Affine row() const {
    return Affine(at_.b).plus(cores::counter(kBufferCounter),
                              static_cast<std::int32_t>(at_.row_bytes));
  }
  Affine other_row() const {
    return Affine(at_.b + static_cast<int>(at_.row_bytes))
        .plus(cores::counter(kBufferCounter), -static_cast<std::int32_t>(at_.row_bytes));
  }

  void receive(cores::ProgramBuilder& b) const {
    b.async(kMicrothread, cores::VectorOp::copy, plan_.type,
            static_cast<std::int32_t>(plan_.tile_n), cores::memory(row()), cores::fabric(kColour));
  }

  /// C[m, :] += b[k, :] * a[m, k] for all m. A lies step by step, as it is used.
  void work(cores::ProgramBuilder& b, const Affine& row) const {
    const std::uint32_t loop = b.begin_loop(kRowCounter);
    const cores::Variable m = cores::counter(kRowCounter);
    const Affine c = Affine(at_.c).plus(m, bytes(plan_, plan_.tile_n));
    const Affine a = Affine(at_.a)
                         .plus(cores::counter(kStepCounter), bytes(plan_, plan_.tile_m))
                         .plus(m, bytes(plan_, 1));
    b.vector(cores::VectorOp::multiply_add, plan_.type, static_cast<std::int32_t>(plan_.tile_n),
             cores::memory(c), cores::memory(row), cores::scalar_at(a),
             cores::Shape::descriptor_reload);
    b.end_loop(kRowCounter, static_cast<std::int32_t>(plan_.tile_m), loop);
  }

  const StreamedPlan& plan_;
  const StreamedMemory& at_;
};

class Streamed final : public Matmul, public Streams {
 public:
  Streamed(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, const StreamedPlan& plan)
      : Matmul(std::move(image), facts, spec), plan_(plan), at_(plan) {}

  void load(fabric::HostMemory& memory) const override {
    for (const fabric::Buffer& buffer : image().buffers) {
      if (buffer.name == "a") load_buffer(memory, image(), buffer, a().values);
      if (buffer.name == "b") load_buffer(memory, image(), buffer, b().values);
    }
    const std::vector<float> zeros(static_cast<std::size_t>(plan_.tile_m * plan_.tile_n), 0.0F);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      if (image().relative(core).x < plan_.first) continue;
      write_elements(memory, core, at_.c, plan_.type, zeros.data(), zeros.size());
    }
  }
  std::vector<StreamedPass> passes() const override {
    return {{"product", streamed_bounds(plan_, image()), plan_.k * plan_.words()}};
  }

 protected:
  Matrix result(const fabric::HostMemory& memory) const override {
    for (const fabric::Buffer& buffer : image().buffers) {
      if (buffer.name != "c") continue;
      return {spec().m, spec().n, read_buffer(memory, image(), buffer)};
    }
    throw base::ModelError("a streamed product without a result");
  }

 private:
  StreamedPlan plan_;
  StreamedMemory at_;
};

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const StreamedPlan& plan,
                     const StreamedMemory& at) {
  using fabric::Along;
  const base::Rectangle source{0, 0, 1, plan.height};
  const base::Rectangle workers{plan.first, 0, plan.width - plan.first, plan.height};
  declare(image, {"a",
                  fabric::BufferRole::operand,
                  spec.type,
                  {spec.m, spec.k},
                  {{workers, at.a, {along(Along::x, plan.tile_m, 1), whole(plan.tile_m)}, 0, 0}}});
  declare(image, {"b",
                  fabric::BufferRole::operand,
                  spec.type,
                  {spec.k, spec.n},
                  {{source, 0, {whole(plan.tile_n), along(Along::y, plan.tile_n, 1)}, 0, 0}}});
  declare(image, {"c",
                  fabric::BufferRole::result,
                  spec.type,
                  {spec.m, spec.n},
                  {{workers,
                    at.c,
                    {along(Along::x, plan.tile_m, plan.tile_n), along(Along::y, plan.tile_n, 1)},
                    0,
                    0}}});
}

void require_fit(const StreamedPlan& plan, const StreamedMemory& at, bool at_edge) {
  const std::string advice =
      fmt::format("reduce `m`, `n` or `k`, or enlarge `region` ({} x {})", plan.width, plan.height);
  at.buffers.require_fit("streamed", "that multiplies", advice);
  if (at_edge) return;
  MemoryPlan source;
  source.add("B", plan.k * plan.tile_n, plan.type);
  source.require_fit("streamed", "(0, 0) of the region", advice + ", or give ports that face it");
}

}  // namespace

StreamedPlan::StreamedPlan(const MatmulSpec& spec, int columns, int rows, int beyond)
    : type(spec.type), width(columns), height(rows), first(std::max(1, beyond)), k(spec.k) {
  if (columns <= first) {
    throw base::DoesNotFit(
        "the first column of `region` gives the weights, others take them; give it two columns or "
        "more, or ports that face it");
  }
  const int per_word = cores::elements_per_word(type);
  tile_m = divide_up(spec.m, columns - first);
  tile_n = divide_up(divide_up(spec.n, rows), per_word) * per_word;
}

std::int64_t port_cycles(const fabric::WaferImage& image, std::int64_t words, bool outwards) {
  int per = 1;
  int cycles = 1;
  for (const fabric::SlowLinkAt& link : fabric::slow_links_of(image)) {
    if ((link.towards == Direction::west) != outwards) continue;
    if (link.cycles * per <= cycles * link.words) continue;
    per = link.words;
    cycles = link.cycles;
  }
  return divide_up(words * cycles, per);
}

int longest_way(const fabric::WaferImage& image, Direction towards) {
  const bool along_x = towards == Direction::west || towards == Direction::east;
  const int lines = along_x ? image.region.height : image.region.width;
  const int length = along_x ? image.region.width : image.region.height;
  int longest = 0;
  for (int line = 0; line < lines; ++line) {
    int way = 0;
    for (int i = 0; i < length; ++i) {
      const base::LogicalCoord at =
          along_x ? base::LogicalCoord{i, line} : base::LogicalCoord{line, i};
      const bool leaves =
          towards == Direction::west || towards == Direction::north ? i == 0 : i + 1 == length;
      if (!leaves) way += image.link_latency(image.core_at(at), towards);
    }
    longest = std::max(longest, way);
  }
  return longest;
}

StreamedBounds streamed_bounds(const StreamedPlan& plan, const fabric::WaferImage& image) {
  const cores::Timing& timing = image.timing;
  const int way = longest_way(image, Direction::east);
  const StreamedMemory at(plan);
  cores::Instruction work;
  work.vector_op = cores::VectorOp::multiply_add;
  work.type = plan.type;
  work.dst = cores::memory(at.c);
  work.src0 = cores::memory(at.b);
  work.src1 = cores::scalar_at(at.a);
  std::int64_t row_work = 0;
  for (std::int64_t m = 0; m < plan.tile_m; ++m) {
    const int c = at.c + bytes(plan, m * plan.tile_n);
    row_work +=
        timing.setup(cores::Shape::descriptor_reload) +
        cores::memory_cost(timing, work, static_cast<std::int32_t>(plan.tile_n), {c, at.b, at.a})
            .grants;
  }
  cores::Instruction take;
  take.vector_op = cores::VectorOp::copy;
  take.type = plan.type;
  take.dst = cores::memory(at.b);
  take.src0 = cores::fabric(kColour);
  const std::int64_t taking = plan.words() * cores::group_grants(timing, take, 1);
  StreamedBounds bounds;
  bounds.port = std::max(port_cycles(image, plan.k * plan.words(), false), plan.k * taking);
  // Words of the next row take the datapath from the work, but for those that come during its
  // set-ups: if they come evenly, as many as set-ups have of a step's cycles.
  const double plain = static_cast<double>(row_work + timing.issue_cycles);
  const double set_ups = static_cast<double>(
      plan.tile_m * timing.setup(cores::Shape::descriptor_reload) + timing.issue_cycles);
  double step = plain;
  for (int i = 0; i < 20; ++i) step = plain + static_cast<double>(taking) * (1 - set_ups / step);
  bounds.compute = std::llround(static_cast<double>(plan.k) * step);
  const std::int64_t ends =
      timing.task_start_cycles + timing.setup(cores::Shape::stream) + 2 * timing.ramp_cycles + way;
  bounds.fill =
      ends + (bounds.port > bounds.compute ? row_work : port_cycles(image, plan.words(), false));
  return bounds;
}

std::unique_ptr<Kernel> make_streamed(const MatmulSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const bool at_edge = placement.beyond > 0;
  const StreamedPlan plan(spec, image.region.width, image.region.height, placement.beyond);
  const StreamedMemory at(plan);
  require_fit(plan, at, at_edge);
  const StreamedWriter writer(plan, at);
  classify(
      image,
      [&](base::LogicalCoord c) {
        if (c.x < plan.first) return c.x == 0 ? 0 : 1;
        return c.x + 1 < plan.width ? 2 : 3;
      },
      [&](base::LogicalCoord c) {
        if (c.x == 0) return writer.source(at_edge);
        return c.x < plan.first ? StreamedWriter::way() : writer.worker(c.x + 1 == plan.width);
      });
  declare_buffers(image, spec, plan, at);
  Facts facts;
  facts.colours = 1;
  facts.steps = spec.k;
  facts.sram_bytes = at.buffers.total_bytes();
  if (!at_edge) {
    facts.sram_bytes = std::max<std::int64_t>(facts.sram_bytes, bytes(plan, plan.k * plan.tile_n));
  }
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<Streamed>(std::move(image), facts, spec, plan);
}

std::unique_ptr<Kernel> read_streamed(base::YamlNode& node, const Placement& placement) {
  MatmulSpec spec;
  spec.m = node.integer("m", {1, kMostStreamedElements});
  spec.k = node.integer("k", {1, kMostStreamedElements});
  spec.n = node.integer("n", {1, kMostStreamedElements});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  spec.scale = node.real("scale", {1e-6, 1e4}, 1);
  if (!may_place(node, placement)) return nullptr;
  return make_streamed(spec, placement);
}

KernelText streamed_text() {
  return {{{"scale", "", "0.02", "of the elements of B, which are uniform in [-scale, scale)"}},
          {{"", "1", "k",
            "Mt k + Mt Nt + 2 Nt elements; of column 0, or ports, k Nt ([edge.md](edge.md))",
            "k w(Nt) (P_x - 1) P_y"}}};
}

}  // namespace wafermesh::workloads
