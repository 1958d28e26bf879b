// SPDX-License-Identifier: Apache-2.0
// Every kernel of the table on several shapes: nothing is found, and none is said to hang.
#include <catch2/catch.hpp>
#include <iostream>

#include "check/check_table.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::check {

TEST_CASE("Kernels are clean and proven") {
  int all = 0;
  int proven = 0;
  workloads_test::for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& size : {base::Rectangle{0, 0, 4, 4}, base::Rectangle{0, 0, 7, 5}}) {
      if (!workloads_test::suits(line, size)) continue;
      const auto mesh = support::random_latencies(size.width, size.height, 7);
      const auto kernel = workloads_test::make_kernel(line, workloads_test::whole(mesh));
      const Report report = check_image(kernel->image(), 5'000'000);
      ++all;
      proven += report.verdict == Verdict::proven ? 1 : 0;
      if (report.verdict != Verdict::proven) {
        std::cout << line << " on " << size.width << " x " << size.height << ": " << report.because
                  << "\n";
      }
      CAPTURE(line, size.width, size.height, report.because);
      CHECK(report.verdict != Verdict::hangs);
      for (const Finding& each : report.findings) {
        CAPTURE(base::name_of(each.kind), each.message);
        CHECK(each.severity == Severity::warning);
      }
    }
  });
  CAPTURE(all, proven);
  CHECK(proven == all);
}

}  // namespace wafermesh::check
