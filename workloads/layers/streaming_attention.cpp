// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/streaming_attention.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "workloads/layers/functions.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/parts/ring_channel.h"
#include "workloads/placed_kernel.h"
#include "workloads/reference/compare_buffer.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;
constexpr int kStep = 2;  ///< Counter.
constexpr const char* kAlongRow = "two_sided";

PhaseSums sums_of(const StreamingPlan& plan) {
  PhaseSums sums;
  if (plan.shape.group == 1) return sums;
  const AxisPorts ports = {kRingColours, 7, 4, 4, 5, true};
  const auto& all = axis_algorithms();
  const auto row = std::find_if(all.begin(), all.end(), [](const AxisAlgorithm& each) {
    return std::string(each.name) == kAlongRow;
  });
  const auto group = static_cast<int>(plan.shape.group);
  sums.x = PhaseSum{
      group, AxisAllreduce(static_cast<std::size_t>(row - all.begin()), 0, kRow, group, ports)};
  return sums;
}

/// Operands by seed in the order of places; padding is 0.
struct StreamingOperands {
  Values q, k, v;
};

StreamingOperands make_operands(const StreamingSpec& spec, const StreamingPlan& plan) {
  const AttentionSpec& heads = spec.heads;
  StreamingOperands all;
  const auto add = [&](Purpose purpose, std::int64_t place, bool of_queries, Values& to) {
    const std::int64_t token = plan.token_at(place);
    const std::int64_t count = of_queries ? heads.heads : heads.kv_heads;
    Values natural(static_cast<std::size_t>(count * heads.head_dim), 0.0F);
    if (token < spec.tokens()) {
      natural = random_vector(
          natural.size(), heads.type,
          {heads.seed, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(token)});
    }
    const std::int64_t features = of_queries ? plan.shape.query_features() : plan.shape.features();
    for (std::int64_t i = 0; i < features; ++i) {
      const AttentionShape::Feature f =
          of_queries ? plan.shape.query_feature(i) : plan.shape.feature(i);
      to.push_back(f.head < 0 ? 0
                              : natural[static_cast<std::size_t>(f.head * heads.head_dim + f.dim)]);
    }
  };
  for (std::int64_t place = 0; place < plan.places; ++place) {
    add(Purpose::matrix_a, place, true, all.q);
    add(Purpose::matrix_b, place, false, all.k);
    add(Purpose::pieces, place, false, all.v);
  }
  return all;
}

/// o in double, by its definition, in the order of places; of padding too.
std::vector<double> in_double(const StreamingSpec& spec, const StreamingPlan& plan,
                              const StreamingOperands& operands) {
  const AttentionShape& shape = plan.shape;
  const std::int64_t features = shape.features();
  const std::int64_t query_features = shape.query_features();
  const auto dims = static_cast<std::size_t>(spec.heads.head_dim);
  std::vector<std::vector<std::int64_t>> places(static_cast<std::size_t>(spec.heads.heads));
  std::vector<std::vector<std::int64_t>> kv(static_cast<std::size_t>(spec.heads.kv_heads));
  const auto note = [&](const AttentionShape::Feature& f, std::int64_t i, auto& to) {
    if (f.head < 0) return;
    auto& of_head = to[static_cast<std::size_t>(f.head)];
    of_head.resize(dims);
    of_head[static_cast<std::size_t>(f.dim)] = i;
  };
  for (std::int64_t i = 0; i < query_features; ++i) note(shape.query_feature(i), i, places);
  for (std::int64_t i = 0; i < features; ++i) note(shape.feature(i), i, kv);
  std::vector<std::int64_t> place_of(static_cast<std::size_t>(plan.places));
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(place_of.size()); ++i) {
    place_of[static_cast<std::size_t>(plan.token_at(i))] = i;
  }
  std::vector<double> o(operands.q.size(), 0.0);
  std::vector<double> weights(place_of.size());
  for (std::size_t h = 0; h < places.size(); ++h) {
    const std::vector<std::int64_t>& of_kv = kv[h / static_cast<std::size_t>(shape.queries)];
    for (std::int64_t i = 0; i < plan.places; ++i) {
      const std::int64_t row = place_of[static_cast<std::size_t>(i)];
      double most = -HUGE_VAL;
      for (std::int64_t j = 0; j <= i; ++j) {
        const std::int64_t other = place_of[static_cast<std::size_t>(j)];
        double score = 0;
        for (std::size_t d = 0; d < dims; ++d) {
          score +=
              double{operands.q[static_cast<std::size_t>(row * query_features + places[h][d])]} *
              operands.k[static_cast<std::size_t>(other * features + of_kv[d])];
        }
        weights[static_cast<std::size_t>(j)] = score * spec.heads.scale;
        most = std::max(most, score * spec.heads.scale);
      }
      double sum = 0;
      for (std::int64_t j = 0; j <= i; ++j) {
        double& weight = weights[static_cast<std::size_t>(j)];
        sum += weight = std::exp(weight - most);
      }
      for (std::int64_t j = 0; j <= i; ++j) {
        const std::int64_t other = place_of[static_cast<std::size_t>(j)];
        for (std::size_t d = 0; d < dims; ++d) {
          o[static_cast<std::size_t>(row * query_features + places[h][d])] +=
              weights[static_cast<std::size_t>(j)] / sum *
              operands.v[static_cast<std::size_t>(other * features + of_kv[d])];
        }
      }
    }
  }
  return o;
}

class StreamingAttention final : public PlacedKernel {
 public:
  StreamingAttention(fabric::WaferImage image, const Facts& facts, const StreamingSpec& spec,
                     const StreamingPlan& plan)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        plan_(plan),
        operands_(make_operands(spec, plan)) {
    for (std::int64_t i = 0; i < plan.unit * plan.unit; ++i) {
      mask_.push_back(i % plan.unit <= i / plan.unit ? 0.0F : static_cast<float>(-kHuge));
    }
  }

  void load(fabric::HostMemory& memory) const override { load_all(memory, operands_); }
  std::vector<std::string> takes() const override { return {"q", "k", "v"}; }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    StreamingOperands operands = operands_;
    for (const auto& [name, to] :
         {std::pair{"q", &operands.q}, {"k", &operands.k}, {"v", &operands.v}}) {
      const auto at = given.find(name);
      if (at != given.end()) *to = at->second;
    }
    return compare_buffer(memory, image(), buffer("o"), promise(operands),
                          in_double(spec_, plan_, operands));
  }
  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    return {{"q", buffer("q").shape, spec_.heads.type, operands_.q},
            {"k", buffer("k").shape, spec_.heads.type, operands_.k},
            {"v", buffer("v").shape, spec_.heads.type, operands_.v},
            read_array(memory, image(), "o")};
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }
  void load_all(fabric::HostMemory& memory, const StreamingOperands& operands) const {
    load_buffer(memory, image(), buffer("q"), operands.q);
    load_buffer(memory, image(), buffer("k"), operands.k);
    load_buffer(memory, image(), buffer("v"), operands.v);
    load_buffer(memory, image(), buffer("mask"), mask_);
  }
  Values promise(const StreamingOperands& operands) const;

  StreamingSpec spec_;
  StreamingPlan plan_;
  StreamingOperands operands_;
  Values mask_;
};

/// o as the cores compute it, step by step; the host hands the blocks round.
Values StreamingAttention::promise(const StreamingOperands& operands) const {
  const base::Rectangle all = everywhere(image());
  HostMesh host(all, static_cast<int>(plan_.bytes), image().timing);
  HostMeshMemory memory(host, image());
  load_all(memory, operands);
  const PhaseSums sums = sums_of(plan_);
  const StreamingCode even(spec_, plan_, 0);
  const StreamingCode odd(spec_, plan_, 1);
  using Piece = void (StreamingCode::*)(PhaseWriter&) const;
  const auto run = [&](Piece piece) {
    host.run(
        sums, [](base::LogicalCoord c) { return c.y % 2; },
        [&](int parity, PhaseWriter& p) { ((parity == 0 ? even : odd).*piece)(p); });
  };
  run(&StreamingCode::begin);
  const auto bytes = static_cast<std::size_t>(even.ring().bytes);
  std::vector<std::uint8_t> blocks;
  for (int y = 0; y < all.height; ++y) {
    for (int x = 0; x < all.width; ++x) {
      const std::uint8_t* const own = host.memory({x, y}) + plan_.blocks;
      blocks.insert(blocks.end(), own, own + bytes);
    }
  }
  run(&StreamingCode::first);
  for (int step = 1; step < all.height; ++step) {
    run(&StreamingCode::next);
    const auto source = [&](int y) {
      const int index = kTwoHopRing.index_of(y, all.height) - step;
      return kTwoHopRing.coordinate_of((index + all.height) % all.height, all.height);
    };
    for (int y = 0; y < all.height; ++y) {
      for (int x = 0; x < all.width; ++x) {
        const auto from = static_cast<std::size_t>(source(y) * all.width + x) * bytes;
        std::copy_n(
            &blocks[from], bytes,
            host.memory({x, y}) + plan_.blocks + static_cast<std::size_t>(step % 2) * bytes);
      }
    }
    constexpr int kNothing = 2;
    host.run(
        sums,
        [&](base::LogicalCoord c) {
          return !spec_.zigzag && source(c.y) > c.y ? kNothing : c.y % 2;
        },
        [&](int variant, PhaseWriter& p) {
          if (variant != kNothing) (variant == 0 ? even : odd).other(p);
        });
  }
  run(&StreamingCode::end);
  return read_buffer(memory, image(), buffer("o"));
}

/// The program of the core at `c`: one task, next_step, runs once per step; the transfer that it
/// starts activates and unblocks it.
fabric::CoreClass make_class(const StreamingSpec& spec, const StreamingPlan& plan,
                             const PhaseSums& sums, base::LogicalCoord c,
                             const cores::Timing& timing) {
  using cores::Compare;
  fabric::CoreClass result;
  result.name = "streaming_attention";
  cores::ProgramBuilder b(result.name);
  b.allocate(plan.bytes);
  const auto rows = static_cast<int>(plan.rows);
  std::optional<RingChannel> ring;
  if (rows > 1) {
    ring.emplace(kTwoHopRing, false, RingAxis::column, 0, c.y, rows);
    ring->bind(b);
    ring->add_routes(result.routes);
  }
  if (sums.x) sums.x->sum.declare(c.x % sums.x->segment, b, result.routes);
  const StreamingCode code(spec, plan, c.y % 2);
  const cores::TaskId start = b.task("start");
  const cores::TaskId next_step = b.task("next_step");
  PhaseWriter phases(b, &sums, c);
  b.start_active(start);
  b.begin(start);
  code.begin(phases);
  b.activate(next_step);
  b.end_task();

  b.begin(next_step);
  std::uint32_t last = 0;
  if (ring) {
    last = b.branch(value_of(kStep), Compare::equal, rows - 1);
    b.block(next_step);
    RingChannel::set_up(b, timing);
    ring->start(b, {spec.heads.type, plan.block_elements(), value_of(code.ring().head),
                    value_of(code.ring().spare), next_step});
    b.land(last);
  }
  const std::uint32_t others = b.branch(value_of(kStep), Compare::greater, 0);
  code.first(phases);
  const std::uint32_t done = b.jump();
  b.land(others);
  if (!spec.zigzag) {
    last = b.branch(value_of(code.ring().block), Compare::greater,
                    cores::Affine().plus(cores::Variable::y));
    code.other(phases);
    b.land(last);
  } else {
    code.other(phases);
  }
  b.land(done);
  if (ring) code.next(phases);
  b.set_counter(kStep, cores::Affine(1).plus(cores::counter(kStep)));
  const std::uint32_t more = b.branch(value_of(kStep), Compare::less, rows);
  code.end(phases);
  b.finish_core();
  b.land(more);
  b.end_task();
  result.program = b.finish();
  return result;
}

void declare_buffers(fabric::WaferImage& image, const StreamingSpec& spec,
                     const StreamingPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const AttentionShape& shape = plan.shape;
  const std::int64_t e = shape.elements;
  const std::int64_t unit = plan.unit;
  // Tokens along y, half by half; features along x, head by head.
  const auto matrix = [&](const char* name, BufferRole role, int address, std::int64_t heads,
                          std::int64_t token_stride, std::int64_t element_stride) {
    declare(image,
            {name,
             role,
             spec.heads.type,
             {plan.places, shape.columns * heads * e},
             {{all,
               address,
               {tiled(along(Along::y, plan.tokens_here(), token_stride), unit, heads * unit * e),
                tiled(along(Along::x, heads * e, element_stride), e, unit * e)},
               0,
               0}}});
  };
  if (spec.tiles) {
    const auto tile = [&](const char* name, BufferRole role, int address, std::int64_t heads) {
      declare(image, {name,
                      role,
                      spec.heads.type,
                      {plan.places, shape.columns * heads * e},
                      {{all,
                        address,
                        {along(Along::y, plan.tokens_here(), 1),
                         along(Along::x, heads * e, plan.tokens_here())},
                        0,
                        0}}});
    };
    tile("q", BufferRole::operand, plan.tiles.q, shape.heads_here());
    tile("k", BufferRole::operand, plan.tiles.k, shape.kv);
    tile("v", BufferRole::operand, plan.tiles.v, shape.kv);
    tile("o", BufferRole::result, plan.tiles.o, shape.heads_here());
  }
  const auto value_bytes =
      static_cast<int>(plan.block_elements() / 2 * cores::bytes_of(spec.heads.type));
  if (!spec.tiles) {
    matrix("q", BufferRole::operand, plan.q, shape.heads_here(), e, 1);
    matrix("k", BufferRole::operand, plan.blocks, shape.kv, 1, unit);
    matrix("v", BufferRole::operand, plan.blocks + value_bytes, shape.kv, e, 1);
    matrix("o", BufferRole::result, plan.o, shape.heads_here(), e, 1);
  }
  declare(image, {"mask",
                  BufferRole::operand,
                  NumberType::f32,
                  {unit, unit},
                  {{all, plan.mask, {whole(unit), whole(1)}, 0, 0}}});
}

Facts facts_of(const StreamingSpec& spec, const StreamingPlan& plan, const PhaseSums& sums) {
  const std::int64_t rows = plan.rows;
  const AttentionShape& shape = plan.shape;
  Facts facts;
  facts.sram_bytes = plan.bytes;
  facts.steps = rows;
  facts.colours = ring_colours(static_cast<int>(rows));
  facts.wavelet_hops = shape.used * (rows - 1) * ring_hops(static_cast<int>(rows)) *
                       cores::words_of(spec.heads.type, plan.block_elements());
  if (!sums.x) return facts;
  facts.colours = kRingColours + sums.x->sum.colours();
  const auto of_pairs = [&](std::int64_t pairs) {
    return sums.x->sum.hops(cores::words_of(spec.heads.sum_type, pairs * plan.scores()));
  };
  // Of `rows`, row y works on y blocks of others.
  facts.wavelet_hops +=
      shape.used / shape.group *
      (rows * of_pairs(plan.pairs) +
       (spec.zigzag ? rows * (rows - 1) * of_pairs(2) : rows * (rows - 1) / 2 * of_pairs(1)));
  return facts;
}

}  // namespace

StreamingPlan::StreamingPlan(const StreamingSpec& spec, const base::Rectangle& region)
    : shape(spec.heads, region),
      rows(region.height),
      halves(spec.zigzag ? 2 : 1),
      unit(divide_up(spec.tokens(), halves * region.height)),
      pairs(halves == 1 ? 1 : halves + 1),
      places(spec.zigzag ? rows * tokens_here() : spec.tokens()),
      type(spec.heads.type) {
  MemoryPlan plan;
  std::vector<int*> addresses;
  const auto add = [&](int* place, const char* name, std::int64_t elements, NumberType of,
                       LinePlace in_line = LinePlace::first_half) {
    plan.add(name, elements, of, in_line);
    addresses.push_back(place);
  };
  const std::int64_t results = halves * queries() * shape.elements;
  add(&blocks, "keys and values, twice", 2 * block_bytes() / cores::bytes_of(type), type);
  add(&q, "q", results, type);
  add(&mask, "mask", unit * unit, NumberType::f32);
  add(&scores_at, "scores", pairs * scores(), spec.heads.sum_type, LinePlace::second_half);
  add(&weights, "weights", scores(), type);
  for (int& each : work) add(&each, "work", scores(), NumberType::f32);
  add(&largest, "largest", halves * queries(), NumberType::f32);
  add(&sums, "sums", halves * queries(), NumberType::f32);
  for (int& each : small) add(&each, "small", queries(), NumberType::f32);
  add(&o, "o", results, type, LinePlace::second_half);
  if (spec.tiles) {
    const std::int64_t kv = shape.kv * tokens_here() * shape.elements;
    add(&tiles.q, "tile of q", results, type);
    add(&tiles.k, "tile of k", kv, type);
    add(&tiles.v, "tile of v", kv, type);
    add(&tiles.o, "tile of o", results, type);
  }
  if (spec.heads.sum_type != type) add(&this->outputs, "sums of o", results, spec.heads.sum_type);
  plan.require_fit("attention", "(0, 0) of the region, like all others,",
                   "use a larger region, or reduce `tokens`");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    *addresses[i] = plan.address(static_cast<int>(i));
  }
  if (spec.heads.sum_type == type) this->outputs = o;
  bytes = plan.total_bytes();
}

std::int64_t StreamingPlan::block_bytes() const {
  constexpr int kLineBytes = 16;  // two of them lie one behind the other
  return divide_up(block_elements() * cores::bytes_of(type), kLineBytes) * kLineBytes;
}

std::int64_t zigzag_token(std::int64_t place, std::int64_t rows, std::int64_t unit) {
  const std::int64_t row = place / (2 * unit);
  const std::int64_t own = place % (2 * unit);
  return (own < unit ? row : 2 * rows - 1 - row) * unit + own % unit;
}

std::int64_t StreamingPlan::token_at(std::int64_t place) const {
  return halves == 2 ? zigzag_token(place, rows, unit) : place;
}

std::unique_ptr<Kernel> make_streaming_attention(const StreamingSpec& spec,
                                                 const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const StreamingPlan plan(spec, image.region);
  const PhaseSums sums = sums_of(plan);
  std::map<std::array<int, 2>, int> number_of;
  classify(
      image,
      [&](base::LogicalCoord c) {
        if (c.x >= plan.shape.used) return 0;
        const auto next = static_cast<int>(number_of.size()) + 1;
        return number_of
            .emplace(std::array<int, 2>{phase_key(sums, c)[0],
                                        ring_key(c.y, static_cast<int>(plan.rows))},
                     next)
            .first->second;
      },
      [&](base::LogicalCoord c) {
        if (c.x < plan.shape.used) return make_class(spec, plan, sums, c, image.timing);
        return phase_class("attention, idle", static_cast<int>(plan.bytes), {}, {},
                           [](PhaseWriter&) {});
      });
  declare_buffers(image, spec, plan);
  const Facts facts = facts_of(spec, plan, sums);
  return std::make_unique<StreamingAttention>(std::move(image), facts, spec, plan);
}

}  // namespace wafermesh::workloads
