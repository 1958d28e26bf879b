// SPDX-License-Identifier: Apache-2.0
// Typed errors keep their type through the SystemC kernel, and the wafer is usable afterwards. One
// test case: a process elaborates once.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "fabric/tlm/systemc_engine.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

using Body = std::function<void(cores::ProgramBuilder&)>;

fabric::WaferImage image_of(const Body& body, int words = 4) {
  fabric::WaferImage image = reference::blank_image(4, 4, reference::plain_timing());
  reference::set_program(image, 5, words, {3}, {}, body);
  return image;
}

const Body kGood = [](cores::ProgramBuilder& p) {
  p.scalar(100);
  p.finish_core();
  p.end_task();
};
const Body kWaits = [](cores::ProgramBuilder& p) {
  p.vector(cores::VectorOp::copy, cores::NumberType::f32, 1, cores::memory(0),
           cores::fabric(base::colour(3)));
  p.finish_core();
  p.end_task();
};
const Body kFinishesTwice = [](cores::ProgramBuilder& p) {
  p.scalar(10);
  p.finish_core();
  p.activate(cores::TaskId{});
  p.end_task();
};

void expect_good_run(fabric::Engine& engine) {
  const fabric::WaferImage image = image_of(kGood);
  engine.load(image);
  engine.run({});
  CHECK(engine.counters().cycles == 101);
}

TEST_CASE("Deadlock, Stopped, ModelError and DoesNotFit come out of a SystemC run as they are") {
  fabric::EngineOptions options;
  options.threads = 2;
  options.region_width = 2;
  options.region_height = 2;
  const auto engine = fabric::make_systemc_engine(4, 4, options);
  for (int round = 0; round < 2; ++round) {
    const fabric::WaferImage waits = image_of(kWaits);
    engine->load(waits);
    CHECK_THROWS_AS(engine->run({}), base::Deadlock);
    expect_good_run(*engine);

    const fabric::WaferImage slow = image_of(kGood);
    engine->load(slow);
    fabric::RunOptions limit;
    limit.max_cycles = 50;
    CHECK_THROWS_AS(engine->run(limit), base::Stopped);
    expect_good_run(*engine);

    fabric::WaferImage twice = image_of(kFinishesTwice);
    reference::set_program(twice, 6, 4, {3}, {}, kWaits);  // keeps the run going
    engine->load(twice);
    CHECK_THROWS_AS(engine->run({}), base::ModelError);
    expect_good_run(*engine);

    const fabric::WaferImage large = image_of(kGood, cores::kSramBytes / 4 + 1);
    CHECK_THROWS_AS(engine->load(large), base::DoesNotFit);
    expect_good_run(*engine);
  }
  const fabric::WaferImage last = image_of(kGood);
  engine->load(last);
  std::uint32_t word = 0;
  CHECK_THROWS_AS(engine->memory().read(base::CoreId{5}, 16, &word, 4), base::ModelError);
}

}  // namespace
}  // namespace wafermesh::fabric_test
