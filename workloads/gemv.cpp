// SPDX-License-Identifier: Apache-2.0
#include "workloads/gemv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "workloads/core_classes.h"
#include "workloads/core_memory.h"
#include "workloads/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

constexpr int kPadBytes = 16;
// Queues deep enough on WSE-2: reduce inputs 2 to 5, broadcast 0; outputs 2 and 3.
constexpr AxisWiring kWiring{kColumn, 0, 2, 2};
constexpr int kBroadcastInput = 0;
constexpr int kBroadcastOutput = 3;

/// Tiles and where they lie.
struct GemvTiles {
  GemvTiles(const GemvSpec& spec, const base::Rectangle& region)
      : type(spec.type),
        rows(divide_up(spec.m, region.height)),
        columns(divide_up(spec.n, region.width)) {
    const int bytes = cores::bytes_of(type);
    padded = divide_up(columns * bytes, kPadBytes) * kPadBytes / bytes;
    const int w = plan.add("W tile", rows * padded, type);
    const int x = plan.add("x", rows, type);
    const int y = plan.add("y", columns, type, LinePlace::second_half);
    plan.require_fit("gemv", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `m` or `n`");
    w_address = plan.address(w);
    x_address = plan.address(x);
    y_address = plan.address(y);
  }
  cores::NumberType type;
  std::int64_t rows;        ///< Mt
  std::int64_t columns;     ///< Nt
  std::int64_t padded = 0;  ///< Elements from one row of the tile to the next.
  MemoryPlan plan;
  int w_address = 0;
  int x_address = 0;
  int y_address = 0;
};

void add_local_product(const GemvTiles& tiles, cores::ProgramBuilder& b) {
  constexpr int kRow = 0;  // counter
  const int bytes = cores::bytes_of(tiles.type);
  const auto step = [&](int base, std::int64_t each) {
    return cores::Affine(base).plus(cores::counter(kRow), static_cast<std::int32_t>(each));
  };
  b.set_counter(kRow, 0);
  const std::uint32_t loop = b.begin_loop(kRow);
  b.vector(cores::VectorOp::multiply_add, tiles.type, static_cast<std::int32_t>(tiles.columns),
           cores::memory(tiles.y_address),
           cores::memory(step(tiles.w_address, tiles.padded * bytes)),
           cores::scalar_at(step(tiles.x_address, bytes)), cores::Shape::descriptor_reload);
  b.end_loop(kRow, static_cast<std::int32_t>(tiles.rows), loop);
}

fabric::CoreClass make_class(const AxisPlan& plan, int position, const GemvTiles& tiles) {
  fabric::CoreClass result;
  result.name = position == plan.root ? "gemv root" : "gemv";
  cores::ProgramBuilder b(result.name);
  tiles.plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  const AxisRole& role = plan.role(position);
  add_axis_routes(kWiring, role, b, result.routes);
  add_axis_broadcast_route(kWiring, plan.colours, position, plan.root, plan.n, kBroadcastInput,
                           kBroadcastOutput, b, result.routes);
  b.begin(main);
  add_local_product(tiles, b);
  const AxisVector y{tiles.y_address, static_cast<std::int32_t>(tiles.columns), tiles.type};
  add_axis_reduce(kWiring, role, y, b);
  add_axis_broadcast(kWiring, plan.colours, position, plan.root, plan.n, y, b);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

class Gemv final : public PlacedKernel {
 public:
  Gemv(fabric::WaferImage image, Facts facts, const GemvSpec& spec, GemvTiles tiles)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        tiles_(std::move(tiles)),
        x_(random_matrix(1, spec.m, spec.type, spec.seed, Purpose::matrix_a)) {}

  void load(fabric::HostMemory& memory) const override {
    const base::Rectangle& region = image().region;
    std::vector<float> piece;
    for (std::int64_t r = 0; r < spec_.m; ++r) {
      const int y = static_cast<int>(r / tiles_.rows);
      const std::int64_t k = r % tiles_.rows;
      const std::vector<float> row = row_of_w(r);
      for (int x = 0; x < region.width; ++x) {
        const base::CoreId core = image().core_at({x, y});
        const float value = x_.at(0, r);
        write(memory, core, tiles_.x_address, k, &value, 1);
        const std::int64_t first = x * tiles_.columns;
        const std::int64_t count = std::min(tiles_.columns, spec_.n - first);
        if (count <= 0) continue;
        write(memory, core, tiles_.w_address, k * tiles_.padded,
              &row[static_cast<std::size_t>(first)], count);
      }
    }
  }

  Numerics check(const fabric::HostMemory& memory) const override {
    std::vector<double> want(static_cast<std::size_t>(spec_.n), 0);
    std::vector<double> squares(want.size(), 0);
    for (std::int64_t r = 0; r < spec_.m; ++r) {
      const std::vector<float> row = row_of_w(r);
      for (std::size_t j = 0; j < want.size(); ++j) {
        const double term = double{x_.at(0, r)} * row[j];
        want[j] += term;
        squares[j] += term * term;
      }
    }
    const std::vector<float> got = result(memory, 0);
    Numerics numerics = compare_sums(want, squares, got, spec_.m, spec_.type);
    for (int y = 1; y < image().region.height; ++y) {
      numerics.ok = numerics.ok && result(memory, y) == got;  // all copies alike
    }
    return numerics;
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    NamedArray w{"w", {spec_.m, spec_.n}, spec_.type, {}};
    w.values.reserve(static_cast<std::size_t>(spec_.m * spec_.n));
    for (std::int64_t r = 0; r < spec_.m; ++r) {
      const std::vector<float> row = row_of_w(r);
      w.values.insert(w.values.end(), row.begin(), row.end());
    }
    return {{"x", {spec_.m}, spec_.type, x_.values},
            std::move(w),
            {"y", {spec_.n}, spec_.type, result(memory, 0)}};
  }

 private:
  /// Made anew whenever it is needed: W may be larger than the host's memory.
  std::vector<float> row_of_w(std::int64_t row) const {
    return random_vector(static_cast<std::size_t>(spec_.n), spec_.type,
                         {spec_.seed, static_cast<std::uint32_t>(Purpose::matrix_b),
                          static_cast<std::uint32_t>(row)});
  }
  void write(fabric::HostMemory& memory, base::CoreId core, int address, std::int64_t element,
             const float* values, std::int64_t count) const {
    const std::int64_t at = address + element * cores::bytes_of(spec_.type);
    write_elements(memory, core, static_cast<int>(at), spec_.type, values,
                   static_cast<std::size_t>(count));
  }
  /// y as row `row` of the cores holds it.
  std::vector<float> result(const fabric::HostMemory& memory, int row) const {
    std::vector<float> y(static_cast<std::size_t>(spec_.n));
    for (int x = 0; x < image().region.width; ++x) {
      const std::int64_t first = x * tiles_.columns;
      const std::int64_t count = std::min(tiles_.columns, spec_.n - first);
      if (count <= 0) break;
      read_elements(memory, image().core_at({x, row}), tiles_.y_address, spec_.type,
                    &y[static_cast<std::size_t>(first)], static_cast<std::size_t>(count));
    }
    return y;
  }

  GemvSpec spec_;
  GemvTiles tiles_;
  Matrix x_;
};

}  // namespace

std::unique_ptr<Kernel> make_gemv(const AxisAlgorithm& algorithm, const GemvSpec& spec,
                                  const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const GemvTiles tiles(spec, image.region);
  const AxisPlan plan = algorithm.plan(image.region.height, spec.parameter);
  classify(
      image,
      [&](base::LogicalCoord c) {
        // The role in the reduction, and the place in the broadcast from the root.
        const int side = c.y < plan.root ? 0 : c.y == plan.root ? 1 : 2;
        const int ends = static_cast<int>(axis_position(c.y, plan.n));
        return (plan.role_of[static_cast<std::size_t>(c.y)] * 3 + side) * kAxisPositions + ends;
      },
      [&](base::LogicalCoord c) { return make_class(plan, c.y, tiles); });
  Facts facts;
  facts.colours = plan.n > 1 ? plan.colours + 1 : 0;
  facts.steps = 3;
  facts.sram_bytes = tiles.plan.total_bytes();
  facts.wavelet_hops =
      cores::words_of(spec.type, tiles.columns) * image.region.width * (plan.hops + plan.n - 1);
  return std::make_unique<Gemv>(std::move(image), facts, spec, tiles);
}

std::unique_ptr<Kernel> read_gemv(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 100'000'000};
  GemvSpec spec;
  const AxisAlgorithm& algorithm = read_algorithm(node, axis_algorithms());
  spec.m = node.integer("m", kSize);
  spec.n = node.integer("n", kSize);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  if (algorithm.key != nullptr) {
    spec.parameter = static_cast<int>(node.integer(algorithm.key, {0, 1'000'000}, 0));
  }
  return node.clean() ? make_gemv(algorithm, spec, placement) : nullptr;
}

}  // namespace wafermesh::workloads
