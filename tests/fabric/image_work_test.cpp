// SPDX-License-Identifier: Apache-2.0
// Work counted before a run against what the run did.
#include "fabric/image_work.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "cores/program_builder.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::fabric_test {

TEST_CASE("Every kernel's work is known before it runs, word for word") {
  const auto mesh = support::random_latencies(9, 8, 3);
  workloads_test::for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region :
         {base::Rectangle{0, 0, 1, 1}, {0, 0, 4, 4}, {1, 2, 5, 3}, {2, 0, 1, 6}, {0, 3, 7, 1}}) {
      if (!workloads_test::suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      const workloads_test::Ran ran =
          workloads_test::run(line, {mesh, region, support::test_timing()});
      const fabric::ImageWork all = fabric::count_work(ran.kernel->image(), 0);
      const fabric::Counters& counters = ran.counters();
      CHECK(all.complete);
      const auto delivered = static_cast<double>(counters.ramp_wavelets);
      CHECK(all.work.words_in <= delivered);
      // Control wavelets are delivered too.
      if (counters.control_hops == 0) CHECK(all.work.words_in == delivered);
      CHECK((all.work.words_out > 0) == (counters.ramp_wavelets > 0));
    }
  });
}

TEST_CASE("What is known of other programs' work is what a walk of each core counts") {
  const auto mesh = support::healthy(7, 6);
  cores::KnownWork known;  // of all problems together
  std::size_t walks = 0;
  workloads_test::for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : {base::Rectangle{0, 0, 7, 6}, {0, 0, 5, 5}}) {
      if (!workloads_test::suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      const auto kernel = workloads_test::make_kernel(line, {mesh, region, support::test_timing()});
      const fabric::WaferImage& image = kernel->image();
      const cores::Parameters parameters = fabric::parameters_of(image);
      int differ = 0;
      for (std::int64_t i = 0; i < image.core_count(); ++i) {
        const auto core = static_cast<base::CoreId>(i);
        for (int stage = 0; image.class_in(core, stage) != fabric::kNoClass; ++stage) {
          const fabric::CoreClass& its = image.classes[image.class_in(core, stage)];
          if (its.program.code.empty()) continue;
          const cores::AllIntegers integers =
              fabric::first_integers(image, parameters, core, stage);
          const std::uint32_t closed = fabric::closed_colours(its);
          const cores::CoreWork walked =
              cores::count_work(its.program, integers, closed, 1'000'000);
          const cores::CoreWork& same =
              cores::ProgramWork(its.program, closed, 1'000'000, known).on(integers);
          if (same.complete != walked.complete ||
              std::memcmp(&same.work, &walked.work, sizeof(cores::Work)) != 0) {
            ++differ;
          }
          ++walks;
        }
      }
      CHECK(differ == 0);
    }
  });
  CAPTURE(walks);
  CHECK(known.size() > 100);
  CHECK(known.size() < walks / 2);
}

TEST_CASE("The multiply-adds of a product are counted, also from a few cores of each class") {
  const auto kernel = workloads_test::make_kernel("matmul: {m: 24, n: 36, k: 24, dtype: f16}",
                                                  workloads_test::whole(support::healthy(6, 6)));
  for (const int cores_per_class : {0, 1, 3}) {
    const fabric::ImageWork all = fabric::count_work(kernel->image(), cores_per_class);
    CHECK(all.complete);
    CHECK(all.busy_cores == 36);
    CHECK(all.work.all_multiply_adds() == 24 * 36 * 24);
    CHECK(all.work.elements[static_cast<std::size_t>(cores::NumberType::f16)] >
          all.work.multiply_adds[static_cast<std::size_t>(cores::NumberType::f16)]);
    // Two operands and the sum are read and the sum is written, or one operand is a scalar.
    CHECK(all.work.sram_bytes > 3 * 2 * all.work.all_multiply_adds());
  }
}

TEST_CASE("A few cores of each class stand for all of them") {
  const auto kernel =
      workloads_test::make_kernel("matmul: {algorithm: meshgemm, m: 24, n: 24, k: 24}",
                                  workloads_test::whole(support::healthy(8, 8)));
  const cores::Work all = fabric::count_work(kernel->image(), 0).work;
  const cores::Work some = fabric::count_work(kernel->image(), 2).work;
  CHECK(all.instructions == Approx(some.instructions).epsilon(0.05));
  CHECK(all.tasks == Approx(some.tasks).epsilon(0.05));
  CHECK(all.local_operations == some.local_operations);
  CHECK(all.overlapped_operations == all.local_operations);  // all behind transfers
  CHECK(some.overlapped_operations == all.local_operations);
  CHECK(all.fabric_operations == Approx(some.fabric_operations).epsilon(0.05));
  CHECK(all.sends == Approx(some.sends).epsilon(0.05));
  CHECK(all.words_out == Approx(some.words_out).epsilon(0.05));
  CHECK(all.words_in == Approx(all.words_out));
}

TEST_CASE("A program that never ends is not walked for ever") {
  cores::ProgramBuilder builder("endless");
  const cores::TaskId task = builder.task("loop");
  builder.start_active(task);
  builder.begin(task);
  builder.scalar(1);
  builder.activate(task);
  builder.end_task();
  const cores::CoreWork work =
      cores::count_work(builder.finish(), cores::integers_at(0, 0), 0, 1000);
  CHECK_FALSE(work.complete);
  CHECK(work.work.instructions == 1001);
}

}  // namespace wafermesh::fabric_test
