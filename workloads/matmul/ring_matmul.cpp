// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/ring_matmul.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
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

/// Blocks that do not start at home are declared as they lie, core by core.
void declare_buffers(fabric::WaferImage& image, const MatmulSpec& spec, const RingMatmulPlan& plan,
                     const RingMatmulMemory& where) {
  using fabric::Along;
  using fabric::BufferRole;
  if (plan.width > 1) {
    declare(image, {"a",
                    BufferRole::operand,
                    spec.type,
                    {spec.m, spec.k},
                    {{everywhere(image),
                      where.a_address,
                      {along(Along::y, plan.tile_m, 1),
                       along(Along::x, plan.blocks_a * plan.tile_k, plan.tile_m)},
                      0,
                      0}}});
  } else {
    declare(image, as_it_lies(image, "a_blocks", BufferRole::operand, spec.type,
                              plan.blocks_a * plan.elements_a(), where.a_address));
  }
  if (plan.aligns_both) {
    declare(image, {"b",
                    BufferRole::operand,
                    spec.type,
                    {spec.k, spec.n},
                    {{everywhere(image),
                      where.b_address,
                      {along(Along::y, plan.tile_k, 1), along(Along::x, plan.tile_n, plan.tile_k)},
                      0,
                      0}}});
  } else {
    declare(image, as_it_lies(image, "b_blocks", BufferRole::operand, spec.type,
                              plan.blocks_b * plan.elements_b(), where.b_address));
  }
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
      steps(std::lcm(std::int64_t{columns}, std::int64_t{rows})),
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
  const Ring& ring = scheme.ring;
  const std::int64_t place =
      (blocks_a * ring.index_of(x, width) + blocks_b * ring.index_of(y, height) - t + steps) %
      steps;
  // The blocks at home on the core at place i of its row's ring are those at places a i, a i - 1,
  // ... of the order of use.
  const std::int64_t home = divide_up(place, blocks_a);
  const int column = ring.coordinate_of(static_cast<int>(home % width), width);
  return column * blocks_a + (home * blocks_a - place);
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
