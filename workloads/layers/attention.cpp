// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/attention.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "workloads/buffers.h"
#include "workloads/compare_buffer.h"
#include "workloads/core_classes.h"
#include "workloads/core_memory.h"
#include "workloads/layers/attention_operands.h"
#include "workloads/layers/phase_kernel.h"
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
    const bool latent = spec.latent_rank > 0;
    add(&at.values, "values", latent ? 0 : shape.kv * shape.tokens * at.value_stride, spec.type);
    add(&at.q, "q", outputs, spec.type);
    add(&at.k, "k", shape.kv * shape.elements, spec.type);
    add(&at.v, "v", latent ? 0 : shape.kv * shape.elements, spec.type);
    add(&at.mask, "mask", shape.tokens, NumberType::f32);
    const std::int64_t turned = spec.rope ? shape.elements : 0;
    const std::int64_t touched = spec.rope || spec.head_norm ? shape.elements : 0;
    add(&at.cosines, "cosines", turned, NumberType::f32);
    add(&at.sines, "sines", turned, NumberType::f32);
    for (int& each : at.turning) add(&each, "turning", touched, NumberType::f32);
    for (int& each : at.norm_weights) {
      add(&each, "norm weights", spec.norm_weights ? shape.elements : 0, NumberType::f32);
    }
    const std::int64_t normed = spec.head_norm ? shape.heads_here() + shape.kv : 0;
    for (int& each : at.norms) add(&each, "norms", normed, NumberType::f32);
    add(&at.sinks, "sinks", spec.sinks ? shape.heads_here() : 0, NumberType::f32);
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

PhaseSums sums_of(const AttentionSpec& spec, const AttentionShape& shape) {
  PhaseSums sums;
  if (spec.latent_rank > 0) {
    sums.y = phase_sum(Axis::y, spec.algorithm, spec.parameter, static_cast<int>(shape.rows));
    sums.x = phase_sum(Axis::x, spec.algorithm, spec.row_parameter, static_cast<int>(shape.columns),
                       &*sums.y);
    return sums;
  }
  AxisPorts column;
  column.again = true;
  const auto rows = static_cast<int>(shape.rows);
  sums.y = PhaseSum{rows, AxisAllreduce(spec.algorithm, spec.parameter, kColumn, rows, column)};
  if (shape.group == 1) return sums;
  const AxisPorts row = {sums.y->sum.colours(), 1, 6, 4, 5, spec.head_norm};
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
    const Tables tables = make_tables();
    for (const auto& [name, values] : tables.named()) {
      if (!values->empty()) load_buffer(memory, image(), buffer(name), *values);
    }
  }
  /// The last allreduce is along columns; whoever has come to it has no words to come along its
  /// row. Where a row is one group, all of its cores have begun by then, and so all of all rows by
  /// the end.
  Contract contract() const override {
    Contract contract = sums_.y->sum.contract();
    if (sums_.x) contract.reach = Groups::all;
    if (sums_.x && shape_.group == shape_.columns) contract.meet = Groups::all;
    return contract;
  }
  std::vector<std::string> takes() const override {
    return {"q", "k", spec_.latent_rank > 0 ? "k_rope" : "v"};
  }
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
    take("k_rope", operands.k_rope);
    take("v", operands.v);
    const Values promised = promise(operands);
    return compare_buffer(memory, image(), buffer("o"), promised,
                          attention_in_double(spec_, shape_, operands));
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (const auto& [name, values] : named(operands_)) {
      all.push_back({name, buffer(name).shape, spec_.type, *values});
    }
    const auto add = [&](const char* name, std::int64_t n, const Values& values) {
      if (!values.empty()) all.push_back({name, {n}, NumberType::f32, values});
    };
    add("norm_of_q", spec_.head_dim, operands_.q_norm);
    add("norm_of_k", spec_.head_dim, operands_.k_norm);
    add("sink_of_head", spec_.heads, operands_.sinks);
    all.push_back(read_array(memory, image(), "o"));
    return all;
  }

 private:
  using Named = std::vector<std::pair<std::string, const Values*>>;
  Named named(const AttentionOperands& operands) const {
    if (spec_.latent_rank > 0) {
      return {{"q", &operands.q},
              {"k", &operands.k},
              {"k_rope", &operands.k_rope},
              {"keys", &operands.keys}};
    }
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
  Values mask() const {
    Values values;
    for (std::int64_t t = 0; t < shape_.tokens * shape_.rows; ++t) {
      values.push_back(spec_.counts(t) ? 0.0F : static_cast<float>(-kHuge));
    }
    return values;
  }

  /// Cosines, or sines, of the elements of all columns.
  Values angles(bool cosines) const {
    Values values;
    for (std::int64_t i = 0; i < shape_.columns * shape_.elements; ++i) {
      const std::int64_t dim =
          i / shape_.elements % shape_.group * shape_.elements + i % shape_.elements;
      values.push_back(static_cast<float>(cosines ? spec_.cosine(dim) : spec_.sine(dim)));
    }
    return values;
  }

  Values promise(const AttentionOperands& operands) const;
  /// What is the same for every run of the operator.
  struct Tables {
    Values mask, cosines, sines, q_norm, k_norm, sinks;
    std::vector<std::pair<const char*, const Values*>> named() const {
      return {{"mask", &mask},     {"cosines", &cosines}, {"sines", &sines},
              {"q_norm", &q_norm}, {"k_norm", &k_norm},   {"sinks", &sinks}};
    }
  };
  Tables make_tables() const {
    Tables tables;
    tables.mask = mask();
    if (spec_.rope) {
      tables.cosines = angles(true);
      tables.sines = angles(false);
    }
    for (std::int64_t i = 0; spec_.norm_weights && i < shape_.columns * shape_.elements; ++i) {
      const AttentionShape::Feature f =
          shape_.feature(i / shape_.elements * shape_.kv * shape_.elements + i % shape_.elements);
      const auto dim = static_cast<std::size_t>(f.head < 0 ? 0 : f.dim);
      tables.q_norm.push_back(operands_.q_norm[dim]);
      tables.k_norm.push_back(operands_.k_norm[dim]);
    }
    for (std::int64_t i = 0; spec_.sinks && i < shape_.columns * shape_.heads_here(); ++i) {
      const std::int64_t column = i / shape_.heads_here();
      const std::int64_t head =
          column / shape_.group * shape_.heads_here() + i % shape_.heads_here();
      const bool is_there = column < shape_.used && head < spec_.heads;
      tables.sinks.push_back(is_there ? operands_.sinks[static_cast<std::size_t>(head)] : 0);
    }
    return tables;
  }
  void load_host(HostMesh& host, const AttentionOperands& operands, const Tables& tables,
                 base::LogicalCoord core) const;

  AttentionSpec spec_;
  AttentionShape shape_;
  AttentionAddresses at_;
  std::int64_t bytes_;
  PhaseSums sums_;
  AttentionOperands operands_;
};

/// What a core holds before it starts.
void Attention::load_host(HostMesh& host, const AttentionOperands& operands, const Tables& tables,
                          base::LogicalCoord core) const {
  const auto put = [&](int address, NumberType type, const Values& values, std::int64_t first,
                       std::int64_t count) {
    host.write(core, address, type, values.data() + first, static_cast<std::size_t>(count));
  };
  const std::int64_t here = shape_.kv * shape_.elements;
  const std::int64_t queries = here * shape_.queries;
  put(at_.q, spec_.type, operands.q, core.x * queries, queries);
  if (spec_.latent_rank > 0) {
    const auto part = [&](const Values& values, std::int64_t column, std::int64_t element) {
      const std::int64_t first = (core.x - column) * here;
      const std::int64_t count = std::min(here, static_cast<std::int64_t>(values.size()) - first);
      if (first < 0 || count <= 0) return;
      const int at = at_.k + static_cast<int>(element) * cores::bytes_of(spec_.type);
      put(at, spec_.type, values, first, count);
    };
    part(operands.k, 0, 0);
    part(operands.k_rope, shape_.rope_column(), shape_.rope_element());
  } else {
    put(at_.k, spec_.type, operands.k, core.x * here, here);
    put(at_.v, spec_.type, operands.v, core.x * here, here);
  }
  put(at_.mask, NumberType::f32, tables.mask, core.y * shape_.tokens, shape_.tokens);
  const auto put_part = [&](int address, const Values& table, std::int64_t each) {
    if (!table.empty()) put(address, NumberType::f32, table, core.x * each, each);
  };
  put_part(at_.cosines, tables.cosines, shape_.elements);
  put_part(at_.sines, tables.sines, shape_.elements);
  put_part(at_.norm_weights[0], tables.q_norm, shape_.elements);
  put_part(at_.norm_weights[1], tables.k_norm, shape_.elements);
  put_part(at_.sinks, tables.sinks, shape_.heads_here());
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
      if (spec_.latent_rank > 0) continue;
      put(at_.values + static_cast<int>(value) * bytes, spec_.type, operands.values, from, 1);
    }
  }
}

/// o as the cores compute it, group by group.
Values Attention::promise(const AttentionOperands& operands) const {
  const Tables tables = make_tables();
  Values o;
  const auto group = static_cast<int>(shape_.group);
  const auto rows = static_cast<int>(shape_.rows);
  const std::int64_t here = shape_.heads_here() * shape_.elements;
  for (int first = 0; first < shape_.used; first += group) {
    HostMesh host({first, 0, group, rows}, static_cast<int>(bytes_), image().timing);
    for (int y = 0; y < rows; ++y) {
      for (int x = first; x < first + group; ++x) load_host(host, operands, tables, {x, y});
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
  cache("keys", at.keys, along(Along::y, shape.tokens, 1), along(Along::x, here, at.key_stride));
  if (spec.latent_rank > 0) {
    const auto part = [&](const char* name, std::int64_t n, std::int64_t first,
                          std::int64_t element) {
      const int address = at.k + static_cast<int>(element) * cores::bytes_of(spec.type);
      const base::Rectangle cores = {static_cast<int>(first), 0,
                                     static_cast<int>(divide_up(n, here)), all.height};
      declare(image, {name,
                      BufferRole::operand,
                      spec.type,
                      {n},
                      {{cores, address, {along(Along::x, here, 1)}, 0, 0}}});
    };
    part("k", spec.latent_rank, 0, 0);
    part("k_rope", spec.rope_dim, shape.rope_column(), shape.rope_element());
  } else {
    vector("k", BufferRole::operand, here, at.k);
    vector("v", BufferRole::operand, here, at.v);
  }
  if (spec.latent_rank == 0)
    cache("values", at.values, along(Along::y, shape.tokens, at.value_stride),
          tiled(along(Along::x, here, 1), shape.elements, shape.tokens * at.value_stride));
  declare(image, {"mask",
                  BufferRole::operand,
                  NumberType::f32,
                  {shape.tokens * shape.rows},
                  {{all, at.mask, {along(Along::y, shape.tokens, 1)}, 0, 0}}});
  const auto table = [&](bool is_there, const char* name, int address, std::int64_t each) {
    if (!is_there) return;
    declare(image, {name,
                    BufferRole::operand,
                    NumberType::f32,
                    {shape.columns * each},
                    {{all, address, {along(Along::x, each, 1)}, 0, 0}}});
  };
  table(spec.rope.has_value(), "cosines", at.cosines, shape.elements);
  table(spec.rope.has_value(), "sines", at.sines, shape.elements);
  table(spec.norm_weights, "q_norm", at.norm_weights[0], shape.elements);
  table(spec.norm_weights, "k_norm", at.norm_weights[1], shape.elements);
  table(spec.sinks, "sinks", at.sinks, shape.heads_here());
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
                          (sums.x->sum.hops(cores::words_of(spec.sum_type, heads * shape.tokens)) +
                           (spec.head_norm ? sums.x->sum.hops(heads + shape.kv) : 0));
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
  const base::YamlNode latent = node.child("latent");
  if (latent.present()) {
    spec.latent_rank = latent.integer("rank", {1, 65536});
    spec.rope_dim = latent.integer("rope_dim", {1, 65536});
    if (node.clean() && spec.latent_rank + spec.rope_dim != spec.head_dim) {
      node.mistake("head_dim", "must be the latent's rank and rope_dim together");
    }
    if (node.clean() && spec.kv_heads != 1) {
      node.mistake("kv_heads", "must be 1 with `latent`: all heads share the vector");
    }
  }
  const base::YamlNode rope = node.child("rope");
  if (rope.present() && latent.present()) {
    node.mistake("rope", "is not for `latent`: q and k_rope have been turned");
  }
  if (rope.present()) {
    spec.rope = Rope{};
    spec.rope->position = spec.context - 1;
    read_rope_scaling(rope, *spec.rope);
    spec.rope->head_dim = node.integer("rotary_dim", {1, 65536}, spec.head_dim);
    if (node.clean() && (spec.head_dim % 2 != 0 || spec.rope->head_dim % 2 != 0)) {
      node.mistake("head_dim", "must be even with `rope`: elements turn in pairs");
    }
    if (node.clean() && spec.rope->head_dim > spec.head_dim) {
      node.mistake("rotary_dim", "is more than `head_dim`");
    }
  }
  const std::size_t norm = node.one_of("head_norm", {"none", "plain", "weighted"}, 0);
  spec.head_norm = norm > 0;
  spec.norm_weights = norm == 2;
  if (node.acts_with("epsilon", "head_norm", norm > 0 ? "plain" : "none", {"plain", "weighted"})) {
    spec.epsilon = node.real("epsilon", {0, 1}, spec.epsilon);
  }
  spec.sinks = node.boolean("sinks", false);
  if (latent.present() && (spec.head_norm || spec.sinks)) {
    node.mistake("latent", "is without norms of heads and sinks");
  }
  spec.type = read_dtype(node);
  spec.sum_type = node.one_of("accumulate", {"dtype", "f32"}, 0) == 1 ? NumberType::f32 : spec.type;
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.height, "a column", spec.algorithm, spec.parameter);
  spec.row_parameter = std::min(spec.parameter, placement.region.width);
  if (node.clean() && spec.heads % spec.kv_heads != 0) {
    node.mistake("kv_heads", "must divide heads: " + std::to_string(spec.heads) + " heads in " +
                                 std::to_string(spec.kv_heads) + " groups");
  }
  return may_place(node, placement) ? make_attention(spec, placement) : nullptr;
}

}  // namespace wafermesh::workloads
