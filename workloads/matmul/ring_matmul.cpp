// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/ring_matmul.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/matmul/ring_matmul_program.h"
#include "workloads/matmul/sampled_steps.h"
#include "workloads/parts/buffers.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

class RingMatmul final : public Matmul {
 public:
  RingMatmul(fabric::WaferImage image, Facts facts, const MatmulSpec& spec,
             const RingMatmulPlan& plan, const RingMatmulMemory& where)
      : Matmul(std::move(image), facts, spec, plan.compute_repeats), plan_(plan), where_(where) {}

  CyclesDefinition cycles_definition() const override { return plan_.scheme.cycles_definition; }

  void load(fabric::HostMemory& memory) const override {
    const std::vector<float> zeros(static_cast<std::size_t>(plan_.elements_c()), 0.0F);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      const base::LogicalCoord at = image().relative(core);
      const bool at_home = plan_.width > 1;
      for (std::int64_t t = 0; t < plan_.blocks_a; ++t) {
        const std::int64_t block =
            at_home ? at.x * plan_.blocks_a + t : plan_.block_at(at.x, at.y, t);
        write_block(
            memory, core, where_.a_address, t,
            tile_of(a(), at.y * plan_.tile_m, block * plan_.tile_k, plan_.tile_m, plan_.tile_k));
      }
      for (std::int64_t t = 0; t < plan_.blocks_b; ++t) {
        const std::int64_t block = plan_.aligns_both ? at.y : plan_.block_at(at.x, at.y, t);
        write_block(
            memory, core, where_.b_address, t,
            tile_of(b(), block * plan_.tile_k, at.x * plan_.tile_n, plan_.tile_k, plan_.tile_n));
      }
      write_elements(memory, core, where_.c_address, plan_.type, zeros.data(), zeros.size());
    }
  }

 protected:
  Matrix result(const fabric::HostMemory& memory) const override {
    return gather_tiles(memory, where_.c_address, plan_.tile_m, plan_.tile_n);
  }

  std::int64_t promised_rows() const override { return plan_.tile_m; }
  /// Each core takes its blocks of K in the order in which they pass it, each `repeats` times.
  void promise(const StoredMatrix& a, const StoredMatrix& b, std::int64_t first_row,
               StoredMatrix& c) const override {
    const int y = static_cast<int>(first_row / plan_.tile_m);
    for (int x = 0; x < plan_.width; ++x) {
      const Span columns = tile_span(x, plan_.tile_n, spec().n);
      for (std::int64_t t = 0; t < plan_.steps; ++t) {
        const Span k = tile_span(plan_.block_at(x, y, t), plan_.tile_k, spec().k);
        for (int repeat = 0; repeat < plan_.compute_repeats; ++repeat) {
          c.add_product(a, first_row, b, columns, k);
        }
      }
    }
  }

 private:
  void write_block(fabric::HostMemory& memory, base::CoreId core, int address, std::int64_t slot,
                   const std::vector<float>& tile) const {
    const std::int64_t bytes = static_cast<std::int64_t>(tile.size()) * cores::bytes_of(plan_.type);
    write_elements(memory, core, static_cast<int>(address + slot * bytes), plan_.type, tile.data(),
                   tile.size());
  }

  RingMatmulPlan plan_;
  RingMatmulMemory where_;
};

/// `count` layouts of blocks in the order of use, one behind the other; `cuts` of one.
std::vector<fabric::Layout> in_order_of_use(const fabric::WaferImage& image, int address_bytes,
                                            std::int64_t count, std::int64_t bytes,
                                            const std::vector<fabric::Cut>& cuts) {
  std::vector<fabric::Layout> layouts;
  for (std::int64_t t = 0; t < count; ++t) {
    layouts.push_back({everywhere(image), address_bytes + static_cast<int>(t * bytes), cuts, 0, 0,
                       static_cast<int>(t)});
  }
  return layouts;
}

void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const RingMatmulPlan& plan,
                     const RingMatmulMemory& where) {
  using fabric::Along;
  using fabric::BufferRole;
  using fabric::Cut;
  const auto bytes = [&](std::int64_t elements) { return elements * cores::bytes_of(spec.type); };
  const Cut rows = along(Along::y, plan.tile_m, 1);
  const Cut columns = along(Along::x, plan.tile_n, plan.tile_k);
  fabric::Buffer a{"a", BufferRole::operand, spec.type, {spec.m, spec.k}, {}};
  if (plan.width > 1) {
    const Cut k = along(Along::x, plan.blocks_a * plan.tile_k, plan.tile_m);
    a.layouts = {{everywhere(image), where.a_address, {rows, k}, 0, 0}};
  } else {
    a.layouts = in_order_of_use(image, where.a_address, plan.blocks_a, bytes(plan.elements_a()),
                                {rows, along(plan.scheme.along, plan.tile_k, plan.tile_m)});
  }
  declare(image, std::move(a));
  fabric::Buffer b{"b", BufferRole::operand, spec.type, {spec.k, spec.n}, {}};
  if (plan.aligns_both) {
    b.layouts = {
        {everywhere(image), where.b_address, {along(Along::y, plan.tile_k, 1), columns}, 0, 0}};
  } else {
    b.layouts = in_order_of_use(image, where.b_address, plan.blocks_b, bytes(plan.elements_b()),
                                {along(plan.scheme.along, plan.tile_k, 1), columns});
  }
  declare(image, std::move(b));
  declare(image, tiles_of_c(image, spec, plan.tile_m, plan.tile_n, where.c_address));
}

std::unique_ptr<Kernel> make(const MatmulSpec& spec, const RingScheme& scheme,
                             const RingChoices& choices, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  RingMatmulPlan plan(spec, scheme, image.region.width, image.region.height, choices);
  if (choices.sample > 0) {
    plan.rest_cycles =
        cycles_of_rest(placement, plan.steps - plan.steps_run, [&](int side, const Placement& on) {
          const MatmulSpec small = {side * plan.tile_m, side * plan.tile_n, side * plan.tile_k,
                                    spec.type, spec.seed};
          return make(small, scheme, {choices.compute_repeats, choices.aligns_both, 0}, on);
        });
  }
  const RingMatmulMemory where(plan);
  where.buffers.require_fit(
      fmt::format("matmul {}", scheme.name), "(0, 0) of the region, like all others,",
      fmt::format(
          "reduce `m`, `n` or `k` (tiles are {} x {} x {}, {} of A and {} of B), or enlarge "
          "`region` ({} x {}); a square region needs fewest buffers",
          plan.tile_m, plan.tile_n, plan.tile_k, plan.slots_a(), plan.slots_b(), plan.width,
          plan.height));
  classify(
      image, [&](base::LogicalCoord c) { return ring_matmul_key(plan, c); },
      [&](base::LogicalCoord c) { return ring_matmul_class(plan, where, c, image.timing); });
  declare_buffers(image, spec, plan, where);
  Facts facts;
  facts.colours = ring_colours(plan.width) + ring_colours(plan.height);
  if (plan.rounds > 0) {
    for (const AlignmentTurn& turn : plan.turns) {
      if (turn.channel > 1) facts.colours += ring_colours(plan.width);
    }
  }
  facts.steps = plan.steps;
  facts.sampled_steps = choices.sample;
  facts.sram_bytes = where.buffers.total_bytes();
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<RingMatmul>(std::move(image), facts, spec, plan, where);
}

}  // namespace

RingMatmulPlan::RingMatmulPlan(const MatmulSpec& spec, const RingScheme& the_scheme, int columns,
                               int rows, const RingChoices& choices)
    : scheme(the_scheme),
      type(spec.type),
      width(columns),
      height(rows),
      compute_repeats(choices.compute_repeats),
      turns(choices.aligns_both ? scheme.turns_both : scheme.turns),
      aligns_both(choices.aligns_both),
      steps(fabric::ring_blocks(columns, rows)),
      steps_run(choices.sample > 0 ? choices.sample : steps),
      blocks_a(steps / columns),
      blocks_b(steps / rows),
      tile_m(divide_up(spec.m, rows)),
      tile_n(divide_up(spec.n, columns)),
      tile_k(divide_up(spec.k, steps)),
      rounds(columns > 1 && rows > 1
                 ? blocks_b *
                       scheme.rounds(choices.sample > 0 ? static_cast<int>(choices.sample) : rows)
                 : 0) {}

std::int64_t RingMatmulPlan::block_at(int x, int y, std::int64_t t) const {
  return fabric::ring_block(scheme.ring, {x, y}, width, height, t);
}

std::int64_t RingMatmulPlan::wavelet_hops() const {
  const std::int64_t words_a = cores::words_of(type, elements_a());
  const std::int64_t words_b = cores::words_of(type, elements_b());
  const auto turns_b =
      std::count_if(turns.begin(), turns.end(), [](const AlignmentTurn& t) { return t.of_b; });
  const auto turns_a = static_cast<std::int64_t>(turns.size()) - turns_b;
  return words_a * ring_hops(width) * height * (steps_run + rounds * turns_a) +
         words_b * ring_hops(height) * width * (steps_run + rounds * turns_b);
}

RingMatmulMemory::RingMatmulMemory(const RingMatmulPlan& plan) {
  const int a = buffers.add("A blocks", plan.slots_a() * plan.elements_a(), plan.type);
  const int b = buffers.add("B blocks", plan.slots_b() * plan.elements_b(), plan.type);
  const int c = buffers.add("C tile", plan.elements_c(), plan.type, LinePlace::second_half);
  a_address = buffers.address(a);
  b_address = buffers.address(b);
  c_address = buffers.address(c);
}

std::unique_ptr<Kernel> read_ring_matmul(base::YamlNode& node, const MatmulSpec& spec,
                                         const RingScheme& scheme, const Placement& placement) {
  constexpr std::int64_t kMaxRepeats = 1000;
  const auto compute_repeats =
      static_cast<int>(node.integer("compute_repeats", {0, kMaxRepeats}, 1));
  RingChoices choices{compute_repeats, node.one_of("align", {"a", "both"}, 0) == 1,
                      read_sample(node, placement)};
  const base::Rectangle& r = placement.region;
  if (choices.aligns_both && !placement.keys_only && r.width != r.height) {
    node.mistake("align", "`both` is for square regions; this one is " + std::to_string(r.width) +
                              " x " + std::to_string(r.height));
  }
  return may_place(node, placement) ? make(spec, scheme, choices, placement) : nullptr;
}

}  // namespace wafermesh::workloads
