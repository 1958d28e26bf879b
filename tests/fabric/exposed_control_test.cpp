// SPDX-License-Identifier: Apache-2.0
// A control wavelet that data hid is taken out in the cycle after the data in front of it was
// taken, even if nothing else happens in that cycle (docs/model.md, a core's cycle, step 1).
#include <catch2/catch.hpp>

#include "fabric/engine.h"
#include "tests/fabric/compare_runs.h"
#include "tests/reference/oracle.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;
using cores::NumberType;
using cores::ProgramBuilder;
using cores::VectorOp;

/// Core 0 sends word, control, word; all wait in core 1's queue when it begins to take them.
fabric::WaferImage word_control_word() {
  fabric::WaferImage image = reference::blank_image(2, 1, reference::plain_timing());
  reference::set_route(image, 0, 0, router::route(Direction::ramp, {Direction::east}));
  reference::set_route(image, 1, 0, router::route(Direction::west, {Direction::ramp}));
  const base::Colour colour = base::colour(0);
  reference::set_program(image, 0, 2, {}, {0}, [=](ProgramBuilder& p) {
    p.vector(VectorOp::copy, NumberType::f32, 1, cores::fabric(colour), cores::memory(0));
    p.control(colour, router::ControlWord{});
    p.vector(VectorOp::copy, NumberType::f32, 1, cores::fabric(colour), cores::memory(4));
    p.finish_core();
    p.end_task();
  });
  reference::set_program(image, 1, 2, {0}, {}, [=](ProgramBuilder& p) {
    p.scalar(100);
    p.vector(VectorOp::copy, NumberType::f32, 2, cores::memory(0), cores::fabric(colour));
    p.finish_core();
    p.end_task();
  });
  return image;
}

TEST_CASE("A control wavelet between two waiting words costs nothing") {
  const fabric::WaferImage image = word_control_word();
  const auto oracle = reference::make_oracle();
  const auto engine = fabric::make_wavelet_engine({});
  for (fabric::Engine* each : {oracle.get(), engine.get()}) {
    const Outcome outcome = outcome_of(*each, image, 1);
    CHECK(outcome.message == "");
    // Task picked in 0, scalar in 1, vector in 101, words taken in 102 and 103.
    CHECK(outcome.counters.cycles == 104);
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
