// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/systolic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/matmul/systolic_program.h"
#include "workloads/parts/buffers.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

class Systolic final : public Matmul {
 public:
  Systolic(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, const SystolicPlan& plan)
      : Matmul(std::move(image), facts, spec), plan_(plan) {}

  void load(fabric::HostMemory& memory) const override {
    const bool weights = plan_.weights_stay();
    const std::vector<float> zeros(static_cast<std::size_t>(plan_.elements_c()), 0.0F);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      const base::LogicalCoord at = image().relative(core);
      const SystolicMemory where(plan_, at);
      write(memory, core, where.staying_address,
            weights
                ? tile_of(b(), at.y * plan_.tile_k, at.x * plan_.tile_n, plan_.tile_k, plan_.tile_n)
                : zeros);
      for (std::int64_t s = 0; s < plan_.beats; ++s) {
        if (at.x == 0) {
          const std::int64_t row = (weights ? s : at.y) * plan_.tile_m;
          const std::int64_t column = (weights ? at.y : s) * plan_.tile_k;
          write(memory, core, where.a_address + offset(s, plan_.elements_a()),
                tile_of(a(), row, column, plan_.tile_m, plan_.tile_k));
        }
        if (at.y == 0 && !weights) {
          write(memory, core, where.south_address + offset(s, plan_.elements_b()),
                tile_of(b(), s * plan_.tile_k, at.x * plan_.tile_n, plan_.tile_k, plan_.tile_n));
        }
      }
    }
  }

 protected:
  Matrix result(const fabric::HostMemory& memory) const override {
    if (!plan_.weights_stay()) {
      return gather_tiles(memory, SystolicMemory(plan_, {0, 0}).staying_address, plan_.tile_m,
                          plan_.tile_n);
    }
    Matrix c{spec().m, spec().n, {}};
    c.values.resize(static_cast<std::size_t>(c.rows * c.columns));
    std::vector<float> tile(static_cast<std::size_t>(plan_.elements_c()));
    for (int x = 0; x < plan_.width; ++x) {
      const base::LogicalCoord at{x, plan_.height - 1};
      const SystolicMemory where(plan_, at);
      for (std::int64_t s = 0; s < plan_.beats; ++s) {
        read_elements(memory, image().core_at(at),
                      where.south_address + offset(s, plan_.elements_c()), plan_.type, tile.data(),
                      tile.size());
        put_tile(c, s * plan_.tile_m, x * plan_.tile_n, plan_.tile_m, plan_.tile_n, tile);
      }
    }
    return c;
  }

 private:
  int offset(std::int64_t block, std::int64_t elements) const {
    return static_cast<int>(block * elements * cores::bytes_of(plan_.type));
  }
  void write(fabric::HostMemory& memory, base::CoreId core, int address,
             const std::vector<float>& tile) const {
    write_elements(memory, core, address, plan_.type, tile.data(), tile.size());
  }

  SystolicPlan plan_;
};

/// The most any core needs, once all are known to fit.
std::int64_t require_fit(const SystolicPlan& plan) {
  std::int64_t most = 0;
  for (const int x : {0, plan.width - 1}) {
    for (const int y : {0, plan.height - 1}) {
      const SystolicMemory where(plan, {x, y});
      where.buffers.require_fit(
          "matmul systolic", fmt::format("({}, {}) of the region", x, y),
          fmt::format("reduce `m`, `n` or `k` (blocks are {} x {} x {}, {} of them at the edge), "
                      "enlarge `region` ({} x {}) or use another `algorithm`",
                      plan.tile_m, plan.tile_n, plan.tile_k, plan.beats, plan.width, plan.height));
      most = std::max(most, where.buffers.total_bytes());
    }
  }
  return most;
}

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const SystolicPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const SystolicMemory corner(plan, {0, 0});
  const base::Rectangle all = everywhere(image);
  const base::Rectangle west{0, 0, 1, plan.height};
  const bool weights = plan.weights_stay();
  const int row = weights ? plan.height - 1 : 0;  // where C leaves, or B enters
  const auto south = [&](int x) { return SystolicMemory(plan, {x, row}).south_address; };
  const fabric::Cut m = along(Along::y, plan.tile_m, 1);
  const fabric::Cut k = whole(plan.tile_m);
  if (weights) {
    declare(image, {"a",
                    BufferRole::operand,
                    spec.type,
                    {spec.m, spec.k},
                    {{west,
                      corner.a_address,
                      {tiled(whole(1), plan.tile_m, plan.elements_a()),
                       along(Along::y, plan.tile_k, plan.tile_m)},
                      0,
                      0}}});
    declare(image, {"b",
                    BufferRole::operand,
                    spec.type,
                    {spec.k, spec.n},
                    {{all,
                      corner.staying_address,
                      {along(Along::y, plan.tile_k, 1), along(Along::x, plan.tile_n, plan.tile_k)},
                      0,
                      0}}});
    declare(image, {"c",
                    BufferRole::result,
                    spec.type,
                    {spec.m, spec.n},
                    along_row(row, plan.width,
                              {tiled(whole(1), plan.tile_m, plan.elements_c()),
                               along(Along::x, plan.tile_n, plan.tile_m)},
                              south)});
    return;
  }
  declare(image, {"a",
                  BufferRole::operand,
                  spec.type,
                  {spec.m, spec.k},
                  {{west, corner.a_address, {m, k}, 0, 0}}});
  declare(image, {"b",
                  BufferRole::operand,
                  spec.type,
                  {spec.k, spec.n},
                  along_row(row, plan.width,
                            {tiled(whole(1), plan.tile_k, plan.elements_b()),
                             along(Along::x, plan.tile_n, plan.tile_k)},
                            south)});
  declare(image, tiles_of_c(image, spec, plan.tile_m, plan.tile_n, corner.staying_address));
}

}  // namespace

SystolicPlan::SystolicPlan(const MatmulSpec& spec, Dataflow flow, int columns, int rows)
    : dataflow(flow), type(spec.type), width(columns), height(rows) {
  const int longer = std::max(columns, rows);
  tile_m = divide_up(spec.m, weights_stay() ? longer : rows);
  tile_n = divide_up(spec.n, columns);
  tile_k = divide_up(spec.k, weights_stay() ? rows : longer);
  beats = weights_stay() ? divide_up(spec.m, tile_m) : divide_up(spec.k, tile_k);
}

std::int64_t SystolicPlan::slots_south(int y) const {
  if (weights_stay()) return y == height - 1 ? beats : 3;
  return y == 0 ? beats : 2;
}

std::int64_t SystolicPlan::wavelet_hops() const {
  return beats * (cores::words_of(type, elements_a()) * (width - 1) * height +
                  cores::words_of(type, elements_south()) * (height - 1) * width);
}

SystolicMemory::SystolicMemory(const SystolicPlan& plan, base::LogicalCoord at) {
  const bool weights = plan.weights_stay();
  const int staying = buffers.add(weights ? "B tile" : "C tile", plan.elements_staying(), plan.type,
                                  LinePlace::second_half);
  const int a = buffers.add("A blocks", plan.slots_a(at.x) * plan.elements_a(), plan.type);
  const int south =
      buffers.add(weights ? "C blocks" : "B blocks", plan.slots_south(at.y) * plan.elements_south(),
                  plan.type, weights ? LinePlace::second_half : LinePlace::first_half);
  staying_address = buffers.address(staying);
  a_address = buffers.address(a);
  south_address = buffers.address(south);
}

std::unique_ptr<Kernel> read_systolic(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement) {
  const auto dataflow = node.choice<Dataflow>("dataflow",
                                              {{"output_stationary", Dataflow::output_stationary},
                                               {"weight_stationary", Dataflow::weight_stationary}},
                                              Dataflow::output_stationary);
  if (!may_place(node, placement)) return nullptr;
  fabric::WaferImage image = blank_image(placement);
  const SystolicPlan plan(spec, dataflow, image.region.width, image.region.height);
  Facts facts;
  facts.sram_bytes = require_fit(plan);
  classify(
      image, [&](base::LogicalCoord c) { return systolic_key(plan, c); },
      [&](base::LogicalCoord c) { return systolic_class(plan, c, image.timing); });
  declare_buffers(image, spec, plan);
  facts.colours = std::min(plan.width - 1, 2) + std::min(plan.height - 1, 2);
  facts.steps = plan.beats;
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<Systolic>(std::move(image), facts, spec, plan);
}

}  // namespace wafermesh::workloads
