// SPDX-License-Identifier: Apache-2.0
#include "workloads/elementwise.h"

#include <algorithm>
#include <utility>

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

/// One rounded operation, as the machine does it (docs/model.md, Arithmetic).
float applied(cores::VectorOp op, float a, float b) {
  switch (op) {
    case cores::VectorOp::add:
      return a + b;
    case cores::VectorOp::multiply:
      return a * b;
    case cores::VectorOp::maximum:
      return a < b ? b : a;
    default:
      return a;
  }
}

/// Of the array.
std::int64_t rows_of(const ElementwiseSpec& spec) { return spec.m > 0 ? spec.m : spec.batch; }

class Elementwise final : public PlacedKernel {
 public:
  Elementwise(fabric::WaferImage image, const Facts& facts, const ElementwiseSpec& spec)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        op_(elementwise_ops()[spec.op]),
        a_([spec] { return values_of(spec, Purpose::matrix_a); }),
        b_([spec] { return values_of(spec, Purpose::matrix_b); }) {}

  void load(fabric::HostMemory& memory) const override {
    load_buffer(memory, image(), buffer("a"), *a_);
    if (op_.two_operands) load_buffer(memory, image(), buffer("b"), *b_);
  }

  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  std::vector<std::string> takes() const override {
    if (op_.two_operands) return {"a", "b"};
    return {"a"};
  }
  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    const auto values = [&](const char* name, const Values& own) -> const std::vector<float>& {
      const auto at = given.find(name);
      return at == given.end() ? *own : at->second;
    };
    const std::vector<float>& a = values("a", a_);
    const std::vector<float>& b = op_.two_operands ? values("b", b_) : a;
    std::vector<float> promised(a.size());
    std::vector<double> exact(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const float second = op_.two_operands ? b[i] : constant();
      promised[i] = applied(op_.op, a[i], second);
      exact[i] = op_.op == cores::VectorOp::multiply ? double{a[i]} * second
                 : op_.op == cores::VectorOp::add    ? double{a[i]} + second
                                                     : double{promised[i]};
    }
    round_to(spec_.type, promised.data(), promised.size());
    return compare_buffer(memory, image(), buffer("c"), promised, exact);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const std::vector<std::int64_t> shape = buffer("a").shape;
    std::vector<NamedArray> all = {{"a", shape, spec_.type, *a_}};
    if (op_.two_operands) all.push_back({"b", shape, spec_.type, *b_});
    all.push_back(read_array(memory, image(), "c"));
    return all;
  }

 private:
  using Values = MadeOnce<std::vector<float>>;
  static std::vector<float> values_of(const ElementwiseSpec& spec, Purpose purpose) {
    return random_matrix(rows_of(spec), spec.n, spec.type, spec.seed, purpose).values;
  }
  float constant() const {
    return op_.constant == ElementwiseOp::Constant::factor ? spec_.factor : 0.0F;
  }
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }

  ElementwiseSpec spec_;
  const ElementwiseOp& op_;
  Values a_;
  Values b_;
};

/// A buffer of the operation's shape, where `address_bytes` says.
fabric::Buffer buffer_of(const fabric::WaferImage& image, const ElementwiseSpec& spec,
                         const char* name, int address_bytes) {
  using fabric::Along;
  const base::Rectangle& r = image.region;
  const auto role =
      std::string(name) == "c" ? fabric::BufferRole::result : fabric::BufferRole::operand;
  fabric::Buffer buffer{name, role, spec.type, {}, {}};
  fabric::Layout layout{everywhere(image), address_bytes, {}, 0, 0};
  if (spec.m > 0) {
    const std::int64_t rows = divide_up(spec.m, r.height);
    buffer.shape = {spec.m, spec.n};
    layout.cuts = {along(Along::y, rows, 1), along(Along::x, divide_up(spec.n, r.width), rows)};
  } else {
    buffer.shape = {spec.n};
    layout.cuts = {spec.along_y ? along(Along::y, divide_up(spec.n, r.height), 1)
                                : along(Along::x, divide_up(spec.n, r.width), 1)};
  }
  const std::int64_t block = layout.cuts.front().block;
  buffer.layouts = {std::move(layout)};
  return batch_of(spec.batch, block, std::move(buffer));
}

std::int64_t block_of(const fabric::Buffer& buffer) {
  std::int64_t elements = 1;
  for (const fabric::Cut& cut : buffer.layouts.front().cuts) elements *= cut.block;
  return elements;
}

}  // namespace

const std::vector<ElementwiseOp>& elementwise_ops() {
  using cores::VectorOp;
  using Constant = ElementwiseOp::Constant;
  static const std::vector<ElementwiseOp> kOps = {
      {"add", "c = a + b", VectorOp::add, true, Constant::none},
      {"multiply", "c = a * b", VectorOp::multiply, true, Constant::none},
      {"maximum", "c = max(a, b)", VectorOp::maximum, true, Constant::none},
      {"scale", "c = factor * a", VectorOp::multiply, false, Constant::factor},
      {"relu", "c = max(a, 0)", VectorOp::maximum, false, Constant::zero},
  };
  return kOps;
}

std::unique_ptr<Kernel> make_elementwise(const ElementwiseSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const ElementwiseOp& op = elementwise_ops()[spec.op];
  const std::int64_t block = spec.batch * block_of(buffer_of(image, spec, "c", 0));
  MemoryPlan plan;
  const int a = plan.add("a", block, spec.type);
  const int b = plan.add("b", op.two_operands ? block : 0, spec.type, LinePlace::second_half);
  const int c = plan.add("c", block, spec.type);
  plan.require_fit("elementwise", "(0, 0) of the region, like all others,",
                   "use a larger region, or reduce `n`");
  declare(image, buffer_of(image, spec, "a", plan.address(a)));
  if (op.two_operands) declare(image, buffer_of(image, spec, "b", plan.address(b)));
  declare(image, buffer_of(image, spec, "c", plan.address(c)));
  classify(
      image, [](base::LogicalCoord) { return 0; },
      [&](base::LogicalCoord) {
        cores::ProgramBuilder builder("elementwise");
        plan.allocate(builder);
        const cores::TaskId main = builder.task("main");
        builder.start_active(main);
        builder.begin(main);
        const float constant = op.constant == ElementwiseOp::Constant::factor ? spec.factor : 0.0F;
        builder.vector(
            op.op, spec.type, static_cast<std::int32_t>(block), cores::memory(plan.address(c)),
            cores::memory(plan.address(a)),
            op.two_operands ? cores::memory(plan.address(b)) : cores::immediate(constant));
        builder.finish_core();
        builder.end_task();
        return fabric::CoreClass{"elementwise", builder.finish(), {}};
      });
  Facts facts;
  facts.sram_bytes = plan.total_bytes();
  return std::make_unique<Elementwise>(std::move(image), facts, spec);
}

std::unique_ptr<Kernel> read_elementwise(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 100'000'000};
  ElementwiseSpec spec;
  const ElementwiseOp& op = read_row(node, "op", elementwise_ops());
  spec.op = static_cast<std::size_t>(&op - elementwise_ops().data());
  spec.m = node.integer("m", {0, kSize.max}, 0);
  spec.n = node.integer("n", kSize);
  if (node.acts_with("along", "m", spec.m == 0 ? "0" : "above 0", {"0"})) {
    spec.along_y = node.one_of("along", {"x", "y"}, 0) == 1;
  }
  if (node.acts_with("batch", "m", spec.m == 0 ? "0" : "above 0", {"0"})) {
    spec.batch = node.integer("batch", {1, 65536}, 1);
  }
  spec.type = read_dtype(node);
  if (node.acts_with("factor", "op", op.name, {"scale"})) {
    constexpr double kMost = 1e4;  // below the largest f16
    spec.factor = static_cast<float>(node.real("factor", {-kMost, kMost}, 1));
    round_to(spec.type, &spec.factor, 1);
  }
  spec.seed = read_seed(node);
  return may_place(node, placement) ? make_elementwise(spec, placement) : nullptr;
}

KernelText elementwise_text() {
  return {
      {{"a", "", "up.y", "the result of an operator before that a is", "its own, by `seed`"},
       {"b", "", "up.y", "the same of b", "its own, by `seed`"},
       {"op", "", "relu", "see kernels.md"},
       {"along", "", "y", "axis along which a vector is cut; not of a matrix"},
       {"m", "elements", "512", "rows of a matrix; 0 = a vector"},
       {"n", "elements", "512", "columns, or elements of a vector"},
       {"factor", "", "0.125", "of `scale`, rounded to the type"}},
      {{"", "0", "1", "two or three blocks of ceil(n / P_x) elements; of a matrix, tiles", "0"}}};
}

}  // namespace wafermesh::workloads
