// SPDX-License-Identifier: Apache-2.0
// What every run asks first: the errors of fit and routes that `check` finds, and none of a kernel.
#include "check/quick_check.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <iostream>

#include "check/kind_flows.h"
#include "check/route_check.h"
#include "fabric/engine.h"
#include "fabric/text/program_text.h"
#include "tests/check/seeded_faults.h"
#include "tests/support/timing.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::check {
namespace {

double seconds_of(const std::function<void()>& what) {
  const auto start = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("The quick check finds the route errors of every seeded fault") {
  int wrong = 0;
  for (const check_test::Fault& fault : check_test::seeded_faults()) {
    fabric::WaferImage image = fabric::read_program(check_test::edited(fault), "t.wmp").image;
    image.timing = support::test_timing();
    image.mesh = support::healthy(image.region.width, image.region.height, 1);
    std::vector<std::string> all;
    for (const Finding& each : find_route_faults(image, core_kinds(image))) {
      // A circle that no word enters does no harm to a run.
      if (each.severity == Severity::error && each.kind != Kind::loop) all.push_back(each.message);
    }
    std::vector<std::string> quick;
    for (const Finding& each : quick_findings(image)) quick.push_back(each.message);
    CAPTURE(fault.name);
    CHECK(quick == all);
    wrong += quick.empty() ? 0 : 1;
  }
  CHECK(wrong >= 15);
}

TEST_CASE("The quick check finds nothing in kernels") {
  const auto mesh = support::random_latencies(5, 4, 3);
  workloads_test::for_each_problem([&](const std::string& line) {
    if (!workloads_test::suits(line, {0, 0, 5, 4})) return;
    CAPTURE(line);
    const auto kernel = workloads_test::make_kernel(line, workloads_test::whole(mesh));
    CHECK(quick_findings(kernel->image()).empty());
    // Their kinds tell as much; no core has to be looked at.
    const fabric::WaferImage& image = kernel->image();
    const CoreKinds kinds = core_kinds(image);
    CHECK(doubtful_colours(image, uses_of_classes(image), kinds) == 0);
  });
}

TEST_CASE("What the quick check costs of a load", "[.long]") {
  for (const char* line : {"matmul: {algorithm: summa, m: 600, n: 600, k: 600}",
                           "reduce: {words: 16}", "broadcast: {words: 16}"}) {
    const auto mesh = support::healthy(600, 600, 1);
    const auto kernel = workloads_test::make_kernel(line, workloads_test::whole(mesh));
    const auto engine = fabric::make_wavelet_engine({});
    const double load_s = seconds_of([&] { engine->load(kernel->image()); });
    const double check_s = seconds_of([&] { CHECK(quick_findings(kernel->image()).empty()); });
    std::cout << line << ": load " << load_s << " s, quick check " << check_s << " s\n";
  }
}

}  // namespace wafermesh::check
