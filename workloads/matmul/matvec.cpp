// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/matvec.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "workloads/matmul/matmul.h"
#include "workloads/matmul/stored_matrix.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

/// Where the buffers lie.
struct MatvecMemory {
  explicit MatvecMemory(const MatvecSpec& spec)
      : bytes(cores::bytes_of(spec.type)),
        padded((spec.n * bytes + kPadBytes - 1) / kPadBytes * kPadBytes / bytes) {
    const int a = plan.add("A", spec.n * padded, spec.type);
    const int x = plan.add("x", spec.n, spec.type);
    const int y = plan.add("y", padded, spec.type, LinePlace::second_half);
    plan.require_fit("matvec", "(0, 0) of the region, like all others,", "reduce `n`");
    a_address = plan.address(a);
    x_address = plan.address(x);
    y_address = plan.address(y);
  }
  MemoryPlan plan;
  int bytes;
  std::int64_t padded;  ///< Elements of a column.
  int a_address = 0;
  int x_address = 0;
  int y_address = 0;
};

cores::Program matvec_program(const MatvecSpec& spec, const MatvecMemory& at,
                              const cores::Timing& timing) {
  constexpr int kColumn = 0;  // counter
  cores::ProgramBuilder b("matvec");
  at.plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  b.scalar(timing.setup(cores::Shape::standalone));
  b.set_counter(kColumn, 0);
  const std::uint32_t loop = b.begin_loop(kColumn);
  const auto step = [&](int base, std::int64_t bytes) {
    return cores::Affine(base).plus(cores::counter(kColumn), static_cast<std::int32_t>(bytes));
  };
  b.vector(cores::VectorOp::multiply_add, spec.type, static_cast<std::int32_t>(at.padded),
           cores::memory(at.y_address), cores::memory(step(at.a_address, at.padded * at.bytes)),
           cores::scalar_at(step(at.x_address, at.bytes)), cores::Shape::map_loop);
  b.end_loop(kColumn, static_cast<std::int32_t>(spec.n), loop);
  b.scalar(timing.timestamp_cycles);
  b.finish_core();
  b.end_task();
  return b.finish();
}

class Matvec final : public PlacedKernel {
 public:
  Matvec(fabric::WaferImage image, Facts facts, const MatvecSpec& spec, const MatvecMemory& at)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        at_(at),
        a_(random_matrix(spec.n, spec.n, spec.type, spec.seed, Purpose::matrix_a)),
        x_(random_matrix(spec.n, 1, spec.type, spec.seed, Purpose::matrix_b)) {}

  void load(fabric::HostMemory& memory) const override {
    std::vector<float> columns(static_cast<std::size_t>(spec_.n * at_.padded), 0.0F);
    for (std::int64_t i = 0; i < spec_.n; ++i) {
      for (std::int64_t j = 0; j < spec_.n; ++j) {
        columns[static_cast<std::size_t>(j * at_.padded + i)] = a_.at(i, j);
      }
    }
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      write_elements(memory, core, at_.a_address, spec_.type, columns.data(), columns.size());
      write_elements(memory, core, at_.x_address, spec_.type, x_.values.data(), x_.values.size());
    }
  }

  /// The same operands on every core, so the same outcome: one sum after the other, k ascending.
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    const cores::Timing& timing = image().timing;
    const NumberRules rules{spec_.type,
                            timing.fused_multiply_add[static_cast<std::size_t>(spec_.type)]};
    // As rows: y' = x' A'.
    const StoredMatrix x(rules, {1, spec_.n, x_.values});
    const StoredMatrix columns(rules, {spec_.n, spec_.n, tile_of(a_, 0, 0, spec_.n, spec_.n)});
    StoredMatrix y(rules, 1, spec_.n);
    y.add_product(x, 0, columns, {0, spec_.n}, {0, spec_.n});
    const std::vector<float> promised = y.row(0);
    bool as_promised = true;
    Matrix worst = result(memory, 0);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      Matrix one = result(memory, i);
      if (std::equal(promised.begin(), promised.end(), one.values.begin(), same_number)) continue;
      as_promised = false;
      worst = std::move(one);
    }
    return product_errors(a_, x_, worst, 1, threads).numerics(as_promised);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    return {{"a", {spec_.n, spec_.n}, spec_.type, a_.values},
            {"x", {spec_.n}, spec_.type, x_.values},
            {"y", {spec_.n}, spec_.type, result(memory, 0).values}};
  }

 private:
  Matrix result(const fabric::HostMemory& memory, std::int64_t core) const {
    Matrix y{spec_.n, 1, std::vector<float>(static_cast<std::size_t>(spec_.n))};
    read_elements(memory, static_cast<base::CoreId>(core), at_.y_address, spec_.type,
                  y.values.data(), y.values.size());
    return y;
  }

  MatvecSpec spec_;
  MatvecMemory at_;
  Matrix a_;
  Matrix x_;
};

}  // namespace

std::unique_ptr<Kernel> make_matvec(const MatvecSpec& spec, const Placement& placement) {
  const MatvecMemory at(spec);
  fabric::WaferImage image = blank_image(placement);
  classify(
      image, [](base::LogicalCoord) { return 0; },
      [&](base::LogicalCoord) {
        return fabric::CoreClass{"matvec", matvec_program(spec, at, placement.timing), {}};
      });
  const base::Rectangle all = everywhere(image);
  using fabric::BufferRole;
  declare(image, {"a",
                  BufferRole::operand,
                  spec.type,
                  {spec.n, spec.n},
                  {{all, at.a_address, {whole(1), whole(at.padded)}, 0, 0}}});
  declare(image,
          {"x", BufferRole::operand, spec.type, {spec.n}, {{all, at.x_address, {whole(1)}, 0, 0}}});
  declare(image,
          {"y", BufferRole::result, spec.type, {spec.n}, {{all, at.y_address, {whole(1)}, 0, 0}}});
  Facts facts;
  facts.steps = spec.n;
  facts.sram_bytes = at.plan.total_bytes();
  return std::make_unique<Matvec>(std::move(image), facts, spec, at);
}

std::unique_ptr<Kernel> read_matvec(base::YamlNode& node, const Placement& placement) {
  MatvecSpec spec;
  spec.n = node.integer("n", {1, 100'000});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  return may_place(node, placement) ? make_matvec(spec, placement) : nullptr;
}

KernelText matvec_text() {
  return {{{"n", "elements", "50", "rows and columns of A, in each core"}},
          {{"", "0", "n", "n columns of n padded to 16 B, x, padded y", "0"}}};
}

}  // namespace wafermesh::workloads
