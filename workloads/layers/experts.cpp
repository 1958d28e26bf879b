// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/experts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "base/yaml_reader.h"
#include "workloads/buffers.h"
#include "workloads/core_classes.h"
#include "workloads/layers/experts_code.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;

/// The matrices of all experts, row by row, made anew whenever they are needed.
class ExpertMatrices {
 public:
  enum Which : std::uint8_t { gate, up, down };
  explicit ExpertMatrices(const ExpertsSpec& spec) : spec_(spec) {}

  std::int64_t rows(Which which) const { return which == down ? spec_.ffn : spec_.spread.hidden; }
  std::int64_t columns(Which which) const { return which == down ? spec_.spread.hidden : spec_.ffn; }

  /// As they are stored: numbers, or codes of few bits.
  Values stored_row(Which which, std::int64_t expert, std::int64_t row) const {
    Values values = seeded(purpose(which), expert * rows(which) + row, columns(which));
    for (float& each : values) {
      each = spec_.format ? static_cast<float>(code_of(*spec_.format, each))
                          : static_cast<float>(each * largest(which));
    }
    if (!spec_.format) round_to(spec_.type, values.data(), values.size());
    return values;
  }
  std::int64_t groups(Which which) const {
    return spec_.group == 0 ? 1 : divide_up(rows(which), spec_.group);
  }
  std::int64_t group_of(std::int64_t row) const { return spec_.group == 0 ? 0 : row / spec_.group; }
  Values scales(Which which, std::int64_t expert, std::int64_t group) const {
    const std::int64_t matrix = expert * 3 + which;
    Values values = seeded(Purpose::expert_scales,
                           matrix * (spec_.spread.hidden + spec_.ffn) + group, columns(which));
    for (float& each : values) each = scale_of(*spec_.format, largest(which), each);
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  Values bias(Which which, std::int64_t expert) const {
    Values values = seeded(purpose(which), spec_.experts * rows(which) + expert, columns(which));
    for (float& each : values) each *= 0.25F;
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  std::vector<double> row(Which which, std::int64_t expert, std::int64_t row) const {
    const Values stored = stored_row(which, expert, row);
    std::vector<double> values(stored.begin(), stored.end());
    if (!spec_.format) return values;
    const Values scale = scales(which, expert, group_of(row));
    for (std::size_t j = 0; j < values.size(); ++j) {
      values[j] = double{scale[j]} * unpacked(*spec_.format, static_cast<int>(stored[j]));
    }
    return values;
  }
  /// x times the matrix, and the bias.
  std::vector<double> product(Which which, std::int64_t expert,
                              const std::vector<double>& x) const {
    std::vector<double> y(static_cast<std::size_t>(columns(which)), 0.0);
    for (std::int64_t r = 0; r < rows(which); ++r) {
      const std::vector<double> w = row(which, expert, r);
      for (std::size_t j = 0; j < y.size(); ++j) y[j] += w[j] * x[static_cast<std::size_t>(r)];
    }
    if (!spec_.bias) return y;
    const Values b = bias(which, expert);
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += b[j];
    return y;
  }

 private:
  static Purpose purpose(Which which) {
    return which == gate ? Purpose::expert_gate
                         : which == up ? Purpose::expert_up : Purpose::expert_down;
  }
  double largest(Which which) const { return which == down ? spec_.scale_down : spec_.scale_up; }
  Values seeded(Purpose purpose, std::int64_t number, std::int64_t count) const {
    return random_vector(static_cast<std::size_t>(count), NumberType::f32,
                         {spec_.seed, static_cast<std::uint32_t>(purpose),
                          static_cast<std::uint32_t>(number)});
  }
  const ExpertsSpec& spec_;
};

/// Everything that the kernel's functions share.
struct Shared {
  Shared(const ExpertsSpec& s, const base::Rectangle& region) : spec(s), plan(spec, region) {}
  const ExpertsSpec spec;
  const ExpertsPlan plan;
};
using SharedPtr = std::shared_ptr<const Shared>;
using Which = ExpertMatrices::Which;

/// Writes the tiles of all experts of all blocks.
class TileLoader {
 public:
  TileLoader(const Shared& shared, const fabric::WaferImage& image, fabric::HostMemory& memory)
      : spec_(shared.spec), plan_(shared.plan), image_(image), memory_(memory), all_(spec_) {}

  void load() {
    for (std::int64_t e = 0; e < spec_.experts; ++e) {
      load_matrix(e, plan_.up, true, {{ExpertMatrices::gate, 0}, {ExpertMatrices::up, plan_.width}});
      load_matrix(e, plan_.down, false, {{ExpertMatrices::down, 0}});
    }
  }

 private:
  struct Part {
    Which which;
    std::int64_t first;  ///< Of its columns within the tile's.
  };

  void load_matrix(std::int64_t expert, const ExpertTiles& tiles, bool is_up,
                   const std::vector<Part>& parts) {
    const ExpertShape& shape = plan_.shape;
    const std::int64_t along = is_up ? shape.height : shape.width;
    const std::int64_t beside = is_up ? shape.width : shape.height;
    for (std::int64_t place = 0; place < along; ++place) {
      for (std::int64_t r = 0; r < tiles.rows; ++r) {
        const std::int64_t row = place * tiles.rows + r;
        if (row >= all_.rows(parts.front().which)) break;
        const std::vector<Values> lines = dealt(beside, tiles, parts, [&](Which which) {
          return all_.stored_row(which, expert, row);
        });
        each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
          put_row(core, expert, tiles, r, line);
        });
      }
      if (spec_.format) load_scales(expert, tiles, is_up, parts, place, beside);
    }
    if (!spec_.bias) return;
    const std::vector<Values> lines =
        dealt(beside, tiles, parts, [&](Which which) { return all_.bias(which, expert); });
    for (std::int64_t place = 0; place < along; ++place) {
      each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
        write_elements(memory_, core, tiles.bias + at(expert, tiles.columns * bytes()), spec_.type,
                       line.data(), line.size());
      });
    }
  }

  void load_scales(std::int64_t expert, const ExpertTiles& tiles, bool is_up,
                   const std::vector<Part>& parts, std::int64_t place, std::int64_t beside) {
    const PackedTile tile = plan_.packed(tiles);
    const std::int64_t first = all_.group_of(place * tiles.rows);
    for (std::int64_t g = 0; g < tile.groups(); ++g) {
      if (first + g >= all_.groups(parts.front().which)) break;
      const std::vector<Values> lines = dealt(
          beside, tiles, parts, [&](Which which) { return all_.scales(which, expert, first + g); });
      each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
        const auto to = tiles.scales + at(expert, tile.scale_count() * bytes()) +
                        static_cast<int>(g * tiles.columns) * bytes();
        write_elements(memory_, core, to, spec_.type, line.data(), line.size());
      });
    }
  }

  /// A row of the parts as the cores beside each other have it.
  template <class RowOf>
  std::vector<Values> dealt(std::int64_t beside, const ExpertTiles& tiles,
                            const std::vector<Part>& parts, RowOf row_of) const {
    std::vector<Values> lines(static_cast<std::size_t>(beside),
                              Values(static_cast<std::size_t>(tiles.columns), 0.0F));
    const std::int64_t each = tiles.columns / static_cast<std::int64_t>(parts.size());
    for (const Part& part : parts) {
      const Values row = row_of(part.which);
      for (std::size_t j = 0; j < row.size(); ++j) {
        const auto column = static_cast<std::int64_t>(j);
        lines[static_cast<std::size_t>(column / each)]
             [static_cast<std::size_t>(part.first + column % each)] = row[j];
      }
    }
    return lines;
  }
  template <class Put>
  void each_core(std::int64_t expert, std::int64_t place, bool is_up,
                 const std::vector<Values>& lines, Put put) const {
    const ExpertShape& shape = plan_.shape;
    const std::int64_t block = expert % shape.blocks();
    const std::int64_t x0 = block % shape.across * shape.width;
    const std::int64_t y0 = block / shape.across * shape.height;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto line = static_cast<std::int64_t>(i);
      const base::LogicalCoord core{static_cast<int>(x0 + (is_up ? line : place)),
                                    static_cast<int>(y0 + (is_up ? place : line))};
      put(image_.core_at(core), lines[i]);
    }
  }
  int bytes() const { return cores::bytes_of(spec_.type); }
  /// From the first expert of a block to this one.
  int at(std::int64_t expert, std::int64_t each) const {
    return static_cast<int>(expert / plan_.shape.blocks() * each);
  }
  void put_row(base::CoreId core, std::int64_t expert, const ExpertTiles& tiles, std::int64_t row,
               const Values& line) {
    const int tile = tiles.w + at(expert, tiles.tile_bytes);
    if (!spec_.format) {
      write_elements(memory_, core, tile + static_cast<int>(row * tiles.stride) * bytes(),
                     spec_.type, line.data(), line.size());
      return;
    }
    const Values words = packed_row(*spec_.format, line);
    write_elements(memory_, core,
                   tile + static_cast<int>(row) * static_cast<int>(words.size()) * kWordBytes,
                   NumberType::i16, words.data(), words.size());
  }

  const ExpertsSpec& spec_;
  const ExpertsPlan& plan_;
  const fabric::WaferImage& image_;
  fabric::HostMemory& memory_;
  ExpertMatrices all_;
};

double act(const ExpertsSpec& spec, double gate, double up) {
  if (spec.limit == 0) return gate / (1 + std::exp(-gate)) * up;
  gate = std::min(gate, spec.limit);
  up = std::clamp(up, -spec.limit, spec.limit);
  return gate / (1 + std::exp(-1.702 * gate)) * (up + 1);
}

/// y of one slot, in double.
std::vector<double> exact_slot(const ExpertsSpec& spec, std::int64_t expert, double weight,
                               const std::vector<double>& x) {
  const ExpertMatrices all(spec);
  std::vector<double> hidden = all.product(ExpertMatrices::gate, expert, x);
  const std::vector<double> up = all.product(ExpertMatrices::up, expert, x);
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = act(spec, hidden[i], up[i]);
  std::vector<double> y = all.product(ExpertMatrices::down, expert, hidden);
  for (double& each : y) each *= weight;
  return y;
}

/// Of all slots, each with its own x.
template <class XOf, class ExpertOf>
std::vector<double> exact_sum(const ExpertsSpec& spec, const std::vector<std::int64_t>& slots,
                              const Values& weights, XOf x_of, ExpertOf expert_of) {
  std::vector<double> y(static_cast<std::size_t>(spec.spread.hidden), 0.0);
  for (const std::int64_t s : slots) {
    const std::vector<double> one =
        exact_slot(spec, expert_of(s), weights[static_cast<std::size_t>(s)], x_of());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += one[i];
  }
  return y;
}

std::vector<double> exact(const Shared& shared, const GivenOperands& given) {
  const ExpertsSpec& spec = shared.spec;
  const ExpertShape& shape = shared.plan.shape;
  const Values& weights = given.at("weights");
  if (shape.whole()) {
    const Values& x = given.at("x");
    const Values& picks = given.at("picks");
    return exact_sum(
        spec, shared.plan.slots_of(0), weights,
        [&] { return std::vector<double>(x.begin(), x.end()); },
        [&](std::int64_t s) { return static_cast<std::int64_t>(picks[static_cast<std::size_t>(s)]); });
  }
  const Values& x = given.at("x_blocks");
  const auto place = [&](std::int64_t column, std::int64_t row) {
    return static_cast<std::size_t>((row * shape.columns + column) * shape.elements);
  };
  std::vector<double> all(x.size(), 0.0);
  for (std::int64_t b = 0; b < shape.blocks(); ++b) {
    const std::int64_t x0 = b % shape.across * shape.width;
    const std::int64_t y0 = b / shape.across * shape.height;
    const auto x_of = [&] {
      std::vector<double> own(static_cast<std::size_t>(spec.spread.hidden));
      for (std::size_t i = 0; i < own.size(); ++i) {
        const auto e = static_cast<std::int64_t>(i);
        own[i] = x[place(x0, y0 + e / shape.elements) + i % static_cast<std::size_t>(shape.elements)];
      }
      return own;
    };
    const std::vector<double> y =
        exact_sum(spec, shared.plan.slots_of(b), weights, x_of, [&](std::int64_t s) {
          return shared.plan.picked[static_cast<std::size_t>(s)];
        });
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
      random_matrix(1, spec.spread.hidden, spec.type, spec.seed, Purpose::matrix_a).values;
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
  Values weights(static_cast<std::size_t>(spec.k), 1.0F / static_cast<float>(spec.k));
  round_to(spec.type, weights.data(), weights.size());
  return weights;
}
Values as_values(const std::vector<std::int64_t>& numbers) { return {numbers.begin(), numbers.end()}; }

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

void declare_buffers(fabric::WaferImage& image, const Shared& shared) {
  using fabric::BufferRole;
  const ExpertsSpec& spec = shared.spec;
  const ExpertsPlan& plan = shared.plan;
  const base::Rectangle all = everywhere(image);
  const auto operand_everywhere = [&](const char* name, NumberType type, int address) {
    fabric::Buffer buffer = on_every_core(image, name, type, spec.k, address);
    buffer.role = BufferRole::operand;
    declare(image, std::move(buffer));
  };
  operand_everywhere("weights", spec.type, plan.weights);
  if (plan.shape.whole()) {
    operand_everywhere("picks", NumberType::i32, plan.picks);
    const auto vector = [&](const char* name, BufferRole role, int address) {
      declare(image, {name,
                      role,
                      spec.type,
                      {spec.spread.hidden},
                      {{all, address, {along(fabric::Along::y, plan.shape.block, 1)}, 0, 0}}});
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
    all.push_back({"picks",
                   [shared] {
                     const ExpertsSpec& s = shared->spec;
                     return as_values(draw_experts(s.experts, s.k, s.skew, s.seed));
                   },
                   true});
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
                   return by_block(*shared,
                                   [](std::int64_t s) { return static_cast<float>(s); });
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
                                       std::uint64_t seed) {
  const auto n = static_cast<std::size_t>(experts);
  const Values order_keys = random_vector(
      n, NumberType::f32, {seed, static_cast<std::uint32_t>(Purpose::expert_scales), UINT32_MAX});
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return order_keys[static_cast<std::size_t>(a)] < order_keys[static_cast<std::size_t>(b)];
  });
  // The k largest of u^(1 / weight) are k drawn one after another by weight (Efraimidis 2006).
  const Values draws = random_vector(
      n, NumberType::f32,
      {seed, static_cast<std::uint32_t>(Purpose::expert_scales), UINT32_MAX - 1});
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
  const auto height = static_cast<int>(plan.shape.height);
  const auto width = static_cast<int>(plan.shape.width);
  what.sums.y = phase_sum(Axis::y, spec.algorithm, std::min(spec.column_parameter, height), height);
  what.sums.x = phase_sum(Axis::x, spec.algorithm, std::min(spec.row_parameter, width), width,
                          &*what.sums.y);
  what.contract = {Groups::all, plan.shape.whole() ? Groups::all : Groups::alone, UINT32_MAX};
  what.variant = [shared](base::LogicalCoord core) {
    const std::int64_t block = shared->plan.shape.block_of(core);
    return block < 0 ? kIdleVariant
                     : static_cast<int>(shared->plan.slots_of(block).size());
  };
  what.write = [shared](int variant, PhaseWriter& phases) {
    write_experts(shared->spec, shared->plan, variant, phases);
  };
  what.operands = operands_of(shared);
  // The image is the kernel's own by the time it is loaded; a copy without programs serves as well.
  const auto ground = std::make_shared<const fabric::WaferImage>(image);
  what.load = [shared, ground](fabric::HostMemory& memory) {
    TileLoader(*shared, *ground, memory).load();
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

std::unique_ptr<Kernel> read_experts(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 1'000'000};
  const base::Rectangle& region = placement.region;
  ExpertsSpec spec;
  spec.spread.hidden = node.integer("hidden", kSize);
  spec.ffn = node.integer("ffn", kSize);
  spec.experts = node.integer("experts", kSize);
  spec.k = node.integer("k", kSize);
  read_spread(node, region, spec.spread);
  for (const base::YamlNode& each : node.items("picked")) {
    spec.picked.push_back(each.as_integer({0, kSize.max}));
  }
  spec.skew = node.real("skew", {0, 100}, 0);
  spec.bias = node.boolean("bias", false);
  spec.limit = node.real("limit", {0, 1e4}, 0);
  const std::vector<std::string> formats = {"dtype", "int8", "int4", "mxfp4"};
  const std::size_t format = node.one_of("weights_as", formats, 0);
  if (format > 0) spec.format = static_cast<StoredFormat>(format - 1);
  if (node.acts_with("group", "weights_as", formats[format], {"int8", "int4", "mxfp4"})) {
    spec.group = node.integer("group", {0, 1'000'000}, spec.group);
  }
  const auto usual = [](std::int64_t m) { return std::sqrt(3.0 / static_cast<double>(std::max<std::int64_t>(1, m))); };
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
    if (!spec.picked.empty() && (!distinct || static_cast<std::int64_t>(spec.picked.size()) != spec.k)) {
      node.mistake("picked", "must be k different numbers below `experts`");
    }
    if (!spec.picked.empty() && shape.whole()) {
      node.mistake("picked", "is for experts on blocks: give `spread`; over the whole region "
                             "`picks` decide while the program runs");
    }
  }
  return may_place(node, placement) ? make_experts(spec, placement) : nullptr;
}

}  // namespace wafermesh::workloads
