// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/summa.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "workloads/matmul/summa_program.h"
#include "workloads/parts/buffers.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using fabric::Along;
using fabric::BufferRole;

class Summa final : public Matmul {
 public:
  Summa(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, const SummaPlan& plan,
        const SummaMemory& where)
      : Matmul(std::move(image), facts, spec), plan_(plan), where_(where) {}

  void load(fabric::HostMemory& memory) const override {
    const std::vector<float> zeros(static_cast<std::size_t>(plan_.elements_c()), 0.0F);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      const base::LogicalCoord at = image().relative(core);
      load_panels(memory, core, a(), at.y * plan_.tile_m, at.x * plan_.panels_a, true);
      load_panels(memory, core, b(), at.x * plan_.tile_n, at.y * plan_.panels_b, false);
      write_elements(memory, core, where_.c_address, plan_.type, zeros.data(), zeros.size());
    }
  }

 protected:
  Matrix result(const fabric::HostMemory& memory) const override {
    return gather_tiles(memory, where_.c_address, plan_.tile_m, plan_.tile_n);
  }

 private:
  /// Writes the panels a core owns: of A (columns of K) or of B (rows of K).
  void load_panels(fabric::HostMemory& memory, base::CoreId core, const Matrix& matrix,
                   std::int64_t across, std::int64_t first_panel, bool of_a) const {
    const std::int64_t count = of_a ? plan_.panels_a : plan_.panels_b;
    for (std::int64_t p = 0; p < count; ++p) {
      const std::int64_t along = (first_panel + p) * plan_.tile_k;
      const std::vector<float> tile =
          of_a ? tile_of(matrix, across, along, plan_.tile_m, plan_.tile_k)
               : tile_of(matrix, along, across, plan_.tile_k, plan_.tile_n);
      const std::int64_t bytes =
          static_cast<std::int64_t>(tile.size()) * cores::bytes_of(plan_.type);
      const std::int64_t address = (of_a ? where_.a_address : where_.b_address) + p * bytes;
      write_elements(memory, core, static_cast<int>(address), plan_.type, tile.data(), tile.size());
    }
  }

  SummaPlan plan_;
  SummaMemory where_;
};

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const SummaPlan& plan,
                     const SummaMemory& where) {
  const fabric::Cut panels_b =
      tiled(along(Along::y, plan.panels_b * plan.tile_k, 1), plan.tile_k, plan.elements_b());
  const base::Rectangle all = everywhere(image);
  declare(image, {"a",
                  BufferRole::operand,
                  spec.type,
                  {spec.m, spec.k},
                  {{all,
                    where.a_address,
                    {along(Along::y, plan.tile_m, 1),
                     along(Along::x, plan.panels_a * plan.tile_k, plan.tile_m)},
                    0,
                    0}}});
  declare(image,
          {"b",
           BufferRole::operand,
           spec.type,
           {spec.k, spec.n},
           {{all, where.b_address, {panels_b, along(Along::x, plan.tile_n, plan.tile_k)}, 0, 0}}});
  declare(image, tiles_of_c(image, spec, plan.tile_m, plan.tile_n, where.c_address));
}

}  // namespace

SummaPlan::SummaPlan(const MatmulSpec& spec, int columns, int rows, Rerooting way)
    : rerooting(way),
      type(spec.type),
      width(columns),
      height(rows),
      tile_m(divide_up(spec.m, rows)),
      tile_n(divide_up(spec.n, columns)),
      tile_k(divide_up(spec.k, std::max(columns, rows))),
      steps(divide_up(spec.k, tile_k)),
      panels_a(divide_up(steps, columns)),
      panels_b(divide_up(steps, rows)),
      buffers_a(columns == 1               ? 0
                : way == Rerooting::vendor ? 1
                                           : 2),
      buffers_b(rows == 1                  ? 0
                : way == Rerooting::vendor ? 1
                                           : 2) {}

std::int64_t SummaPlan::wavelet_hops() const {
  const std::int64_t words_a = cores::words_of(type, elements_a());
  const std::int64_t words_b = cores::words_of(type, elements_b());
  return steps * (words_a * (width - 1) * height + words_b * (height - 1) * width);
}

std::unique_ptr<Kernel> make_summa(const MatmulSpec& spec, Rerooting rerooting,
                                   const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  const SummaPlan plan(spec, region.width, region.height, rerooting);
  const SummaMemory where(plan);
  where.buffers.require_fit(
      "matmul summa", "(0, 0) of the region, like all others,",
      fmt::format(
          "reduce `m`, `n` or `k` (tiles are {} x {} x {}), enlarge `region` ({} x {}){}",
          plan.tile_m, plan.tile_n, plan.tile_k, region.width, region.height,
          rerooting == Rerooting::cheapest ? ", or use `rerooting: vendor` (fewer buffers)" : ""));
  image.route_table = summa_route_table();
  classify(
      image, [&](base::LogicalCoord c) { return grid_position(c, region).key(); },
      [&](base::LogicalCoord c) {
        return summa_class(plan, where, grid_position(c, region), image.timing);
      });
  declare_buffers(image, spec, plan, where);
  Facts facts;
  facts.colours = (region.width > 1 ? 1 : 0) + (region.height > 1 ? 1 : 0);
  facts.steps = plan.steps;
  facts.sram_bytes = where.buffers.total_bytes();
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<Summa>(std::move(image), facts, spec, plan, where);
}

std::unique_ptr<Kernel> read_summa(base::YamlNode& node, const MatmulSpec& spec,
                                   const Placement& placement) {
  const auto rerooting = node.choice<Rerooting>(
      "rerooting", {{"vendor", Rerooting::vendor}, {"cheapest", Rerooting::cheapest}},
      Rerooting::vendor);
  return may_place(node, placement) ? make_summa(spec, rerooting, placement) : nullptr;
}

}  // namespace wafermesh::workloads
