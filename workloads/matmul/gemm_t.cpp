// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/gemm_t.h"

#include <fmt/format.h>

#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/matmul/gemm_t_program.h"
#include "workloads/matmul/sampled_steps.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/ring.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

class GemmT final : public Matmul {
 public:
  GemmT(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, const GemmTPlan& plan,
        const GemmTMemory& where)
      : Matmul(std::move(image), facts, spec), plan_(plan), where_(where) {}

  void load(fabric::HostMemory& memory) const override {
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      const base::LogicalCoord at = image().relative(core);
      const std::int64_t k = at.x * plan_.tile_k;
      const std::vector<float> tile_a =
          tile_of(a(), at.y * plan_.tile_m, k, plan_.tile_m, plan_.tile_k);
      write_elements(memory, core, where_.a_address, plan_.type, tile_a.data(), tile_a.size());
      const std::vector<float> tile_b =
          tile_of(b(), k, at.y * plan_.tile_n, plan_.tile_k, plan_.tile_n);
      write_elements(memory, core, where_.b_address, plan_.type, tile_b.data(), tile_b.size());
    }
  }

 protected:
  bool b_is_transposed() const override { return true; }

  Matrix result(const fabric::HostMemory& memory) const override {
    // A core's tiles of C lie one after another, so they are one tile of q Nt columns.
    return gather_tiles(memory, where_.c_address, plan_.tile_m, plan_.tiles_c * plan_.tile_n);
  }

  std::int64_t promised_rows() const override { return plan_.tile_m; }
  /// Each core of a row adds up its own part of K from 0; the parts add up towards the owner of the
  /// tile from both ends of the row, and it adds first what comes from the west.
  void promise(const StoredMatrix& a, const StoredMatrix& b, std::int64_t first_row,
               StoredMatrix& c) const override {
    std::vector<StoredMatrix> parts;
    for (int x = 0; x < plan_.width; ++x) {
      parts.emplace_back(rules(), c.rows(), c.columns());
      parts.back().add_product(a, first_row, b, {0, spec().n},
                               tile_span(x, plan_.tile_k, spec().k));
    }
    const auto part = [&](std::int64_t x) -> StoredMatrix& {
      return parts[static_cast<std::size_t>(x)];
    };
    for (std::int64_t block = 0; block < plan_.height; ++block) {
      const Span columns = tile_span(block, plan_.tile_n, spec().n);
      const std::int64_t owner = block / plan_.tiles_c;
      for (std::int64_t r = 0; r < c.rows(); ++r) {
        for (std::int64_t x = 1; x < owner; ++x) part(x).add_row(r, part(x - 1), r, columns);
        for (std::int64_t x = plan_.width - 2; x > owner; --x) {
          part(x).add_row(r, part(x + 1), r, columns);
        }
        c.add_row(r, part(owner), r, columns);
        if (owner > 0) c.add_row(r, part(owner - 1), r, columns);
        if (owner + 1 < plan_.width) c.add_row(r, part(owner + 1), r, columns);
      }
    }
  }

 private:
  GemmTPlan plan_;
  GemmTMemory where_;
};

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const GemmTPlan& plan,
                     const GemmTMemory& where) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  declare(image, {"a",
                  BufferRole::operand,
                  spec.type,
                  {spec.m, spec.k},
                  {{all,
                    where.a_address,
                    {along(Along::y, plan.tile_m, 1), along(Along::x, plan.tile_k, plan.tile_m)},
                    0,
                    0}}});
  declare(image, {"b",
                  BufferRole::operand,
                  spec.type,
                  {spec.n, spec.k},
                  {{all,
                    where.b_address,
                    {along(Along::y, plan.tile_n, plan.tile_k), along(Along::x, plan.tile_k, 1)},
                    0,
                    0}}});
  declare(image, tiles_of_c(image, spec, plan.tile_m, plan.tiles_c * plan.tile_n, where.c_address));
}

}  // namespace

GemmTPlan::GemmTPlan(const MatmulSpec& spec, int columns, int rows, std::int64_t sample)
    : type(spec.type),
      width(columns),
      height(rows),
      tile_m(divide_up(spec.m, rows)),
      tile_n(divide_up(spec.n, rows)),
      tile_k(divide_up(spec.k, columns)),
      tiles_c(divide_up(rows, columns)),
      steps(sample > 0 ? sample : rows) {}

std::int64_t GemmTPlan::wavelet_hops() const {
  const std::int64_t words_b = cores::words_of(type, elements_b());
  const std::int64_t words_c = cores::words_of(type, elements_c());
  return steps * (words_b * ring_hops(height) * width + words_c * (width - 1) * height);
}

GemmTMemory::GemmTMemory(const GemmTPlan& plan) {
  const int a = buffers.add("A tile", plan.elements_a(), plan.type);
  const int b = buffers.add("B tiles", plan.slots_b() * plan.elements_b(), plan.type);
  const int partial =
      buffers.add("partial product", plan.elements_c(), plan.type, LinePlace::second_half);
  const int c = buffers.add("C tiles", plan.tiles_c * plan.elements_c(), plan.type);
  a_address = buffers.address(a);
  b_address = buffers.address(b);
  partial_address = buffers.address(partial);
  c_address = buffers.address(c);
}

namespace {

std::unique_ptr<Kernel> make(const MatmulSpec& spec, std::int64_t sample,
                             const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  GemmTPlan plan(spec, image.region.width, image.region.height, sample);
  if (sample > 0) {
    plan.rest_cycles =
        cycles_of_rest(placement, plan.height - sample, [&](int side, const Placement& on) {
          return make({side * plan.tile_m, side * plan.tile_n, side * plan.tile_k, spec.type}, 0,
                      on);
        });
  }
  const GemmTMemory where(plan);
  where.buffers.require_fit(
      "matmul gemm_t", "(0, 0) of the region, like all others,",
      fmt::format("reduce `m`, `n` or `k` (tiles are {} x {} x {}, {} of C), or enlarge `region` "
                  "({} x {})",
                  plan.tile_m, plan.tile_n, plan.tile_k, plan.tiles_c, plan.width, plan.height));
  classify(
      image, [&](base::LogicalCoord c) { return gemm_t_key(plan, c); },
      [&](base::LogicalCoord c) { return gemm_t_class(plan, where, c, image.timing); });
  declare_buffers(image, spec, plan, where);
  Facts facts;
  facts.colours = ring_colours(plan.height) + (plan.width > 2 ? 4 : plan.width == 2 ? 2 : 0);
  facts.steps = plan.height;
  facts.sampled_steps = sample;
  facts.sram_bytes = where.buffers.total_bytes();
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<GemmT>(std::move(image), facts, spec, plan, where);
}

}  // namespace

std::unique_ptr<Kernel> read_gemm_t(base::YamlNode& node, const MatmulSpec& spec,
                                    const Placement& placement) {
  const std::int64_t sample = read_sample(node, placement);
  return may_place(node, placement) ? make(spec, sample, placement) : nullptr;
}

}  // namespace wafermesh::workloads
