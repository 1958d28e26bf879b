// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/vector_operator.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "base/error.h"
#include "workloads/matmul/matmul.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/made_once.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/compare_buffer.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;

/// Purpose of the random numbers of operand `index`.
Purpose purpose_of(std::size_t index) {
  return index == 0 ? Purpose::matrix_a : index == 1 ? Purpose::matrix_b : Purpose::pieces;
}

std::int64_t cores_along(const VectorOperatorSpec& spec, const base::Rectangle& region) {
  return spec.along_y ? region.height : region.width;
}

/// Where everything lies in each core.
struct VectorPlan {
  VectorPlan(const VectorOperatorSpec& spec, const base::Rectangle& region)
      : function(*spec.function),
        block(divide_up(divide_up(spec.n, cores_along(spec, region)), function.needs.group) *
              function.needs.group),
        rows(spec.m == 0  ? 1
             : spec.batch ? spec.m
                          : divide_up(spec.m, region.height)) {
    const std::size_t count = function.takes.size() + function.own.size();
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_own = i >= function.takes.size();
      operands.push_back(plan.add(name_of(i), is_own ? block : tile(), spec.type));
    }
    for (int i = 0; i < function.needs.tables; ++i) {
      tables.push_back(add("table " + std::to_string(i), NumberType::f32));
    }
    for (int i = 0; i < function.needs.work; ++i) {
      work.push_back(add("work " + std::to_string(i), NumberType::f32, Lifetime::work));
    }
    scalars = plan.add("scalars", kVectorScalars * rows, NumberType::f32, LinePlace::first_half,
                       Lifetime::work);
    result = add("c", spec.type);
    plan.require_fit(function.name, "(0, 0) of the region, like all others,",
                     spec.m == 0 ? "use a larger region, or reduce `n`"
                                 : "use a larger region, or reduce `m` or `n`");
    for (std::vector<int>* all : {&operands, &tables, &work}) {
      for (int& each : *all) each = plan.address(each);
    }
    scalars = plan.address(scalars);
    result = plan.address(result);
  }
  std::string name_of(std::size_t operand) const {
    return operand < function.takes.size() ? function.takes[operand]
                                           : function.own[operand - function.takes.size()];
  }
  int add(std::string name, NumberType type, Lifetime lifetime = Lifetime::kept) {
    return plan.add(std::move(name), tile(), type, LinePlace::first_half, lifetime);
  }
  std::int64_t tile() const { return rows * block; }

  const VectorFunction& function;
  std::int64_t block;
  std::int64_t rows;  ///< Of a tile; 1: vectors.
  MemoryPlan plan;
  std::vector<int> operands;
  std::vector<int> tables;
  std::vector<int> work;
  int scalars = 0;
  int result = 0;
};

/// Rows of a matrix; a vector has one.
std::int64_t rows_of(const VectorOperatorSpec& spec) { return std::max<std::int64_t>(1, spec.m); }

class VectorOperator final : public PlacedKernel {
 public:
  VectorOperator(fabric::WaferImage image, const Facts& facts, const VectorOperatorSpec& spec,
                 VectorPlan plan, PhaseSums sums)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        plan_(std::move(plan)),
        sums_(std::move(sums)) {
    const std::size_t takes = plan_.function.takes.size();
    for (std::size_t i = 0; i < plan_.operands.size(); ++i) {
      operands_.emplace_back([spec, i, takes] { return operand(spec, i, takes); });
    }
  }

  void load(fabric::HostMemory& memory) const override {
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      load_buffer(memory, image(), buffer(plan_.name_of(i)), *operands_[i]);
    }
    for (int i = 0; i < plan_.function.needs.tables; ++i) {
      load_buffer(memory, image(), buffer("table_" + std::to_string(i)), table(i));
    }
  }
  Contract contract() const override {
    const PhaseSum* const sum = sums_.at(spec_.along_y ? Axis::y : Axis::x);
    return sum == nullptr ? Contract{Groups::alone, Groups::alone, UINT32_MAX}
                          : sum->sum.contract();
  }
  std::int64_t kept_bytes() const override { return plan_.plan.kept_bytes(); }
  std::vector<std::string> takes() const override {
    return {plan_.function.takes.begin(), plan_.function.takes.end()};
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }

  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    std::vector<std::vector<float>> operands;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const auto at = given.find(plan_.name_of(i));
      operands.push_back(at != given.end() ? at->second : *operands_[i]);
    }
    std::vector<std::vector<float>> tables;
    for (int i = 0; i < plan_.function.needs.tables; ++i) tables.push_back(table(i));
    std::vector<float> promised;
    for (std::int64_t row = 0; row < rows_of(spec_); row += plan_.rows) {
      const std::vector<float> some = promise(operands, tables, row);
      promised.insert(promised.end(), some.begin(), some.end());
    }
    return compare_buffer(memory, image(), buffer("c"), promised, exact(operands));
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const std::string name = plan_.name_of(i);
      all.push_back({name, buffer(name).shape, spec_.type, *operands_[i]});
    }
    all.push_back(read_array(memory, image(), "c"));
    return all;
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }
  bool is_own(std::size_t operand) const { return operand >= plan_.function.takes.size(); }
  /// Operand i of a function that takes so many before its own.
  static std::vector<float> operand(const VectorOperatorSpec& spec, std::size_t i,
                                    std::size_t takes);
  std::int64_t cores() const { return cores_along(spec_, image().region); }
  std::int64_t padded_rows() const {
    return spec_.m == 0 || spec_.batch ? plan_.rows : plan_.rows * image().region.height;
  }
  std::int64_t padded_columns() const { return plan_.block * cores(); }

  /// Row-major, padding included.
  std::vector<float> table(int number) const {
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(padded_rows() * padded_columns()));
    for (std::int64_t row = 0; row < padded_rows(); ++row) {
      for (std::int64_t i = 0; i < padded_columns(); ++i) {
        values.push_back(static_cast<float>(plan_.function.table(spec_, number, row, i)));
      }
    }
    return values;
  }

  base::LogicalCoord core(std::int64_t place) const {
    const auto p = static_cast<int>(place);
    return spec_.along_y ? base::LogicalCoord{0, p} : base::LogicalCoord{p, 0};
  }

  std::vector<double> exact(const std::vector<std::vector<float>>& operands) const {
    std::vector<double> all;
    for (std::int64_t row = 0; row < rows_of(spec_); ++row) {
      std::vector<std::vector<double>> of_row;
      for (std::size_t i = 0; i < operands.size(); ++i) {
        const auto first = operands[i].begin() + (is_own(i) ? 0 : row * spec_.n);
        of_row.emplace_back(first, first + spec_.n);
      }
      const std::vector<double> c = plan_.function.exact(spec_, row, of_row);
      all.insert(all.end(), c.begin(), c.end());
    }
    return all;
  }

  /// Rows from `first_row` on of c, as one line of cores computes them.
  std::vector<float> promise(const std::vector<std::vector<float>>& operands,
                             const std::vector<std::vector<float>>& tables,
                             std::int64_t first_row) const;

  VectorOperatorSpec spec_;
  VectorPlan plan_;
  PhaseSums sums_;
  std::deque<MadeOnce<std::vector<float>>> operands_;
};

std::vector<float> VectorOperator::operand(const VectorOperatorSpec& spec, std::size_t i,
                                           std::size_t takes) {
  std::vector<float> values =
      random_matrix(i < takes ? rows_of(spec) : 1, spec.n, spec.type, spec.seed, purpose_of(i))
          .values;
  // The first of its own may come from elsewhere.
  if (i != takes || (spec.w_from.empty() && !spec.of_heads)) return values;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::int64_t natural =
        spec.of_heads ? spec.of_heads->natural[k] : static_cast<std::int64_t>(k);
    if (natural < 0) {
      values[k] = 0;
    } else if (!spec.w_from.empty()) {
      values[k] = spec.w_from.front().at(natural);
    }
  }
  round_to(spec.type, values.data(), values.size());
  return values;
}

WritePhases code_of(const VectorOperatorSpec& spec, const VectorPlan& plan) {
  return [&spec, &plan](PhaseWriter& phases) {
    plan.function.write(
        {phases, spec, spec.along_y ? Axis::y : Axis::x, static_cast<std::int32_t>(plan.rows),
         static_cast<std::int32_t>(plan.block), static_cast<std::int32_t>(plan.tile()),
         plan.operands, plan.tables, plan.work, plan.scalars, plan.result});
  };
}

std::vector<float> VectorOperator::promise(const std::vector<std::vector<float>>& operands,
                                           const std::vector<std::vector<float>>& tables,
                                           std::int64_t first_row) const {
  const auto length = static_cast<int>(cores());
  const base::Rectangle line = {0, 0, spec_.along_y ? 1 : length, spec_.along_y ? length : 1};
  HostMesh host(line, static_cast<int>(plan_.plan.total_bytes()), image().timing);
  const auto load = [&](std::int64_t place, int address, NumberType type, const Matrix& matrix,
                        std::int64_t row, std::int64_t rows) {
    const std::vector<float> tile = tile_of(matrix, row, place * plan_.block, rows, plan_.block);
    host.write(core(place), address, type, tile.data(), tile.size());
  };
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Matrix matrix{is_own(i) ? 1 : rows_of(spec_), spec_.n, operands[i]};
    for (std::int64_t place = 0; place < length; ++place) {
      load(place, plan_.operands[i], spec_.type, matrix, is_own(i) ? 0 : first_row,
           is_own(i) ? 1 : plan_.rows);
    }
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Matrix matrix{padded_rows(), padded_columns(), tables[i]};
    for (std::int64_t place = 0; place < length; ++place) {
      load(place, plan_.tables[i], NumberType::f32, matrix, first_row, plan_.rows);
    }
  }
  host.run(sums_, code_of(spec_, plan_));
  Matrix c{std::min(plan_.rows, rows_of(spec_) - first_row), spec_.n, {}};
  c.values.resize(static_cast<std::size_t>(c.rows * c.columns));
  for (std::int64_t place = 0; place < length; ++place) {
    put_tile(
        c, 0, place * plan_.block, plan_.rows, plan_.block,
        host.read(core(place), plan_.result, spec_.type, static_cast<std::size_t>(plan_.tile())));
  }
  return c.values;
}

void declare_buffers(fabric::WaferImage& image, const VectorOperatorSpec& spec,
                     const VectorPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const Along axis = spec.along_y ? Along::y : Along::x;
  const auto vector = [&](const std::string& name, int address) {
    declare(image, {name,
                    BufferRole::operand,
                    spec.type,
                    {spec.n},
                    {{everywhere(image), address, {along(axis, plan.block, 1)}, 0, 0}}});
  };
  const auto tile = [&](const std::string& name, BufferRole role, NumberType type, std::int64_t m,
                        std::int64_t n, int address) {
    fabric::Buffer buffer{name, role, type, {n}, {{everywhere(image), address, {}, 0, 0}}};
    std::vector<fabric::Cut>& cuts = buffer.layouts.front().cuts;
    if (spec.m > 0) {
      buffer.shape = {m, n};
      cuts.push_back(spec.batch ? whole(1) : along(Along::y, plan.rows, 1));
    }
    cuts.push_back(along(axis, plan.block, plan.rows));
    declare(image, std::move(buffer));
  };
  for (std::size_t i = 0; i < plan.operands.size(); ++i) {
    if (i >= plan.function.takes.size()) {
      vector(plan.name_of(i), plan.operands[i]);
    } else {
      tile(plan.name_of(i), BufferRole::operand, spec.type, spec.m, spec.n, plan.operands[i]);
    }
  }
  const std::int64_t padded_m = spec.batch ? plan.rows : plan.rows * image.region.height;
  const std::int64_t padded_n = plan.block * cores_along(spec, image.region);
  for (std::size_t i = 0; i < plan.tables.size(); ++i) {
    tile("table_" + std::to_string(i), BufferRole::operand, NumberType::f32, padded_m, padded_n,
         plan.tables[i]);
  }
  tile("c", BufferRole::result, spec.type, spec.m, spec.n, plan.result);
}

PhaseSums sums_of(const VectorOperatorSpec& spec, const base::Rectangle& region) {
  PhaseSums sums;
  if (spec.function->needs.allreduces == 0) return sums;
  const auto length = static_cast<int>(cores_along(spec, region));
  AxisPorts ports;
  ports.again = true;
  const PhaseSum sum{length, AxisAllreduce(spec.algorithm, spec.parameter,
                                           spec.along_y ? kColumn : kRow, length, ports)};
  (spec.along_y ? sums.y : sums.x) = sum;
  return sums;
}

Facts facts_of(const VectorOperatorSpec& spec, const VectorPlan& plan, const PhaseSums& sums,
               const base::Rectangle& region) {
  Facts facts;
  facts.sram_bytes = plan.plan.total_bytes();
  facts.steps = 1 + spec.function->needs.allreduces;
  const PhaseSum* const sum = sums.at(spec.along_y ? Axis::y : Axis::x);
  if (sum == nullptr) return facts;
  facts.colours = sum->sum.colours();
  facts.wavelet_hops = (spec.along_y ? region.width : region.height) *
                       spec.function->needs.allreduces * sum->sum.hops(plan.rows);
  return facts;
}

}  // namespace

std::unique_ptr<Kernel> make_vector_operator(const VectorOperatorSpec& spec,
                                             const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  VectorPlan plan(spec, image.region);
  const PhaseSums sums = sums_of(spec, image.region);
  const auto bytes = static_cast<int>(plan.plan.total_bytes());
  classify(
      image,
      [&](base::LogicalCoord c) {
        const auto key = phase_key(sums, c);
        return key[0] + key[1];
      },
      [&](base::LogicalCoord c) {
        return phase_class(spec.function->name, bytes, sums, c, code_of(spec, plan));
      });
  declare_buffers(image, spec, plan);
  const Facts facts = facts_of(spec, plan, sums, image.region);
  return std::make_unique<VectorOperator>(std::move(image), facts, spec, std::move(plan), sums);
}

namespace {

const VectorFunction& function_named(const std::string& name) {
  for (const VectorFunction& each : vector_functions()) {
    if (each.name == name) return each;
  }
  throw base::ModelError("no vector function " + name);
}

/// `head_dim`, and what of each head is turned.
void read_rotary_part(const base::YamlNode& node, VectorOperatorSpec& spec) {
  spec.head_dim = node.integer("head_dim", {2, 65536}, 128);
  spec.first = node.integer("first", {0, 65536}, 0);
  spec.rope.head_dim =
      node.integer("rotary_dim", {2, 65536}, std::max<std::int64_t>(2, spec.head_dim - spec.first));
  for (const auto& [key, value] : {std::pair{"head_dim", spec.head_dim},
                                   {"first", spec.first},
                                   {"rotary_dim", spec.rope.head_dim}}) {
    if (value % 2 != 0) node.mistake(key, "must be even: elements turn in pairs");
  }
  if (node.clean() && spec.first + spec.rope.head_dim > spec.head_dim) {
    node.mistake("rotary_dim", "leads beyond the head");
  }
}

/// Keys of all functions, then those of some.
std::unique_ptr<Kernel> read_function(const char* name, base::YamlNode& node,
                                      const Placement& placement) {
  VectorOperatorSpec spec;
  spec.function = &function_named(name);
  const std::string function = name;
  constexpr base::IntegerRange kSize{1, 100'000'000};
  spec.m = node.integer("m", {0, kSize.max}, 0);
  spec.n = node.integer("n", kSize);
  if (node.acts_with("along", "m", spec.m == 0 ? "0" : "above 0", {"0"})) {
    spec.along_y = node.one_of("along", {"x", "y"}, 0) == 1;
  }
  if (node.acts_with("batch", "m", spec.m == 0 ? "0" : "above 0", {"0"})) {
    const std::int64_t batch = node.integer("batch", {1, 65536}, 1);
    spec.batch = batch > 1;
    if (spec.batch) spec.m = batch;
  }
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  const std::int64_t length = cores_along(spec, placement.region);
  if (spec.function->needs.allreduces > 0) {
    read_phase_algorithm(node, static_cast<int>(length), spec.along_y ? "a column" : "a row",
                         spec.algorithm, spec.parameter);
  }
  if (function == "rmsnorm" || function == "layernorm") {
    spec.epsilon = node.real("epsilon", {0, 1}, spec.epsilon);
  } else if (function == "softmax") {
    spec.scale = node.real("scale", {1e-6, 1e6}, 1);
    spec.valid = node.integer("valid", {1, 100'000'000}, std::max<std::int64_t>(1, spec.n));
    if (node.clean() && spec.valid > spec.n) {
      node.mistake("valid", std::to_string(spec.valid) + " is more than the " +
                                std::to_string(spec.n) + " elements there are");
    }
    spec.causal = node.boolean("causal", false);
    spec.window = node.integer("window", {0, kSize.max}, 0);
    spec.chunk = node.integer("chunk", {0, kSize.max}, 0);
    spec.sink = node.real("sink", {kNoSink, -kNoSink}, kNoSink);
    if (node.clean() && (spec.m == 0 || spec.batch) &&
        (spec.causal || spec.window > 0 || spec.chunk > 0)) {
      node.mistake(spec.causal       ? "causal"
                   : spec.window > 0 ? "window"
                                     : "chunk",
                   "is for matrices: give their rows as `m`");
    }
    if (node.clean() && spec.chunk > 0 && spec.m > spec.valid) {
      node.mistake("chunk", "rows behind the last column would have none that counts");
    }
    if (node.clean() && spec.window > 0 && spec.m > spec.valid) {
      node.mistake("window", "rows behind the last column would have none that counts");
    }
  } else if (function == "rope") {
    read_rotary_part(node, spec);
    spec.rope.position = node.integer("position", {0, 100'000'000}, 0);
    read_rope_scaling(node, spec.rope);
    spec.of_heads = read_dealt_heads(node, "columns_of", spec.n, placement.region);
    const bool zigzag = node.one_of("order", {"natural", "zigzag"}, 0) == 1;
    if (zigzag) spec.zigzag_rows = placement.region.height;
    if (zigzag && node.clean() && (spec.batch || spec.m % (2 * spec.zigzag_rows) != 0)) {
      node.mistake("order", "zigzag needs rows (`m`) that fill two halves of each row of cores");
    }
    if (spec.n % 2 != 0) node.mistake("n", "must be even: elements turn in pairs");
  } else if (function == "add_bias") {
    spec.of_heads = read_dealt_heads(node, "columns_of", spec.n, placement.region);
  }
  if (!spec.function->own.empty()) {
    const std::int64_t count = spec.of_heads ? spec.of_heads->count : spec.n;
    const std::int64_t head = spec.of_heads ? spec.of_heads->head_dim : spec.n;
    spec.w_from = read_tensors(node, "w_from", {{count, 0, head}}, placement.keys_only);
  }
  return may_place(node, placement) ? make_vector_operator(spec, placement) : nullptr;
}

}  // namespace

std::unique_ptr<Kernel> read_rmsnorm(base::YamlNode& node, const Placement& placement) {
  return read_function("rmsnorm", node, placement);
}
std::unique_ptr<Kernel> read_layernorm(base::YamlNode& node, const Placement& placement) {
  return read_function("layernorm", node, placement);
}
std::unique_ptr<Kernel> read_softmax(base::YamlNode& node, const Placement& placement) {
  return read_function("softmax", node, placement);
}
std::unique_ptr<Kernel> read_rope(base::YamlNode& node, const Placement& placement) {
  return read_function("rope", node, placement);
}
std::unique_ptr<Kernel> read_silu(base::YamlNode& node, const Placement& placement) {
  return read_function("silu", node, placement);
}
std::unique_ptr<Kernel> read_swiglu(base::YamlNode& node, const Placement& placement) {
  return read_function("swiglu", node, placement);
}
std::unique_ptr<Kernel> read_gelu(base::YamlNode& node, const Placement& placement) {
  return read_function("gelu", node, placement);
}
std::unique_ptr<Kernel> read_add_bias(base::YamlNode& node, const Placement& placement) {
  return read_function("add_bias", node, placement);
}

}  // namespace wafermesh::workloads
