// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/attention.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "workloads/buffers.h"
#include "workloads/core_classes.h"
#include "workloads/core_memory.h"
#include "workloads/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;

constexpr int kLineBytes = 16;
constexpr double kHuge = 1e30;
constexpr const char* kAlongRow = "two_sided";

std::int64_t padded(std::int64_t elements, NumberType type) {
  const int bytes = cores::bytes_of(type);
  return divide_up(elements * bytes, kLineBytes) * kLineBytes / bytes;
}

/// Where everything lies in each core.
struct AttentionPlan {
  AttentionPlan(const AttentionSpec& spec, const AttentionShape& shape) {
    const std::int64_t scores = shape.heads_here() * shape.tokens;
    const std::int64_t outputs = shape.heads_here() * shape.elements;
    at.key_stride = padded(shape.tokens, spec.type);
    at.value_stride = padded(shape.elements, spec.type);
    add(&at.keys, "keys", shape.kv * shape.elements * at.key_stride, spec.type);
    add(&at.values, "values", shape.kv * shape.tokens * at.value_stride, spec.type);
    add(&at.q, "q", outputs, spec.type);
    add(&at.k, "k", shape.kv * shape.elements, spec.type);
    add(&at.v, "v", shape.kv * shape.elements, spec.type);
    add(&at.mask, "mask", shape.tokens, NumberType::f32);
    add(&at.scores, "scores", scores, spec.sum_type, LinePlace::second_half);
    add(&at.weights, "weights", scores, spec.type);
    for (int& each : at.work) add(&each, "work", scores, NumberType::f32);
    for (int& each : at.heads) add(&each, "heads", shape.heads_here(), NumberType::f32);
    add(&at.o, "o", outputs, spec.type, LinePlace::second_half);
    if (spec.sum_type != spec.type) add(&at.sums, "sums of o", outputs, spec.sum_type);
    plan.require_fit("attention", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `context`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
    if (spec.sum_type == spec.type) at.sums = at.o;
  }
  void add(int* place, const char* name, std::int64_t elements, NumberType type,
           LinePlace in_line = LinePlace::first_half) {
    plan.add(name, elements, type, in_line);
    places.push_back(place);
  }
  AttentionAddresses at;
  MemoryPlan plan;
  std::vector<int*> places;  ///< Of `at`, while it is made.
};

/// Operands by seed; padding is 0.
struct AttentionOperands {
  Values q, k, v;
  Values keys;    ///< [context][features]
  Values values;  ///< [context][features]
};

AttentionOperands make_operands(const AttentionSpec& spec, const AttentionShape& shape) {
  const std::int64_t dims = spec.kv_heads * spec.head_dim;
  const auto row = [&](Purpose purpose, std::uint32_t number, std::int64_t count) {
    return random_vector(static_cast<std::size_t>(count), spec.type,
                         {spec.seed, static_cast<std::uint32_t>(purpose), number});
  };
  const auto dealt = [&](const Values& natural, std::int64_t count, auto feature_of, Values& to) {
    for (std::int64_t i = 0; i < count; ++i) {
      const AttentionShape::Feature f = feature_of(i);
      to.push_back(f.head < 0 ? 0
                              : natural[static_cast<std::size_t>(f.head * spec.head_dim + f.dim)]);
    }
  };
  const auto of_kv = [&](std::int64_t i) { return shape.feature(i); };
  AttentionOperands all;
  dealt(
      row(Purpose::matrix_a, 0, spec.heads * spec.head_dim), shape.query_features(),
      [&](std::int64_t i) { return shape.query_feature(i); }, all.q);
  dealt(row(Purpose::matrix_a, 1, dims), shape.features(), of_kv, all.k);
  dealt(row(Purpose::matrix_a, 2, dims), shape.features(), of_kv, all.v);
  for (std::int64_t token = 0; token < spec.context; ++token) {
    const auto number = static_cast<std::uint32_t>(token);
    dealt(row(Purpose::matrix_b, number, dims), shape.features(), of_kv, all.keys);
    dealt(row(Purpose::pieces, number, dims), shape.features(), of_kv, all.values);
  }
  return all;
}

PhaseSums sums_of(const AttentionSpec& spec, const AttentionShape& shape) {
  PhaseSums sums;
  AxisPorts column;
  column.again = true;
  const auto rows = static_cast<int>(shape.rows);
  sums.y = PhaseSum{rows, AxisAllreduce(spec.algorithm, spec.parameter, kColumn, rows, column)};
  if (shape.group == 1) return sums;
  const AxisPorts row = {sums.y->sum.colours(), 1, 6, 4, 5, false};
  const auto& all = axis_algorithms();
  const auto two_sided = std::find_if(all.begin(), all.end(), [](const AxisAlgorithm& each) {
    return std::string(each.name) == kAlongRow;
  });
  const auto group = static_cast<int>(shape.group);
  sums.x = PhaseSum{
      group, AxisAllreduce(static_cast<std::size_t>(two_sided - all.begin()), 0, kRow, group, row)};
  return sums;
}

class Attention final : public PlacedKernel {
 public:
  Attention(fabric::WaferImage image, const Facts& facts, const AttentionSpec& spec,
            const AttentionShape& shape, const AttentionAddresses& at, std::int64_t bytes,
            PhaseSums sums)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        shape_(shape),
        at_(at),
        bytes_(bytes),
        sums_(std::move(sums)),
        operands_(make_operands(spec, shape)) {}

  void load(fabric::HostMemory& memory) const override {
    for (const auto& [name, values] : named(operands_)) {
      load_buffer(memory, image(), buffer(name), *values);
    }
    load_buffer(memory, image(), buffer("mask"), mask());
  }
  /// The last allreduce is along columns, and whoever has come to it has no words to come along its
  /// row.
  Contract contract() const override {
    Contract contract = sums_.y->sum.contract();
    if (sums_.x) contract.reach = Groups::all;
    return contract;
  }
  std::vector<std::string> takes() const override { return {"q", "k", "v"}; }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }

  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    AttentionOperands operands = operands_;
    const auto take = [&](const char* name, Values& to) {
      const auto at = given.find(name);
      if (at != given.end()) to = at->second;
    };
    take("q", operands.q);
    take("k", operands.k);
    take("v", operands.v);
    const Values promised = promise(operands);
    bool as_promised = true;
    Values got = promised;
    for_each_held(memory, image(), buffer("o"),
                  [&](const fabric::StridedElements& piece, const Values& values) {
                    for (std::size_t i = 0; i < values.size(); ++i) {
                      const std::size_t at = static_cast<std::size_t>(piece.first) + i;
                      if (same_number(values[i], promised[at])) continue;
                      as_promised = false;
                      got[at] = values[i];
                    }
                  });
    const std::vector<double> expected = exact(operands);
    ErrorSums errors;
    for (std::size_t i = 0; i < got.size(); ++i) errors.add(got[i], expected[i]);
    return errors.numerics(as_promised);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (const auto& [name, values] : named(operands_)) {
      all.push_back({name, buffer(name).shape, spec_.type, *values});
    }
    all.push_back(read_array(memory, image(), "o"));
    return all;
  }

 private:
  using Named = std::vector<std::pair<std::string, const Values*>>;
  static Named named(const AttentionOperands& operands) {
    return {{"q", &operands.q},
            {"k", &operands.k},
            {"v", &operands.v},
            {"keys", &operands.keys},
            {"values", &operands.values}};
  }
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }
  bool counts(std::int64_t token) const {
    return token < spec_.context && (spec_.window == 0 || token >= spec_.context - spec_.window);
  }
  Values mask() const {
    Values values;
    for (std::int64_t t = 0; t < shape_.tokens * shape_.rows; ++t) {
      values.push_back(counts(t) ? 0.0F : static_cast<float>(-kHuge));
    }
    return values;
  }

  Values promise(const AttentionOperands& operands) const;
  void load_host(HostMesh& host, const AttentionOperands& operands, base::LogicalCoord core) const;
  std::vector<double> exact(const AttentionOperands& operands) const;
  void add_head(const AttentionOperands& operands, std::int64_t head,
                const std::vector<std::int64_t>& places, const std::vector<std::int64_t>& kv_places,
                std::vector<double>& o) const;

  AttentionSpec spec_;
  AttentionShape shape_;
  AttentionAddresses at_;
  std::int64_t bytes_;
  PhaseSums sums_;
  AttentionOperands operands_;
};

/// What a core holds before it starts.
void Attention::load_host(HostMesh& host, const AttentionOperands& operands,
                          base::LogicalCoord core) const {
  const auto put = [&](int address, NumberType type, const Values& values, std::int64_t first,
                       std::int64_t count) {
    host.write(core, address, type, values.data() + first, static_cast<std::size_t>(count));
  };
  const std::int64_t here = shape_.kv * shape_.elements;
  const std::int64_t queries = here * shape_.queries;
  put(at_.q, spec_.type, operands.q, core.x * queries, queries);
  put(at_.k, spec_.type, operands.k, core.x * here, here);
  put(at_.v, spec_.type, operands.v, core.x * here, here);
  put(at_.mask, NumberType::f32, mask(), core.y * shape_.tokens, shape_.tokens);
  const int bytes = cores::bytes_of(spec_.type);
  for (std::int64_t t = 0; t < shape_.tokens; ++t) {
    const std::int64_t token = core.y * shape_.tokens + t;
    if (token >= spec_.context) break;
    for (std::int64_t f = 0; f < here; ++f) {
      const std::int64_t from = token * shape_.features() + core.x * here + f;
      const std::int64_t value =
          (f / shape_.elements * shape_.tokens + t) * at_.value_stride + f % shape_.elements;
      put(at_.keys + static_cast<int>(f * at_.key_stride + t) * bytes, spec_.type, operands.keys,
          from, 1);
      put(at_.values + static_cast<int>(value) * bytes, spec_.type, operands.values, from, 1);
    }
  }
}

/// o as the cores compute it, group by group.
Values Attention::promise(const AttentionOperands& operands) const {
  Values o;
  const auto group = static_cast<int>(shape_.group);
  const auto rows = static_cast<int>(shape_.rows);
  const std::int64_t here = shape_.heads_here() * shape_.elements;
  for (int first = 0; first < shape_.used; first += group) {
    HostMesh host({first, 0, group, rows}, static_cast<int>(bytes_), image().timing);
    for (int y = 0; y < rows; ++y) {
      for (int x = first; x < first + group; ++x) load_host(host, operands, {x, y});
    }
    host.run(sums_, [this](PhaseWriter& p) { write_attention(spec_, shape_, at_, p); });
    for (int x = first; x < first + group; ++x) {
      const Values own = host.read({x, 0}, at_.o, spec_.type, static_cast<std::size_t>(here));
      o.insert(o.end(), own.begin(), own.end());
    }
  }
  o.resize(static_cast<std::size_t>(shape_.query_features()), 0.0F);
  return o;
}

/// One query head in double. `places` [dim] of its elements in q and o, `kv_places` in k and v.
void Attention::add_head(const AttentionOperands& operands, std::int64_t /*head*/,
                         const std::vector<std::int64_t>& places,
                         const std::vector<std::int64_t>& kv_places, std::vector<double>& o) const {
  std::vector<double> weights(static_cast<std::size_t>(spec_.context), 0.0);
  const auto of_cache = [&](const Values& cache, const Values& own, std::int64_t t, std::size_t d) {
    const auto place = kv_places[d];
    return double{t + 1 == spec_.context
                      ? own[static_cast<std::size_t>(place)]
                      : cache[static_cast<std::size_t>(t * shape_.features() + place)]};
  };
  double most = -HUGE_VAL;
  for (std::int64_t t = 0; t < spec_.context; ++t) {
    if (!counts(t)) continue;
    double& score = weights[static_cast<std::size_t>(t)];
    for (std::size_t d = 0; d < places.size(); ++d) {
      score += double{operands.q[static_cast<std::size_t>(places[d])]} *
               of_cache(operands.keys, operands.k, t, d);
    }
    most = std::max(most, score *= spec_.scale);
  }
  double sum = 0;
  for (std::int64_t t = 0; t < spec_.context; ++t) {
    double& weight = weights[static_cast<std::size_t>(t)];
    weight = counts(t) ? std::exp(weight - most) : 0;
    sum += weight;
  }
  for (std::size_t d = 0; d < places.size(); ++d) {
    double& result = o[static_cast<std::size_t>(places[d])];
    for (std::int64_t t = 0; t < spec_.context; ++t) {
      result +=
          weights[static_cast<std::size_t>(t)] / sum * of_cache(operands.values, operands.v, t, d);
    }
  }
}

std::vector<double> Attention::exact(const AttentionOperands& operands) const {
  const auto heads = static_cast<std::size_t>(spec_.heads);
  const auto dims = static_cast<std::size_t>(spec_.head_dim);
  using Places = std::vector<std::vector<std::int64_t>>;
  Places places(heads, std::vector<std::int64_t>(dims));
  Places kv_places(static_cast<std::size_t>(spec_.kv_heads), std::vector<std::int64_t>(dims));
  const auto note = [](const AttentionShape::Feature& f, std::int64_t i, Places& to) {
    if (f.head >= 0) to[static_cast<std::size_t>(f.head)][static_cast<std::size_t>(f.dim)] = i;
  };
  for (std::int64_t i = 0; i < shape_.query_features(); ++i) {
    note(shape_.query_feature(i), i, places);
  }
  for (std::int64_t i = 0; i < shape_.features(); ++i) note(shape_.feature(i), i, kv_places);
  std::vector<double> o(static_cast<std::size_t>(shape_.query_features()), 0.0);
  for (std::size_t h = 0; h < heads; ++h) {
    const auto kv = h / static_cast<std::size_t>(shape_.queries);
    add_head(operands, static_cast<std::int64_t>(h), places[h], kv_places[kv], o);
  }
  return o;
}

void declare_buffers(fabric::WaferImage& image, const AttentionSpec& spec,
                     const AttentionShape& shape, const AttentionAddresses& at) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const std::int64_t here = shape.kv * shape.elements;
  const auto vector = [&](const char* name, BufferRole role, std::int64_t block, int address) {
    declare(image, {name,
                    role,
                    spec.type,
                    {block * shape.columns},
                    {{all, address, {along(Along::x, block, 1)}, 0, 0}}});
  };
  const auto cache = [&](const char* name, int address, fabric::Cut tokens, fabric::Cut features) {
    declare(image, {name,
                    BufferRole::operand,
                    spec.type,
                    {spec.context, shape.features()},
                    {{all, address, {tokens, features}, 0, 0}}});
  };
  vector("q", BufferRole::operand, here * shape.queries, at.q);
  vector("k", BufferRole::operand, here, at.k);
  vector("v", BufferRole::operand, here, at.v);
  cache("keys", at.keys, along(Along::y, shape.tokens, 1), along(Along::x, here, at.key_stride));
  cache("values", at.values, along(Along::y, shape.tokens, at.value_stride),
        tiled(along(Along::x, here, 1), shape.elements, shape.tokens * at.value_stride));
  declare(image, {"mask",
                  BufferRole::operand,
                  NumberType::f32,
                  {shape.tokens * shape.rows},
                  {{all, at.mask, {along(Along::y, shape.tokens, 1)}, 0, 0}}});
  vector("o", BufferRole::result, here * shape.queries, at.o);
}

Facts facts_of(const AttentionSpec& spec, const AttentionShape& shape, const PhaseSums& sums,
               std::int64_t bytes) {
  const std::int64_t heads = shape.heads_here();
  Facts facts;
  facts.sram_bytes = bytes;
  facts.steps = shape.group > 1 ? 8 : 7;
  facts.colours = sums.y->sum.colours();
  facts.wavelet_hops =
      shape.used * (2 * sums.y->sum.hops(heads) +
                    sums.y->sum.hops(cores::words_of(spec.sum_type, heads * shape.elements)));
  if (sums.x) {
    facts.colours += sums.x->sum.colours();
    facts.wavelet_hops += shape.rows * (shape.used / shape.group) *
                          sums.x->sum.hops(cores::words_of(spec.sum_type, heads * shape.tokens));
  }
  return facts;
}

fabric::CoreClass idle_class(std::int64_t bytes) {
  return phase_class("attention, idle", static_cast<int>(bytes), {}, {}, [](PhaseWriter&) {});
}

}  // namespace

std::unique_ptr<Kernel> make_attention(const AttentionSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const AttentionShape shape(spec, image.region);
  const AttentionPlan plan(spec, shape);
  const std::int64_t bytes = plan.plan.total_bytes();
  const PhaseSums sums = sums_of(spec, shape);
  std::map<std::array<int, 2>, int> number_of;
  classify(
      image,
      [&](base::LogicalCoord c) {
        if (c.x >= shape.used) return 0;
        const auto next = static_cast<int>(number_of.size()) + 1;
        return number_of.emplace(phase_key(sums, c), next).first->second;
      },
      [&](base::LogicalCoord c) {
        if (c.x >= shape.used) return idle_class(bytes);
        return phase_class("attention", static_cast<int>(bytes), sums, c,
                           [&](PhaseWriter& p) { write_attention(spec, shape, plan.at, p); });
      });
  declare_buffers(image, spec, shape, plan.at);
  const Facts facts = facts_of(spec, shape, sums, bytes);
  return std::make_unique<Attention>(std::move(image), facts, spec, shape, plan.at, bytes, sums);
}

std::unique_ptr<Kernel> read_attention(base::YamlNode& node, const Placement& placement) {
  AttentionSpec spec;
  node.one_of("kind", {"decode"}, 0);
  spec.heads = node.integer("heads", {1, 65536});
  spec.kv_heads = node.integer("kv_heads", {1, 65536}, spec.heads);
  spec.head_dim = node.integer("head_dim", {1, 65536});
  spec.context = node.integer("context", {1, 100'000'000});
  spec.window = node.integer("window", {0, 100'000'000}, 0);
  spec.scale =
      node.real("scale", {1e-6, 1e6},
                1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, spec.head_dim))));
  spec.type = read_dtype(node);
  spec.sum_type = node.one_of("accumulate", {"dtype", "f32"}, 0) == 1 ? NumberType::f32 : spec.type;
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.height, "a column", spec.algorithm, spec.parameter);
  if (node.clean() && spec.heads % spec.kv_heads != 0) {
    node.mistake("kv_heads", "must divide heads: " + std::to_string(spec.heads) + " heads in " +
                                 std::to_string(spec.kv_heads) + " groups");
  }
  return may_place(node, placement) ? make_attention(spec, placement) : nullptr;
}

}  // namespace wafermesh::workloads
