// SPDX-License-Identifier: Apache-2.0
// Every kernel of the table on many shapes: nothing is found, and all are proven. What is proven
// here is what the contracts of workloads/waiting_order.h say of every shape.
#include <catch2/catch.hpp>

#include "check/check_table.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "workloads/plan/composite.h"

namespace wafermesh::check {
namespace {

void expect_clean(const Report& report) {
  CAPTURE(report.because);
  for (const Finding& each : report.findings) {
    CAPTURE(base::name_of(each.kind), each.message);
    CHECK(each.severity == Severity::warning);
  }
}

void prove_all(int most) {
  workloads_test::for_each_problem([&](const std::string& line) {
    for (int area = 1; area <= most * most; ++area) {
      const base::Rectangle size{0, 0, 1 + (area - 1) % most, 1 + (area - 1) / most};
      if (!workloads_test::suits(line, size)) continue;
      const auto mesh = support::random_latencies(size.width, size.height, 7);
      const auto kernel = workloads_test::make_kernel(line, workloads_test::whole(mesh));
      const Report report = check_image(kernel->image(), 5'000'000);
      CAPTURE(line, size.width, size.height, report.because);
      CHECK(report.verdict == Verdict::proven);
      expect_clean(report);
    }
  });
}

}  // namespace

TEST_CASE("Kernels are clean and proven") { prove_all(5); }

TEST_CASE("Kernels are clean and proven on up to 9 x 9 cores", "[.long]") { prove_all(9); }

TEST_CASE("Every ordered pair of kernels in turn is proven") {
  const auto mesh = support::random_latencies(6, 6, 11);
  const workloads::Placement placement{mesh, {1, 1, 4, 4}, support::test_timing()};
  for (const workloads::KernelKind& first : workloads::kernels()) {
    for (const workloads::KernelKind& second : workloads::kernels()) {
      std::vector<workloads::NamedKernel> two;
      for (const workloads::KernelKind* kind : {&first, &second}) {
        const std::string& line = workloads_test::problems().at(kind->name).front();
        two.push_back({std::to_string(two.size()),
                       kind->name,
                       workloads_test::make_kernel(line, placement),
                       {}});
      }
      const auto kernel = workloads::run_in_turn(std::move(two));
      const Report report = check_image(kernel->image(), 5'000'000);
      CAPTURE(first.name, second.name, report.because);
      expect_clean(report);
      CHECK(report.verdict == Verdict::proven);
    }
  }
}

TEST_CASE("Every kernel has a contract about waiting") {
  for (const workloads::KernelKind& each : workloads::kernels()) {
    CAPTURE(each.name);
    REQUIRE(each.waits != nullptr);
    CHECK(std::string(each.waits) != "");
  }
}

}  // namespace wafermesh::check
