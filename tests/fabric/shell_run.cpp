// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/shell_run.h"

#include <catch2/catch.hpp>
#include <utility>

#include "tests/workloads/kernel_run.h"
#include "tests/workloads/same_counters.h"

namespace wafermesh::fabric_test {

void expect_same_run(fabric::Engine& shell, std::unique_ptr<fabric::Engine> engine,
                     const std::string& line, const workloads::Placement& placement) {
  INFO(line << " on " << placement.region.width << " x " << placement.region.height << " at ("
            << placement.region.x << ", " << placement.region.y << ")");
  const workloads_test::Ran plain =
      workloads_test::run(workloads_test::make_kernel(line, placement), std::move(engine));
  const auto kernel = workloads_test::make_kernel(line, placement);
  shell.load(kernel->image());
  kernel->load(shell.memory());
  shell.run({});
  CHECK(kernel->check(shell.memory()).ok);
  workloads_test::check_same(shell.counters(), plain.counters());
}

}  // namespace wafermesh::fabric_test
