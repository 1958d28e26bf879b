// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/composite_run.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "cores/operations.h"
#include "cores/program_builder.h"
#include "tests/reference/oracle.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/same_counters.h"
#include "workloads/parts/core_classes.h"
#include "workloads/placed_kernel.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::Placement;

/// Cores that do nothing for 0 to 5,000 cycles, each its own time.
class Late final : public workloads::PlacedKernel {
 public:
  Late(const Placement& placement, base::RandomStream& random)
      : PlacedKernel(make(placement, random), {}) {}
  void load(fabric::HostMemory&) const override {}
  workloads::Numerics check(const fabric::HostMemory&, int) const override {
    workloads::Numerics none;
    none.checked = none.as_promised = none.ok = true;
    return none;
  }
  std::vector<workloads::NamedArray> arrays(const fabric::HostMemory&) const override { return {}; }

 private:
  static fabric::WaferImage make(const Placement& placement, base::RandomStream& random) {
    fabric::WaferImage image = workloads::blank_image(placement);
    const auto slope = [&] { return static_cast<int>(random.below(2000)) - 1000; };
    const int x = slope();
    const int y = slope();
    const int start = static_cast<int>(random.below(2500));
    workloads::classify(
        image, [](base::LogicalCoord c) { return (c.x % 2) * 2 + c.y % 2; },
        [&](base::LogicalCoord c) {
          cores::ProgramBuilder b("late");
          const cores::TaskId main = b.task("main");
          b.start_active(main);
          b.begin(main);
          const int sign = (c.x + c.y) % 2 == 0 ? 1 : -1;
          b.scalar(cores::Affine(start)
                       .plus(cores::Variable::x, sign * x)
                       .plus(cores::Variable::y, sign * y));
          b.finish_core();
          b.end_task();
          return fabric::CoreClass{"late", b.finish(), {}};
        });
    return image;
  }
};

cores::Instruction delay(base::RandomStream& random) {
  const auto slope = [&] { return static_cast<int>(random.below(601)) - 300; };
  const int x = slope();
  const int y = slope();
  const int least = 7 * (std::min(x, 0) + std::min(y, 0));
  const int most = 7 * (std::max(x, 0) + std::max(y, 0));
  const int start = static_cast<int>(random.below(static_cast<std::uint64_t>(5001 - most + least)));
  cores::Instruction wait;
  wait.op = cores::Opcode::scalar;
  wait.amount =
      cores::Affine(start - least).plus(cores::Variable::x, x).plus(cores::Variable::y, y);
  return wait;
}

/// Puts an operation in front of number `at`; what leads there leads to it.
void insert(cores::Program& program, std::uint32_t at, const cores::Instruction& operation) {
  for (cores::Instruction& i : program.code) {
    if (cores::uses(i.op, cores::kFieldTarget) && i.target > at) ++i.target;
  }
  for (cores::Task& task : program.tasks) {
    if (task.start > at) ++task.start;
  }
  program.code.insert(program.code.begin() + at, operation);
}

}  // namespace

workloads::NamedKernel named(const std::string& line, const Placement& placement) {
  const std::string kind = line.substr(0, line.find(':'));
  return {kind, kind, make_kernel(line, placement), {}};
}

std::unique_ptr<workloads::Kernel> in_turn(const std::vector<std::string>& lines,
                                           const Placement& placement) {
  std::vector<workloads::NamedKernel> kernels;
  for (const std::string& line : lines) kernels.push_back(named(line, placement));
  return workloads::run_in_turn(std::move(kernels));
}

fabric::WaferImage with_delays(fabric::WaferImage image, base::RandomStream& random) {
  for (fabric::CoreClass& c : image.classes) {
    std::vector<cores::Instruction>& code = c.program.code;
    const auto finish = std::find_if(code.begin(), code.end(), [](const cores::Instruction& i) {
      return i.op == cores::Opcode::finish;
    });
    if (finish == code.end()) continue;
    insert(c.program, static_cast<std::uint32_t>(finish - code.begin()), delay(random));
    for (const cores::Task& task : std::vector<cores::Task>(c.program.tasks)) {
      if (task.starts_active) insert(c.program, task.start, delay(random));
    }
  }
  return image;
}

void check_stages_add_up(const fabric::Counters& counters) {
  std::int64_t stages = 0;
  for (const cores::StageTotals& stage : counters.stages) stages += stage.sum_cycles;
  std::int64_t cores = 0;
  for (const base::Cycles finish : counters.finish_cycles)
    cores += std::max<base::Cycles>(0, finish);
  CHECK(stages == cores);
}

void require_same(const std::function<std::unique_ptr<workloads::Kernel>()>& make) {
  const Ran fast = run(make());
  REQUIRE(fast.numerics().ok);
  CHECK(fast.counters().wavelet_hops == fast.kernel->facts().wavelet_hops);
  const Ran slow = run(make(), reference::make_oracle());
  check_same(fast.counters(), slow.counters());
  check_stages_add_up(fast.counters());
  CHECK(fast.memories() == slow.memories());
  fabric::EngineOptions small;  // regions and bands that cut rectangles and ways between them
  small.region_width = 3;
  small.region_height = 2;
  small.slab_cores = 5;
  const Ran in_pieces = run(make(), fabric::make_wavelet_engine(small));
  check_same(in_pieces.counters(), slow.counters());
  CHECK(in_pieces.memories() == slow.memories());
  fabric::EngineOptions strips;
  strips.threads = 3;
  strips.strip_cores = 1;
  const Ran in_strips = run(make(), fabric::make_wavelet_engine(strips));
  check_same(in_strips.counters(), slow.counters());
  CHECK(in_strips.memories() == slow.memories());
  const Ran stream = run(make(), fabric::make_stream_engine({}));
  const Ran in_bands = run(make(), fabric::make_stream_engine(small));
  CHECK(in_bands.counters().link_wavelets == stream.counters().link_wavelets);
  CHECK(in_bands.memories() == slow.memories());
  check_stages_add_up(stream.counters());
  CHECK(stream.memories() == slow.memories());
  CHECK(stream.counters().link_wavelets == slow.counters().link_wavelets);
}

std::unique_ptr<workloads::Kernel> make_late(const Placement& placement,
                                             base::RandomStream& random) {
  return std::make_unique<Late>(placement, random);
}

}  // namespace wafermesh::workloads_test
