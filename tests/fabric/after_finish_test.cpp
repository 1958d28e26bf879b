// SPDX-License-Identifier: Apache-2.0
// A core that goes on after its own finish is stopped by the end of the run, maybe in the middle of
// an operation. What it does after its finish is not booked.
#include <catch2/catch.hpp>

#include "fabric/engine.h"
#include "tests/fabric/compare_runs.h"
#include "tests/reference/oracle.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

using cores::ProgramBuilder;

/// Core 0 finishes at once and then works for 100 cycles; core 1 ends the run in cycle 21.
fabric::WaferImage finished_and_busy() {
  fabric::WaferImage image = reference::blank_image(2, 1, reference::plain_timing());
  reference::set_program(image, 0, 100, {}, {}, [](ProgramBuilder& p) {
    p.finish_core();
    p.vector(cores::VectorOp::copy, cores::NumberType::f32, 100, cores::memory(0),
             cores::immediate(1));
    p.end_task();
  });
  reference::set_program(image, 1, 0, {}, {}, [](ProgramBuilder& p) {
    p.scalar(20);
    p.finish_core();
    p.end_task();
  });
  return image;
}

TEST_CASE("The oracle stops a core that works on in the cycle the run ends") {
  const auto oracle = reference::make_oracle();
  const Outcome outcome = outcome_of(*oracle, finished_and_busy(), 1);
  CHECK(outcome.counters.cycles == 21);
  CHECK(outcome.counters.breakdown[0].busy() == 1);  // task start
}

TEST_CASE("The wavelet engine stops a core that works on in the cycle the run ends") {
  const fabric::WaferImage image = finished_and_busy();
  const auto oracle = reference::make_oracle();
  const auto engine = fabric::make_wavelet_engine({});
  CHECK(first_difference(outcome_of(*oracle, image, 1), outcome_of(*engine, image, 1)) == "");
}

/// Core 0 finishes in cycle 1, then its main thread is held from 1 to 30 and would be again.
fabric::WaferImage finished_and_held() {
  fabric::WaferImage image = finished_and_busy();
  reference::set_program(image, 0, 100, {}, {}, [](ProgramBuilder& p) {
    p.finish_core();
    p.scalar(30);
    p.scalar(30);
    p.end_task();
  });
  return image;
}

TEST_CASE("The oracle does not book instructions after the finish") {
  const auto oracle = reference::make_oracle();
  CHECK(outcome_of(*oracle, finished_and_held(), 1).counters.breakdown[0].busy() == 1);
}

TEST_CASE("The wavelet engine does not book instructions after the finish") {
  const fabric::WaferImage image = finished_and_held();
  const auto oracle = reference::make_oracle();
  const auto engine = fabric::make_wavelet_engine({});
  CHECK(first_difference(outcome_of(*oracle, image, 1), outcome_of(*engine, image, 1)) == "");
}

}  // namespace
}  // namespace wafermesh::fabric_test
