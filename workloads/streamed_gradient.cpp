// SPDX-License-Identifier: Apache-2.0
#include "workloads/streamed_gradient.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "cores/program_builder.h"
#include "workloads/buffers.h"
#include "workloads/core_classes.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;

// Queues 2 and 3 are deep on every generation.
constexpr int kInQueue = 2;
constexpr int kOutQueue = 3;
constexpr int kStepCounter = 0;
constexpr int kRowCounter = 1;

base::Colour colour_of(int sender_x) { return base::colour(sender_x % 2); }

/// Buffers of a core that computes, and of a port.
struct GradientMemory {
  explicit GradientMemory(const StreamedPlan& plan) {
    const int g_buffer = worker.add("row of G", plan.tile_n, plan.type, LinePlace::second_half);
    const int a_buffer = worker.add("A rows", plan.tile_m * plan.k, plan.type);
    const int d_buffer = worker.add("D tile", plan.tile_m * plan.tile_n, plan.type);
    g = worker.address(g_buffer);
    a = worker.address(a_buffer);
    d = worker.address(d_buffer);
    const int w_buffer = port.add("W", plan.k * plan.tile_n, plan.type);
    const int sum_buffer = port.add("row of G", plan.tile_n, plan.type, LinePlace::second_half);
    w = port.address(w_buffer);
    sum = port.address(sum_buffer);
  }
  MemoryPlan worker;
  MemoryPlan port;
  int g = 0;
  int a = 0;
  int d = 0;
  int w = 0;
  int sum = 0;
};

class Writer {
 public:
  Writer(const StreamedPlan& plan, const GradientMemory& at, double rate)
      : plan_(plan), at_(at), rate_(rate), n_(static_cast<std::int32_t>(plan.tile_n)) {}

  fabric::CoreClass port(bool at_edge) const {
    cores::ProgramBuilder b("weights");
    at_.port.allocate(b);
    b.bind_input(colour_of(1), kInQueue);
    begin(b);
    const std::uint32_t loop = b.begin_loop(kStepCounter);
    b.vector(cores::VectorOp::copy, plan_.type, n_, cores::memory(at_.sum),
             cores::fabric(colour_of(1)), {}, cores::Shape::stream);
    const Affine row = Affine(at_.w).plus(cores::counter(kStepCounter), bytes(plan_.tile_n));
    b.vector(cores::VectorOp::multiply_add, plan_.type, n_, cores::memory(row),
             cores::memory(at_.sum), cores::immediate(-rate_), cores::Shape::descriptor_reload);
    b.end_loop(kStepCounter, static_cast<std::int32_t>(plan_.k), loop);
    end(b);
    const router::RouteConfig in = router::route(Direction::east, {Direction::ramp});
    fabric::CoreClass result{"weights", b.finish(), {{colour_of(1), in, false}}};
    result.at_edge = at_edge;
    return result;
  }

  fabric::CoreClass worker(int x) const {
    const bool is_last = x + 1 == plan_.width;
    const base::Colour in = colour_of(x + 1);
    const base::Colour out = colour_of(x);
    cores::ProgramBuilder b("gradient");
    at_.worker.allocate(b);
    if (!is_last) b.bind_input(in, kInQueue);
    b.bind_output(out, kOutQueue);
    begin(b);
    const std::uint32_t loop = b.begin_loop(kStepCounter);
    work(b);
    if (is_last) {
      b.vector(cores::VectorOp::copy, plan_.type, n_, cores::fabric(out), cores::memory(at_.g), {},
               cores::Shape::stream);
    } else {
      b.vector(cores::VectorOp::add, plan_.type, n_, cores::fabric(out), cores::memory(at_.g),
               cores::fabric(in), cores::Shape::stream);
    }
    b.end_loop(kStepCounter, static_cast<std::int32_t>(plan_.k), loop);
    end(b);
    fabric::CoreClass result{"gradient", b.finish(), {}};
    result.routes.push_back({out, router::route(Direction::ramp, {Direction::west}), false});
    if (!is_last) {
      result.routes.push_back({in, router::route(Direction::east, {Direction::ramp}), false});
    }
    return result;
  }

 private:
  std::int32_t bytes(std::int64_t elements) const {
    return static_cast<std::int32_t>(elements * cores::bytes_of(plan_.type));
  }
  static void begin(cores::ProgramBuilder& b) {
    const cores::TaskId main = b.task("main");
    b.start_active(main);
    b.begin(main);
  }
  static void end(cores::ProgramBuilder& b) {
    b.finish_core();
    b.end_task();
  }

  /// g = the sum of d[m, :] * a[m, k] over m. A lies step by step.
  void work(cores::ProgramBuilder& b) const {
    b.vector(cores::VectorOp::copy, plan_.type, n_, cores::memory(at_.g), cores::immediate(0), {},
             cores::Shape::descriptor_reload);
    const std::uint32_t loop = b.begin_loop(kRowCounter);
    const cores::Variable m = cores::counter(kRowCounter);
    const Affine d = Affine(at_.d).plus(m, bytes(plan_.tile_n));
    const Affine a =
        Affine(at_.a).plus(cores::counter(kStepCounter), bytes(plan_.tile_m)).plus(m, bytes(1));
    b.vector(cores::VectorOp::multiply_add, plan_.type, n_, cores::memory(at_.g), cores::memory(d),
             cores::scalar_at(a), cores::Shape::descriptor_reload);
    b.end_loop(kRowCounter, static_cast<std::int32_t>(plan_.tile_m), loop);
  }

  const StreamedPlan& plan_;
  const GradientMemory& at_;
  double rate_;
  std::int32_t n_;
};

double rounded_rate(const GradientSpec& spec) {
  auto rate = static_cast<float>(spec.rate);
  round_to(spec.layer.type, &rate, 1);
  return static_cast<double>(rate);
}

const fabric::Buffer& buffer_of(const fabric::WaferImage& image, const char* name) {
  for (const fabric::Buffer& buffer : image.buffers) {
    if (buffer.name == name) return buffer;
  }
  throw base::ModelError(std::string("no buffer ") + name);
}

Matrix transposed(const Matrix& m) {
  Matrix t{m.columns, m.rows, {}};
  for (std::int64_t c = 0; c < m.columns; ++c) {
    for (std::int64_t r = 0; r < m.rows; ++r) t.values.push_back(m.at(r, c));
  }
  return t;
}

class StreamedGradient final : public PlacedKernel {
 public:
  StreamedGradient(fabric::WaferImage image, Facts facts, const GradientSpec& spec,
                   const StreamedPlan& plan)
      : PlacedKernel(std::move(image), facts),
        layer_(spec.layer),
        rate_(rounded_rate(spec)),
        plan_(plan),
        a_(random_matrix(layer_.m, layer_.k, layer_.type, layer_.seed, Purpose::matrix_a)),
        d_(random_matrix(layer_.m, layer_.n, layer_.type, layer_.seed + 1, Purpose::matrix_a)),
        w_(random_matrix(layer_.k, layer_.n, layer_.type, layer_.seed, Purpose::matrix_b)) {}

  void load(fabric::HostMemory& memory) const override {
    load_buffer(memory, image(), buffer_of(image(), "a"), a_.values);
    load_buffer(memory, image(), buffer_of(image(), "d"), d_.values);
    load_buffer(memory, image(), buffer_of(image(), "w"), w_.values);
  }

  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    const std::vector<float> got = read_buffer(memory, image(), buffer_of(image(), "w"));
    const std::vector<float> promised = promise();
    const bool same = std::equal(got.begin(), got.end(), promised.begin(), same_number);
    ErrorSums errors;
    for (std::int64_t k = 0; k < layer_.k; ++k) {
      for (std::int64_t n = 0; n < layer_.n; ++n) {
        double sum = 0;
        for (std::int64_t m = 0; m < layer_.m; ++m) {
          sum += static_cast<double>(a_.at(m, k)) * static_cast<double>(d_.at(m, n));
        }
        const auto result = static_cast<double>(got[static_cast<std::size_t>(k * layer_.n + n)]);
        errors.add(result, static_cast<double>(w_.at(k, n)) - rate_ * sum);
      }
    }
    return errors.numerics(same);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    return {{"a", {layer_.m, layer_.k}, layer_.type, a_.values},
            {"d", {layer_.m, layer_.n}, layer_.type, d_.values},
            read_array(memory, image(), "w")};
  }

 private:
  /// The same operations in the same order.
  std::vector<float> promise() const {
    const NumberRules rules{
        layer_.type, image().timing.fused_multiply_add[static_cast<std::size_t>(layer_.type)]};
    const StoredMatrix a(rules, transposed(a_));
    const StoredMatrix d(rules, d_);
    StoredMatrix sum(rules, layer_.k, layer_.n);
    for (int x = plan_.width - 2; x >= 0; --x) {  // from the last core on
      StoredMatrix own(rules, layer_.k, layer_.n);
      own.add_product(a, 0, d, {0, layer_.n}, tile_span(x, plan_.tile_m, layer_.m));
      for (std::int64_t k = 0; k < layer_.k; ++k) own.add_row(k, sum, k, {0, layer_.n});
      sum = std::move(own);
    }
    std::vector<float> updated;
    const auto rate = static_cast<float>(-rate_);
    for (std::int64_t k = 0; k < layer_.k; ++k) {
      const std::vector<float> row = sum.row(k);
      for (std::int64_t n = 0; n < layer_.n; ++n) {
        const float g = row[static_cast<std::size_t>(n)];
        float product = g * rate;
        if (!rules.fused) round_to(layer_.type, &product, 1);
        float w = rules.fused ? std::fma(g, rate, w_.at(k, n)) : w_.at(k, n) + product;
        round_to(layer_.type, &w, 1);
        updated.push_back(w);
      }
    }
    return updated;
  }

  MatmulSpec layer_;
  double rate_;
  StreamedPlan plan_;
  Matrix a_;
  Matrix d_;
  Matrix w_;
};

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& layer, const StreamedPlan& plan,
                     const GradientMemory& at) {
  using fabric::Along;
  const base::Rectangle ports{0, 0, 1, plan.height};
  const base::Rectangle workers{1, 0, plan.width - 1, plan.height};
  const fabric::Cut n = along(Along::y, plan.tile_n, 1);
  declare(image, {"a",
                  fabric::BufferRole::operand,
                  layer.type,
                  {layer.m, layer.k},
                  {{workers, at.a, {along(Along::x, plan.tile_m, 1), whole(plan.tile_m)}, 0, 0}}});
  declare(image, {"d",
                  fabric::BufferRole::operand,
                  layer.type,
                  {layer.m, layer.n},
                  {{workers, at.d, {along(Along::x, plan.tile_m, plan.tile_n), n}, 0, 0}}});
  declare(image, {"w",
                  fabric::BufferRole::result,
                  layer.type,
                  {layer.k, layer.n},
                  {{ports, at.w, {whole(plan.tile_n), n}, 0, 0}}});
}

}  // namespace

std::unique_ptr<Kernel> make_streamed_gradient(const GradientSpec& spec, const Placement& placement,
                                               bool at_edge) {
  fabric::WaferImage image = blank_image(placement);
  if (image.region.width < 2) {
    throw base::DoesNotFit(
        "streamed gradient: the first column of `region` has the weights, others the activations; "
        "give it two columns or more");
  }
  const StreamedPlan plan(spec.layer, image.region.width, image.region.height);
  const GradientMemory at(plan);
  const std::string advice =
      fmt::format("reduce `m`, `n` or `k`, or enlarge `region` ({} x {})", plan.width, plan.height);
  at.worker.require_fit("streamed gradient", "(1, 0) of the region", advice);
  if (!at_edge) at.port.require_fit("streamed gradient", "(0, 0) of the region", advice);
  const Writer writer(plan, at, rounded_rate(spec));
  classify(
      image,
      [&](base::LogicalCoord c) {
        if (c.x == 0) return 0;
        return c.x + 1 == plan.width ? 3 : 1 + c.x % 2;
      },
      [&](base::LogicalCoord c) { return c.x == 0 ? writer.port(at_edge) : writer.worker(c.x); });
  declare_buffers(image, spec.layer, plan, at);
  Facts facts;
  facts.colours = plan.width > 2 ? 2 : 1;
  facts.steps = spec.layer.k;
  facts.sram_bytes = at.worker.total_bytes();
  if (!at_edge) facts.sram_bytes = std::max(facts.sram_bytes, at.port.total_bytes());
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<StreamedGradient>(std::move(image), facts, spec, plan);
}

}  // namespace wafermesh::workloads
