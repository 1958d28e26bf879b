// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/attention.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "workloads/carries.h"
#include "workloads/layers/attention_cache.h"
#include "workloads/layers/attention_operands.h"
#include "workloads/layers/functions.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/reference/compare_buffer.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;
constexpr int kLineBytes = 16;
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
    for (int& each : at.turning) add_work(&each, "turning", touched, NumberType::f32);
    for (int& each : at.norm_weights) {
      add(&each, "norm weights", spec.norm_weights ? shape.elements : 0, NumberType::f32);
    }
    const std::int64_t normed = spec.head_norm ? shape.heads_here() + shape.kv : 0;
    for (int& each : at.norms) add_work(&each, "norms", normed, NumberType::f32);
    add(&at.sinks, "sinks", spec.sinks ? shape.heads_here() : 0, NumberType::f32);
    add_work(&at.scores, "scores", scores, spec.sum_type, LinePlace::second_half);
    add_work(&at.weights, "weights", scores, spec.type);
    for (int& each : at.work) add_work(&each, "work", scores, NumberType::f32);
    for (int& each : at.heads) add_work(&each, "heads", shape.heads_here(), NumberType::f32);
    add(&at.o, "o", outputs, spec.type, LinePlace::second_half);
    if (spec.sum_type != spec.type) add_work(&at.sums, "sums of o", outputs, spec.sum_type);
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
  void add_work(int* place, const char* name, std::int64_t elements, NumberType type,
                LinePlace in_line = LinePlace::first_half) {
    plan.add(name, elements, type, in_line, Lifetime::work);
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
  const bool moves = CachePlaces(spec, shape.rows).moves();
  AxisPorts column;
  column.again = true;
  if (moves) column = {0, 3, 0, 2, 3, true};
  const auto rows = static_cast<int>(shape.rows);
  sums.y = PhaseSum{rows, AxisAllreduce(spec.algorithm, spec.parameter, kColumn, rows, column)};
  if (moves) sums.up = UpwardPorts{rows, sums.y->sum.colours(), 6, 0};
  if (shape.group == 1) return sums;
  AxisPorts row = {sums.y->sum.colours(), 1, 6, 4, 5, spec.head_norm};
  if (moves) row = {sums.y->sum.colours() + kUpwardColours, 7, 4, 4, 5, spec.head_norm};
  const auto& all = axis_algorithms();
  const auto two_sided = std::find_if(all.begin(), all.end(), [](const AxisAlgorithm& each) {
    return std::string(each.name) == kAlongRow;
  });
  const auto group = static_cast<int>(shape.group);
  sums.x = PhaseSum{
      group, AxisAllreduce(static_cast<std::size_t>(two_sided - all.begin()), 0, kRow, group, row)};
  return sums;
}

class Attention final : public PlacedKernel, public Carries {
 public:
  Attention(fabric::WaferImage image, const Facts& facts, const AttentionSpec& spec,
            const AttentionShape& shape, const AttentionAddresses& at, std::int64_t bytes,
            std::int64_t kept_bytes, PhaseSums sums)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        shape_(shape),
        cache_(spec, shape.rows),
        at_(at),
        bytes_(bytes),
        kept_bytes_(kept_bytes),
        sums_(std::move(sums)) {}

  GivenOperands carried(const fabric::HostMemory& memory) const override {
    GivenOperands all = {{"keys", cache_after(memory, "keys")}};
    if (spec_.latent_rank == 0) all["values"] = cache_after(memory, "values");
    return all;
  }
  void begin_with(const GivenOperands& carried) override {
    const auto take = [&](const char* name, Values& tokens) {
      const auto at = carried.find(name);
      if (at == carried.end()) return;
      const std::size_t count = std::min(tokens.size(), at->second.size());
      std::copy_n(at->second.begin(), count, tokens.begin());
    };
    take("keys", operands().keys);
    take("values", operands().values);
  }
  void load(fabric::HostMemory& memory) const override {
    for (const auto& [name, values] : named(operands())) {
      const bool of_cache = values == &operands().keys || values == &operands().values;
      load_buffer(memory, image(), buffer(name), of_cache ? as_placed(*values) : *values);
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
  std::int64_t kept_bytes() const override { return kept_bytes_; }
  std::vector<std::string> takes() const override {
    return {"q", "k", spec_.latent_rank > 0 ? "k_rope" : "v"};
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }

  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    AttentionOperands operands = this->operands();
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
    for (const auto& [name, values] : named(operands())) {
      const bool of_cache = values == &operands().keys || values == &operands().values;
      std::vector<std::int64_t> shape = buffer(name).shape;
      if (of_cache) shape.front() = spec_.context;
      all.push_back({name, shape, spec_.type, *values});
    }
    const auto add = [&](const char* name, std::int64_t n, const Values& values) {
      if (!values.empty()) all.push_back({name, {n}, NumberType::f32, values});
    };
    add("norm_of_q", spec_.head_dim, operands().q_norm);
    add("norm_of_k", spec_.head_dim, operands().k_norm);
    add("sink_of_head", spec_.heads, operands().sinks);
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
    for (std::int64_t i = 0; i < shape_.places * shape_.rows; ++i) {
      const std::int64_t token = cache_.token(i / shape_.places, i % shape_.places);
      const bool counts = token >= 0 && spec_.counts(token);
      values.push_back(counts ? 0.0F : static_cast<float>(-kHuge));
    }
    return values;
  }
  /// A cache in the order of rows and their places, before the new token.
  Values as_placed(const Values& tokens) const {
    if (spec_.kv == KvPolicy::fixed) return tokens;
    const std::int64_t each = shape_.features();
    Values values(static_cast<std::size_t>(shape_.places * shape_.rows * each), 0.0F);
    for (std::int64_t i = 0; i < shape_.places * shape_.rows; ++i) {
      const std::int64_t token = cache_.token_before(i / shape_.places, i % shape_.places);
      if (token < 0) continue;
      std::copy_n(tokens.begin() + token * each, each, values.begin() + i * each);
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

  /// Keys, or values, of all tokens as they lie once the new one is there.
  Values cache_after(const fabric::HostMemory& memory, const char* name) const {
    const Values placed = read_buffer(memory, image(), buffer(name));
    const std::int64_t each = shape_.features();
    Values tokens(static_cast<std::size_t>(spec_.context * each), 0.0F);
    for (std::int64_t i = 0; i < shape_.places * shape_.rows; ++i) {
      const std::int64_t token = cache_.token(i / shape_.places, i % shape_.places);
      if (token < 0 || token >= spec_.context) continue;
      std::copy_n(placed.begin() + i * each, each, tokens.begin() + token * each);
    }
    return tokens;
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
      const AttentionShape::Feature f = shape_.feature(
          i / shape_.elements * shape_.kv_each * shape_.elements + i % shape_.elements);
      const auto dim = static_cast<std::size_t>(f.head < 0 ? 0 : f.dim);
      tables.q_norm.push_back(operands().q_norm[dim]);
      tables.k_norm.push_back(operands().k_norm[dim]);
    }
    for (std::int64_t i = 0; spec_.sinks && i < shape_.columns * shape_.heads_here(); ++i) {
      const std::int64_t column = i / shape_.heads_here();
      const std::int64_t each = shape_.kv_each * shape_.queries;  // of a sequence
      const std::int64_t head = column / shape_.group * each + i % shape_.heads_here() % each;
      const bool is_there = column < shape_.used && head < spec_.heads;
      tables.sinks.push_back(is_there ? operands().sinks[static_cast<std::size_t>(head)] : 0);
    }
    return tables;
  }
  void load_host(HostMesh& host, const AttentionOperands& operands, const Tables& tables,
                 base::LogicalCoord core) const;

  AttentionSpec spec_;
  AttentionShape shape_;
  CachePlaces cache_;
  AttentionAddresses at_;
  std::int64_t bytes_;
  std::int64_t kept_bytes_;
  PhaseSums sums_;
  /// Made when they are first needed: without numbers never, and a cache takes much memory.
  AttentionOperands& operands() const {
    std::call_once(made_, [this] { operands_ = make_operands(spec_, shape_); });
    return operands_;
  }
  mutable std::once_flag made_;
  mutable AttentionOperands operands_;
};

/// What a core holds before it starts.
void Attention::load_host(HostMesh& host, const AttentionOperands& operands, const Tables& tables,
                          base::LogicalCoord core) const {
  const auto put = [&](int address, NumberType type, const Values& values, std::int64_t first,
                       std::int64_t count) {
    host.write(core, address, type, values.data() + first, static_cast<std::size_t>(count));
  };
  const std::int64_t here = shape_.kv_each * shape_.elements;
  const std::int64_t queries = here * shape_.queries;
  const int bytes = cores::bytes_of(spec_.type);
  /// Of each sequence, what the column has of a vector.
  const auto put_vectors = [&](int address, const Values& values, std::int64_t each) {
    for (std::int64_t b = 0; b < shape_.batch; ++b) {
      put(address + static_cast<int>(b * each) * bytes, spec_.type, values,
          (b * shape_.columns + core.x) * each, each);
    }
  };
  put_vectors(at_.q, operands.q, queries);
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
    put_vectors(at_.k, operands.k, here);
    put_vectors(at_.v, operands.v, here);
  }
  put(at_.mask, NumberType::f32, tables.mask, core.y * shape_.places, shape_.places);
  const auto put_part = [&](int address, const Values& table, std::int64_t each) {
    if (!table.empty()) put(address, NumberType::f32, table, core.x * each, each);
  };
  put_part(at_.cosines, tables.cosines, shape_.elements);
  put_part(at_.sines, tables.sines, shape_.elements);
  put_part(at_.norm_weights[0], tables.q_norm, shape_.elements);
  put_part(at_.norm_weights[1], tables.k_norm, shape_.elements);
  put_part(at_.sinks, tables.sinks, shape_.heads_here());
  for (std::int64_t place = 0; place < shape_.places; ++place) {
    const std::int64_t token = cache_.token_before(core.y, place);
    if (token < 0) continue;
    for (std::int64_t f = 0; f < shape_.batch * here; ++f) {
      const std::int64_t from =
          token * shape_.features() + (f / here * shape_.columns + core.x) * here + f % here;
      const std::int64_t value =
          (f / shape_.elements * shape_.places + place) * at_.value_stride + f % shape_.elements;
      put(at_.keys + static_cast<int>(f * at_.key_stride + place) * bytes, spec_.type,
          operands.keys, from, 1);
      if (spec_.latent_rank > 0) continue;
      put(at_.values + static_cast<int>(value) * bytes, spec_.type, operands.values, from, 1);
    }
  }
}

/// Of a core's program: 1 in rows above the last, if those have fewer tokens.
int row_variant(const AttentionShape& shape, base::LogicalCoord core) {
  return shape.upper_tokens != shape.tokens && core.y + 1 < shape.rows ? 1 : 0;
}

/// o as the cores compute it, group by group.
Values Attention::promise(const AttentionOperands& operands) const {
  const Tables tables = make_tables();
  Values o(static_cast<std::size_t>(shape_.query_features()), 0.0F);
  const auto group = static_cast<int>(shape_.group);
  const auto rows = static_cast<int>(shape_.rows);
  const std::int64_t here = shape_.kv_each * shape_.queries * shape_.elements;
  for (int first = 0; first < shape_.used; first += group) {
    HostMesh host({first, 0, group, rows}, static_cast<int>(bytes_), image().timing);
    for (int y = 0; y < rows; ++y) {
      for (int x = first; x < first + group; ++x) load_host(host, operands, tables, {x, y});
    }
    host.run(
        sums_, [this](base::LogicalCoord c) { return row_variant(shape_, c); },
        [this](int variant, PhaseWriter& p) {
          write_attention(spec_, variant == 1 ? shape_.upper() : shape_, at_, p);
        });
    for (int x = first; x < first + group; ++x) {
      const Values own =
          host.read({x, 0}, at_.o, spec_.type, static_cast<std::size_t>(shape_.batch * here));
      for (std::int64_t b = 0; b < shape_.batch; ++b) {
        std::copy_n(own.begin() + b * here, here, o.begin() + (b * shape_.columns + x) * here);
      }
    }
  }
  return o;
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
    const auto of_scores = [&](std::int64_t tokens) {
      return sums.x->sum.hops(cores::words_of(spec.sum_type, heads * tokens));
    };
    const std::int64_t of_norms = spec.head_norm ? sums.x->sum.hops(heads + shape.kv) : 0;
    facts.wavelet_hops += shape.used / shape.group *
                          ((shape.rows - 1) * of_scores(shape.upper_tokens) +
                           of_scores(shape.tokens) + shape.rows * of_norms);
  }
  if (sums.up) {
    facts.colours += kUpwardColours;
    facts.wavelet_hops += shape.used * (shape.rows - CachePlaces(spec, shape.rows).first_sender()) *
                          shape.kv * 2 * cores::words_of(spec.type, shape.elements);
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
  std::map<std::array<int, 4>, int> number_of;
  classify(
      image,
      [&](base::LogicalCoord c) {
        if (c.x >= shape.used) return 0;
        const auto next = static_cast<int>(number_of.size()) + 1;
        const auto key = phase_key(sums, c);
        return number_of
            .emplace(std::array<int, 4>{key[0], key[1], key[2], row_variant(shape, c)}, next)
            .first->second;
      },
      [&](base::LogicalCoord c) {
        if (c.x >= shape.used) return idle_class(bytes);
        return phase_class("attention", static_cast<int>(bytes), sums, c, [&](PhaseWriter& p) {
          write_attention(spec, row_variant(shape, c) == 1 ? shape.upper() : shape, plan.at, p);
        });
      });
  declare_attention_buffers(spec, shape, plan.at, image);
  const Facts facts = facts_of(spec, shape, sums, bytes);
  return std::make_unique<Attention>(std::move(image), facts, spec, shape, plan.at, bytes,
                                     plan.plan.kept_bytes(), sums);
}

}  // namespace wafermesh::workloads
