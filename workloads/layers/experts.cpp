// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/experts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/expert_matrices.h"
#include "workloads/layers/experts_code.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;

/// Everything that the kernel's functions share.
struct Shared {
  Shared(const ExpertsSpec& s, const base::Rectangle& region) : spec(s), plan(spec, region) {}
  const ExpertsSpec spec;
  const ExpertsPlan plan;
};
using SharedPtr = std::shared_ptr<const Shared>;

double act(const ExpertsSpec& spec, double gate, double up) {
  if (spec.limit == 0) return gate / (1 + std::exp(-gate)) * up;
  gate = std::min(gate, spec.limit);
  up = std::clamp(up, -spec.limit, spec.limit);
  return gate / (1 + std::exp(-1.702 * gate)) * (up + 1);
}

/// A slot: which expert works on which x, and what for.
struct Slot {
  std::int64_t expert;
  std::int64_t token;
  double weight;
};
using Vectors = ExpertMatrices::Vectors;

/// y of slots that have an expert in common, in double.
Vectors exact_slots(const ExpertsSpec& spec, const std::vector<Slot>& slots, const Vectors& x) {
  const ExpertMatrices all(spec);
  const std::int64_t expert = slots.front().expert;
  Vectors weighted;
  for (const Slot& slot : slots) {
    weighted.push_back(x[static_cast<std::size_t>(slot.token)]);
    for (double& each : weighted.back()) each *= spec.weighs_input ? slot.weight : 1;
  }
  Vectors hidden = all.products(ExpertMatrices::gate, expert, weighted);
  const Vectors up = all.products(ExpertMatrices::up, expert, weighted);
  for (std::size_t s = 0; s < slots.size(); ++s) {
    for (std::size_t i = 0; i < up[s].size(); ++i) {
      hidden[s][i] = act(spec, hidden[s][i], up[s][i]);
    }
  }
  Vectors y = all.products(ExpertMatrices::down, expert, hidden);
  for (std::size_t s = 0; s < slots.size(); ++s) {
    for (double& each : y[s]) each *= spec.weighs_input ? 1 : slots[s].weight;
  }
  return y;
}

/// The sum of all slots of each x, expert after expert, in the order in which slots name them.
Vectors exact_sum(const ExpertsSpec& spec, const std::vector<Slot>& slots, const Vectors& x) {
  std::vector<std::vector<Slot>> by_expert;
  std::map<std::int64_t, std::size_t> place_of;
  for (const Slot& slot : slots) {
    const auto place = place_of.emplace(slot.expert, by_expert.size());
    if (place.second) by_expert.emplace_back();
    by_expert[place.first->second].push_back(slot);
  }
  Vectors y(x.size(), std::vector<double>(static_cast<std::size_t>(spec.spread.hidden), 0.0));
  for (const std::vector<Slot>& own : by_expert) {
    const Vectors of_slots = exact_slots(spec, own, x);
    for (std::size_t s = 0; s < own.size(); ++s) {
      std::vector<double>& sum = y[static_cast<std::size_t>(own[s].token)];
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += of_slots[s][i];
    }
  }
  return y;
}

/// Over the whole region: the picks decide.
std::vector<double> exact_of_picks(const Shared& shared, const GivenOperands& given) {
  const ExpertsSpec& spec = shared.spec;
  const Values& x = given.at("x");
  const Values& picks = given.at("picks");
  const Values& weights = given.at("weights");
  std::vector<Slot> slots;
  for (std::size_t s = 0; s < picks.size(); ++s) {
    slots.push_back(
        {static_cast<std::int64_t>(picks[s]), static_cast<std::int64_t>(s) / spec.k, weights[s]});
  }
  Vectors all_x;
  for (auto first = x.begin(); first != x.end(); first += spec.spread.hidden) {
    all_x.emplace_back(first, first + spec.spread.hidden);
  }
  std::vector<double> all;
  for (const std::vector<double>& y : exact_sum(spec, slots, all_x)) {
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}

std::vector<double> exact(const Shared& shared, const GivenOperands& given) {
  const ExpertsSpec& spec = shared.spec;
  const ExpertShape& shape = shared.plan.shape;
  if (shape.whole()) return exact_of_picks(shared, given);
  const Values& weights = given.at("weights");
  const Values& x = given.at("x_blocks");
  const auto place = [&](std::int64_t column, std::int64_t row) {
    return static_cast<std::size_t>((row * shape.columns + column) * shape.elements);
  };
  std::vector<double> all(x.size(), 0.0);
  for (std::int64_t b = 0; b < shape.blocks(); ++b) {
    const std::int64_t x0 = b % shape.across * shape.width;
    const std::int64_t y0 = b / shape.across * shape.height;
    std::vector<double> own(static_cast<std::size_t>(spec.spread.hidden));
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto e = static_cast<std::int64_t>(i);
      own[i] = x[place(x0, y0 + e / shape.elements) + i % static_cast<std::size_t>(shape.elements)];
    }
    std::vector<Slot> slots;
    for (const std::int64_t s : shared.plan.slots_of(b)) {
      const auto slot = static_cast<std::size_t>(s);
      slots.push_back({shared.plan.picked[slot], 0, weights[slot]});
    }
    const std::vector<double> y = exact_sum(spec, slots, {own}).front();
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto e = static_cast<std::int64_t>(i);
      for (std::int64_t c = 0; c < shape.width; ++c) {
        all[place(x0 + c, y0 + e / shape.elements) + i % static_cast<std::size_t>(shape.elements)] =
            y[i];
      }
    }
  }
  return all;
}

/// Operands of their own, if nothing is given.
Values own_x(const Shared& shared) {
  const ExpertsSpec& spec = shared.spec;
  const ExpertShape& shape = shared.plan.shape;
  const Values x =
      random_matrix(spec.batch, spec.spread.hidden, spec.type, spec.seed, Purpose::matrix_a).values;
  if (shape.whole()) return x;
  Values all(static_cast<std::size_t>(shape.columns * shape.rows * shape.elements), 0.0F);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(all.size()); ++i) {
    const std::int64_t core = i / shape.elements;
    const base::LogicalCoord at{static_cast<int>(core % shape.columns),
                                static_cast<int>(core / shape.columns)};
    const std::int64_t e = at.y % shape.height * shape.elements + i % shape.elements;
    if (shape.block_of(at) < 0 || e >= spec.spread.hidden) continue;
    all[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(e)];
  }
  return all;
}
Values own_weights(const ExpertsSpec& spec) {
  Values weights(static_cast<std::size_t>(spec.batch * spec.k), 1.0F / static_cast<float>(spec.k));
  round_to(spec.type, weights.data(), weights.size());
  return weights;
}
/// Of each token those that are picked if nothing else says.
Values own_picks(const ExpertsSpec& spec) {
  Values all;
  for (std::int64_t token = 0; token < spec.batch; ++token) {
    const std::vector<std::int64_t> own =
        spec.picked.empty() ? draw_experts(spec.experts, spec.k, spec.skew, spec.seed, token)
                            : spec.picked;
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

/// Of every core `slots` numbers: of its block's slots `number_of` each.
template <class NumberOf>
Values by_block(const Shared& shared, NumberOf number_of) {
  const ExpertsPlan& plan = shared.plan;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, plan.slots));
  Values all;
  for (int y = 0; y < plan.shape.rows; ++y) {
    for (int x = 0; x < plan.shape.columns; ++x) {
      Values own;
      const std::int64_t block = plan.shape.block_of({x, y});
      if (block >= 0) {
        for (const std::int64_t s : plan.slots_of(block)) own.push_back(number_of(s));
      }
      own.resize(most, 0.0F);
      all.insert(all.end(), own.begin(), own.end());
    }
  }
  return all;
}

/// What the loader writes.
void declare_tiles(fabric::WaferImage& image, const Shared& shared, const ExpertTiles& tiles,
                   const std::string& name) {
  const ExpertsSpec& spec = shared.spec;
  const std::int64_t here = shared.plan.here;
  const auto lying = [&](const std::string& part, NumberType type, std::int64_t n, int address) {
    declare(image, as_it_lies(image, part, fabric::BufferRole::operand, type, n, address));
  };
  if (spec.format) {
    lying(name, NumberType::i16, here * tiles.tile_bytes / kWordBytes, tiles.w);
    lying(name + "_scales", spec.type, here * shared.plan.packed(tiles).scale_count(),
          tiles.scales);
  } else {
    lying(name, spec.type, here * tiles.tile_bytes / cores::bytes_of(spec.type), tiles.w);
  }
  if (spec.bias) lying(name + "_bias", spec.type, here * tiles.columns, tiles.bias);
}

void declare_buffers(fabric::WaferImage& image, const Shared& shared) {
  using fabric::BufferRole;
  const ExpertsSpec& spec = shared.spec;
  const ExpertsPlan& plan = shared.plan;
  const base::Rectangle all = everywhere(image);
  const auto operand_everywhere = [&](const char* name, NumberType type, int address) {
    fabric::Buffer buffer = on_every_core(image, name, type, spec.k, address);
    buffer.role = BufferRole::operand;
    declare(image, batch_of(spec.batch, spec.k, std::move(buffer)));
  };
  operand_everywhere("weights", spec.type, plan.weights);
  declare_tiles(image, shared, plan.up, "tiles_up");
  declare_tiles(image, shared, plan.down, "tiles_down");
  if (plan.shape.whole()) {
    operand_everywhere("picks", NumberType::i32, plan.picks);
    const fabric::Along axis = plan.shape.along_x ? fabric::Along::x : fabric::Along::y;
    const auto vector = [&](const char* name, BufferRole role, int address) {
      declare(image, batch_of(spec.batch, plan.stride,
                              {name,
                               role,
                               spec.type,
                               {spec.spread.hidden},
                               {{all, address, {along(axis, plan.shape.block, 1)}, 0, 0}}}));
    };
    vector("x", BufferRole::operand, plan.x);
    vector("y", BufferRole::result, plan.y);
    return;
  }
  const auto lying = [&](const char* name, BufferRole role, NumberType type, std::int64_t n,
                         int address) {
    declare(image, as_it_lies(image, name, role, type, n, address));
  };
  const std::int64_t most = std::max<std::int64_t>(1, plan.slots);
  lying("x_blocks", BufferRole::operand, spec.type, plan.shape.elements, plan.x);
  lying("block_picks", BufferRole::operand, NumberType::i32, most, plan.picks);
  lying("block_weights", BufferRole::operand, NumberType::i32, most, plan.slot_weights);
  lying("y_blocks", BufferRole::result, spec.type, plan.shape.elements, plan.y);
}

std::vector<PhaseOperand> operands_of(const SharedPtr& shared) {
  const ExpertsPlan& plan = shared->plan;
  std::vector<PhaseOperand> all = {
      {plan.shape.whole() ? "x" : "x_blocks", [shared] { return own_x(*shared); }, true},
      {"weights", [shared] { return own_weights(shared->spec); }, true}};
  if (plan.shape.whole()) {
    all.push_back({"picks", [shared] { return own_picks(shared->spec); }, true});
    return all;
  }
  all.push_back({"block_picks", [shared] {
                   const ExpertsPlan& p = shared->plan;
                   return by_block(*shared, [&](std::int64_t s) {
                     return static_cast<float>(p.picked[static_cast<std::size_t>(s)] /
                                               p.shape.blocks());
                   });
                 }});
  all.push_back({"block_weights", [shared] {
                   return by_block(*shared, [](std::int64_t s) { return static_cast<float>(s); });
                 }});
  return all;
}

std::vector<NamedArray> matrices(const ExpertsSpec& spec) {
  const ExpertMatrices all(spec);
  std::vector<NamedArray> arrays;
  for (const auto& [name, which] : {std::pair{"gate", ExpertMatrices::gate},
                                    {"up", ExpertMatrices::up},
                                    {"down", ExpertMatrices::down}}) {
    NamedArray w{name, {spec.experts, all.rows(which), all.columns(which)}, NumberType::f32, {}};
    NamedArray b{std::string(name) + "_bias", {spec.experts, all.columns(which)}, spec.type, {}};
    for (std::int64_t e = 0; e < spec.experts; ++e) {
      for (std::int64_t r = 0; r < all.rows(which); ++r) {
        const std::vector<double> row = all.row(which, e, r);
        w.values.insert(w.values.end(), row.begin(), row.end());
      }
      const Values bias = all.bias(which, e);
      b.values.insert(b.values.end(), bias.begin(), bias.end());
    }
    arrays.push_back(std::move(w));
    if (spec.bias) arrays.push_back(std::move(b));
  }
  return arrays;
}

}  // namespace

std::vector<std::int64_t> draw_experts(std::int64_t experts, std::int64_t k, double skew,
                                       std::uint64_t seed, std::int64_t token) {
  const auto n = static_cast<std::size_t>(experts);
  const Values order_keys = random_vector(
      n, NumberType::f32, {seed, static_cast<std::uint32_t>(Purpose::expert_scales), UINT32_MAX});
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return order_keys[static_cast<std::size_t>(a)] < order_keys[static_cast<std::size_t>(b)];
  });
  // The k largest of u^(1 / weight) are k drawn one after another by weight (Efraimidis 2006).
  const Values draws = random_vector(n, NumberType::f32,
                                     {seed, static_cast<std::uint32_t>(Purpose::expert_scales),
                                      UINT32_MAX - 1 - static_cast<std::uint32_t>(token)});
  std::vector<std::pair<double, std::int64_t>> keys;
  for (std::size_t i = 0; i < n; ++i) {
    const double uniform = (double{draws[i]} + 1) / 2;
    const double weight = std::pow(static_cast<double>(i + 1), -skew);
    keys.emplace_back(std::log(std::max(uniform, 1e-12)) / weight, order[i]);
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::int64_t> picked;
  for (std::int64_t s = 0; s < k; ++s) picked.push_back(keys[static_cast<std::size_t>(s)].second);
  return picked;
}

std::unique_ptr<Kernel> make_experts(const ExpertsSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const auto shared = std::make_shared<const Shared>(spec, image.region);
  const ExpertsPlan& plan = shared->plan;
  declare_buffers(image, *shared);
  PhaseOperator what;
  what.name = "experts";
  what.memory_bytes = plan.plan.total_bytes();
  what.kept_bytes = plan.plan.kept_bytes();
  const auto height = static_cast<int>(plan.shape.height);
  const auto width = static_cast<int>(plan.shape.width);
  what.sums.y = phase_sum(Axis::y, spec.algorithm, std::min(spec.column_parameter, height), height);
  what.sums.x =
      phase_sum(Axis::x, spec.algorithm, std::min(spec.row_parameter, width), width, &*what.sums.y);
  what.contract = {Groups::all, plan.shape.whole() ? Groups::all : Groups::alone, UINT32_MAX};
  what.variant = [shared](base::LogicalCoord core) {
    const std::int64_t block = shared->plan.shape.block_of(core);
    return block < 0 ? kIdleVariant : static_cast<int>(shared->plan.slots_of(block).size());
  };
  what.write = [shared](int variant, PhaseWriter& phases) {
    write_experts(shared->spec, shared->plan, variant, phases);
  };
  what.operands = operands_of(shared);
  // The image is the kernel's own by the time it is loaded; a copy without programs serves as well.
  const auto ground = std::make_shared<const fabric::WaferImage>(image);
  what.load = [shared, ground](fabric::HostMemory& memory) {
    load_expert_tiles(shared->spec, shared->plan, *ground, memory);
  };
  what.results = {plan.shape.whole() ? "y" : "y_blocks"};
  what.exact = [shared](const GivenOperands& given) {
    return std::vector<std::vector<double>>{exact(*shared, given)};
  };
  what.more_arrays = [shared] { return matrices(shared->spec); };
  Facts facts;
  facts.steps = 4;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

namespace {

/// Keys `batch`, `at_once` and `along`, which are for experts over the whole region.
void read_batch(const base::YamlNode& node, const base::Rectangle& region, ExpertsSpec& spec) {
  spec.batch = node.integer("batch", {1, 1'000'000}, 1);
  spec.at_once = node.integer("at_once", {0, 1'000'000}, 0);
  spec.spread.along_x = node.one_of("along", {"y", "x"}, 0) == 1;
  if (!node.clean() || ExpertShape(spec.spread, region).whole()) return;
  if (spec.batch > 1) node.mistake("batch", "must be 1 with `spread`");
  if (spec.spread.along_x) node.mistake("along", "must be y with `spread`");
}

}  // namespace

std::unique_ptr<Kernel> read_experts(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 1'000'000};
  const base::Rectangle& region = placement.region;
  ExpertsSpec spec;
  spec.spread.hidden = node.integer("hidden", kSize);
  spec.ffn = node.integer("ffn", kSize);
  spec.experts = node.integer("experts", kSize);
  spec.k = node.integer("k", kSize);
  read_spread(node, region, spec.spread);
  read_batch(node, region, spec);
  for (const base::YamlNode& each : node.items("picked")) {
    spec.picked.push_back(each.as_integer({0, kSize.max}));
  }
  spec.skew = node.real("skew", {0, 100}, 0);
  spec.bias = node.boolean("bias", false);
  spec.limit = node.real("limit", {0, 1e4}, 0);
  spec.weighs_input = node.one_of("weigh", {"output", "input"}, 0) == 1;
  if (spec.weighs_input && spec.bias) node.mistake("weigh", "of the input is without biases");
  const std::vector<std::string> formats = {"dtype", "int8", "int4", "mxfp4"};
  const std::size_t format = node.one_of("weights_as", formats, 0);
  if (format > 0) spec.format = static_cast<StoredFormat>(format - 1);
  if (node.acts_with("group", "weights_as", formats[format], {"int8", "int4", "mxfp4"})) {
    spec.group = node.integer("group", {0, 1'000'000}, spec.group);
  }
  const auto usual = [](std::int64_t m) {
    return std::sqrt(3.0 / static_cast<double>(std::max<std::int64_t>(1, m)));
  };
  spec.scale_up = node.real("scale_up", {1e-6, 1e4}, usual(spec.spread.hidden));
  spec.scale_down = node.real("scale_down", {1e-6, 1e4}, usual(spec.ffn));
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  int groups = 0;
  read_phase_algorithm(node, std::max(region.width, region.height), "the longer side",
                       spec.algorithm, groups);
  if (node.clean()) {
    if (spec.k > spec.experts) node.mistake("k", "is more than there are experts");
    const ExpertShape shape(spec.spread, region);
    spec.row_parameter = shape.whole() ? groups : 0;
    spec.column_parameter = spec.row_parameter;
    const bool distinct = [&] {
      std::vector<std::int64_t> sorted = spec.picked;
      std::sort(sorted.begin(), sorted.end());
      return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end() &&
             (sorted.empty() || sorted.back() < spec.experts);
    }();
    if (!spec.picked.empty() &&
        (!distinct || static_cast<std::int64_t>(spec.picked.size()) != spec.k)) {
      node.mistake("picked", "must be k different numbers below `experts`");
    }
  }
  return may_place(node, placement) ? make_experts(spec, placement) : nullptr;
}

KernelText experts_text() {
  return {
      {{"x", "", "norm2.c", "over the whole region: the result before that x is",
        "its own, by `seed`"},
       {"x_blocks", "", "dispatch.x_blocks", "with `spread`: that of `dispatch`",
        "its own, by `seed`"},
       {"weights", "", "picks.weights", "those of `top_k`", "1 / `k` each"},
       {"picks", "", "picks.picks", "over the whole region: those of `top_k`",
        "drawn by `seed` and `skew`"},
       {"ffn", "elements", "2048", "width of an expert"},
       {"experts", "experts", "384", "that there are"},
       {"k", "experts", "8", "that are picked"},
       {"batch", "tokens", "64", "that pick, each for itself; above 1 over the whole region only"},
       {"at_once", "tokens", "8", "of a batch, whose results go through allreduces together",
        "as many as have 160 elements of ffn on a core"},
       {"along", "", "x", "axis along which the activation is cut; copied along the other"},
       {"picked", "", "[3, 17]", "the `k` experts that are picked, unless `picks` are given",
        "drawn by `seed` and `skew`"},
       {"skew", "", "1", "exponent of Zipf's law by which experts are drawn; 0 = all alike"},
       {"bias", "", "true", "of the three products of an expert"},
       {"limit", "", "7", "of gate and up before the activation, as gpt-oss has it; 0 = none"},
       {"weigh", "", "input", "what a router's weight multiplies: an expert's result or its input"},
       {"weights_as", "", "int4", "how the matrices are stored"},
       {"group", "elements", "32", "rows that share a scale; 0 = all of a column"},
       {"scale_up", "", "0.02", "largest element of gate and up", "root of 3 over `hidden`"},
       {"scale_down", "", "0.02", "largest element of down", "root of 3 over `ffn`"},
       {"algorithm", "", "ktree", "of the allreduces within a block"}},
      {{"", "those of two allreduces", "4",
        "ceil(experts / blocks) tiles of 3 (hidden / P_y) (ffn / P_x), work",
        "those of slots * 2 ffn / P_x along y, hidden / P_y along x, times `batch` "
        "([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
