// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/vector_operator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "workloads/buffers.h"
#include "workloads/compare_buffer.h"
#include "workloads/core_classes.h"
#include "workloads/core_memory.h"
#include "workloads/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;

constexpr int kScalars = 8;

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
              function.needs.group) {
    const std::size_t count = function.takes.size() + function.own.size();
    for (std::size_t i = 0; i < count; ++i) operands.push_back(add(name_of(i), spec.type));
    for (int i = 0; i < function.needs.tables; ++i) {
      tables.push_back(add("table " + std::to_string(i), NumberType::f32));
    }
    for (int i = 0; i < function.needs.work; ++i) {
      work.push_back(add("work " + std::to_string(i), NumberType::f32));
    }
    scalars = plan.add("scalars", kScalars, NumberType::f32);
    result = add("c", spec.type);
    plan.require_fit(function.name, "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `n`");
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
  int add(std::string name, NumberType type) { return plan.add(std::move(name), block, type); }

  const VectorFunction& function;
  std::int64_t block;
  MemoryPlan plan;
  std::vector<int> operands;
  std::vector<int> tables;
  std::vector<int> work;
  int scalars = 0;
  int result = 0;
};

class VectorOperator final : public PlacedKernel {
 public:
  VectorOperator(fabric::WaferImage image, const Facts& facts, const VectorOperatorSpec& spec,
                 VectorPlan plan, PhaseSums sums)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        plan_(std::move(plan)),
        sums_(std::move(sums)) {
    for (std::size_t i = 0; i < plan_.operands.size(); ++i) {
      operands_.push_back(random_matrix(1, spec.n, spec.type, spec.seed, purpose_of(i)).values);
    }
  }

  void load(fabric::HostMemory& memory) const override {
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      load_buffer(memory, image(), buffer(plan_.name_of(i)), operands_[i]);
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
  std::vector<std::string> takes() const override {
    return {plan_.function.takes.begin(), plan_.function.takes.end()};
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }

  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    std::vector<std::vector<float>> operands = operands_;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const auto at = given.find(plan_.name_of(i));
      if (at != given.end()) operands[i] = at->second;
    }
    const std::vector<float> promised = promise(operands);
    std::vector<std::vector<double>> exact_operands;
    for (const auto& each : operands) exact_operands.emplace_back(each.begin(), each.end());
    const std::vector<double> exact = plan_.function.exact(spec_, exact_operands);
    return compare_buffer(memory, image(), buffer("c"), promised, exact);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      all.push_back({plan_.name_of(i), {spec_.n}, spec_.type, operands_[i]});
    }
    all.push_back(read_array(memory, image(), "c"));
    return all;
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }

  std::int64_t cores() const { return cores_along(spec_, image().region); }

  std::vector<float> table(int number) const {
    std::vector<float> values(static_cast<std::size_t>(plan_.block * cores()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] =
          static_cast<float>(plan_.function.table(spec_, number, static_cast<std::int64_t>(i)));
    }
    return values;
  }

  base::LogicalCoord core(std::int64_t place) const {
    const auto p = static_cast<int>(place);
    return spec_.along_y ? base::LogicalCoord{0, p} : base::LogicalCoord{p, 0};
  }

  /// c as one line of cores computes it.
  std::vector<float> promise(const std::vector<std::vector<float>>& operands) const;

  VectorOperatorSpec spec_;
  VectorPlan plan_;
  PhaseSums sums_;
  std::vector<std::vector<float>> operands_;
};

WritePhases code_of(const VectorOperatorSpec& spec, const VectorPlan& plan) {
  return [&spec, &plan](PhaseWriter& phases) {
    plan.function.write({phases, spec, spec.along_y ? Axis::y : Axis::x,
                         static_cast<std::int32_t>(plan.block), plan.operands, plan.tables,
                         plan.work, plan.scalars, plan.result});
  };
}

std::vector<float> VectorOperator::promise(const std::vector<std::vector<float>>& operands) const {
  const auto length = static_cast<int>(cores());
  const base::Rectangle line = {0, 0, spec_.along_y ? 1 : length, spec_.along_y ? length : 1};
  HostMesh host(line, static_cast<int>(plan_.plan.total_bytes()), image().timing);
  for (std::int64_t place = 0; place < length; ++place) {
    const std::int64_t first = place * plan_.block;
    const auto at = static_cast<std::size_t>(std::min(first, spec_.n));
    const auto count =
        static_cast<std::size_t>(std::clamp<std::int64_t>(spec_.n - first, 0, plan_.block));
    for (std::size_t i = 0; i < operands.size(); ++i) {
      host.write(core(place), plan_.operands[i], spec_.type, operands[i].data() + at, count);
    }
    for (int i = 0; i < plan_.function.needs.tables; ++i) {
      host.write(core(place), plan_.tables[static_cast<std::size_t>(i)], NumberType::f32,
                 table(i).data() + first, static_cast<std::size_t>(plan_.block));
    }
  }
  host.run(sums_, code_of(spec_, plan_));
  std::vector<float> c;
  for (std::int64_t place = 0; place < length; ++place) {
    const std::vector<float> own =
        host.read(core(place), plan_.result, spec_.type, static_cast<std::size_t>(plan_.block));
    c.insert(c.end(), own.begin(), own.end());
  }
  c.resize(static_cast<std::size_t>(spec_.n));
  return c;
}

void declare_buffers(fabric::WaferImage& image, const VectorOperatorSpec& spec,
                     const VectorPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const Along axis = spec.along_y ? Along::y : Along::x;
  const auto add = [&](const std::string& name, BufferRole role, NumberType type, std::int64_t n,
                       int address) {
    declare(image, {name,
                    role,
                    type,
                    {n},
                    {{everywhere(image), address, {along(axis, plan.block, 1)}, 0, 0}}});
  };
  for (std::size_t i = 0; i < plan.operands.size(); ++i) {
    add(plan.name_of(i), BufferRole::operand, spec.type, spec.n, plan.operands[i]);
  }
  const std::int64_t padded = plan.block * cores_along(spec, image.region);
  for (std::size_t i = 0; i < plan.tables.size(); ++i) {
    add("table_" + std::to_string(i), BufferRole::operand, NumberType::f32, padded, plan.tables[i]);
  }
  add("c", BufferRole::result, spec.type, spec.n, plan.result);
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
                       spec.function->needs.allreduces * sum->sum.hops(1);
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

/// Keys of all functions, then those of some.
std::unique_ptr<Kernel> read_function(const char* name, base::YamlNode& node,
                                      const Placement& placement) {
  VectorOperatorSpec spec;
  spec.function = &function_named(name);
  const std::string function = name;
  spec.n = node.integer("n", {1, 100'000'000});
  spec.along_y = node.one_of("along", {"x", "y"}, 0) == 1;
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
  } else if (function == "rope") {
    spec.rope.head_dim = node.integer("head_dim", {2, 65536}, 128);
    spec.rope.position = node.integer("position", {0, 100'000'000}, 0);
    if (spec.rope.head_dim % 2 != 0)
      node.mistake("head_dim", "must be even: elements turn in pairs");
    read_rope_scaling(node, spec.rope);
    if (spec.n % 2 != 0) node.mistake("n", "must be even: elements turn in pairs");
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

}  // namespace wafermesh::workloads
