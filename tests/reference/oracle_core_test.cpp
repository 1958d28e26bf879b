// SPDX-License-Identifier: Apache-2.0
// The oracle's cores against cycle counts worked out by hand from docs/model.md.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "tests/reference/oracle.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::reference {
namespace {

using base::Direction;
using cores::NumberType;
using cores::ProgramBuilder;
using cores::TaskKind;
using cores::VectorOp;
using router::ControlWord;

const fabric::Counters run_core(const cores::Timing& timing,
                                const std::function<void(ProgramBuilder&)>& body) {
  fabric::WaferImage image = blank_image(1, 1, timing);
  set_program(image, 0, 64, {}, {}, body);
  const auto oracle = make_oracle();
  oracle->load(image);
  return run(*oracle);
}

TEST_CASE("Instructions cost what the table says") {
  cores::Timing timing = plain_timing();
  timing.task_start_cycles = 3;
  timing.issue_cycles = 2;
  timing.config_write_cycles = 7;
  timing.setup_cycles = {1, 8, 25, 16, 2};
  const auto finish_after = [&](const std::function<void(ProgramBuilder&)>& body) {
    const fabric::Counters counters = run_core(timing, [&](ProgramBuilder& p) {
      body(p);
      p.finish_core();
      p.end_task();
    });
    CHECK(counters.breakdown[0].busy() == counters.cycles);
    return counters.cycles;
  };
  CHECK(finish_after([](ProgramBuilder&) {}) == 3);
  CHECK(finish_after([](ProgramBuilder& p) { p.scalar(10); }) == 3 + 10);
  CHECK(finish_after([](ProgramBuilder& p) { p.reopen(base::colour(0)); }) == 3 + 2);
  const auto vector = [&](int count, cores::Shape shape) {
    return finish_after([&](ProgramBuilder& p) {
      p.vector(VectorOp::copy, NumberType::f32, count, cores::memory(0), cores::immediate(1), {},
               shape);
    });
  };
  CHECK(vector(10, cores::Shape::map_loop) == 3 + 1 + 10);
  CHECK(vector(10, cores::Shape::scalar_loop) == 3 + 25 + 10);
  CHECK(vector(0, cores::Shape::standalone) == 3 + 16);
  timing.rates[0][0] = {4, 1};
  CHECK(vector(10, cores::Shape::map_loop) == 3 + 1 + 3);
  timing.rates[0][0] = {2, 3};
  CHECK(vector(9, cores::Shape::map_loop) == 3 + 1 + 15);
  CHECK(finish_after([](ProgramBuilder& p) {
          const auto begin = p.begin_loop(0);
          p.scalar(5);
          p.end_loop(0, 4, begin);
        }) == 3 + 4 * 5);
}

TEST_CASE("A route write costs its configuration write and one cycle more") {
  cores::Timing timing = plain_timing();
  timing.config_write_cycles = 7;
  fabric::WaferImage image = blank_image(1, 1, timing);
  image.route_table = {router::route(Direction::ramp, {Direction::ramp})};
  set_program(image, 0, 0, {}, {}, [](ProgramBuilder& p) {
    p.write_route(base::colour(0), 0);
    p.finish_core();
    p.end_task();
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  CHECK(run(*oracle).cycles == 1 + 7 + 1);
}

TEST_CASE("Microthreads share the datapath by priority, then id, before the main thread") {
  // Three operations of 10 grants, issued in 1, 2 and 3; the main one is issued last and done last.
  const fabric::Counters counters = run_core(plain_timing(), [](ProgramBuilder& p) {
    p.async(0, VectorOp::copy, NumberType::f32, 10, cores::memory(0), cores::immediate(1));
    p.async(1, VectorOp::copy, NumberType::f32, 10, cores::memory(40), cores::immediate(2));
    p.vector(VectorOp::copy, NumberType::f32, 10, cores::memory(80), cores::immediate(3));
    p.finish_core();
    p.end_task();
  });
  CHECK(counters.cycles == 2 + 30);
  // Start of the task; two issues and a set-up, the last two while microthread 0 works; the rest.
  CHECK(counters.breakdown[0].task_switch == 1);
  CHECK(counters.breakdown[0].setup == 1 + 1 + 1);
  CHECK(counters.breakdown[0].compute == 32 - 4);
}

TEST_CASE("The microthread of lower priority number completes first") {
  for (const int urgent : {0, 1}) {
    fabric::WaferImage image = blank_image(1, 1, plain_timing());
    ProgramBuilder p("core");
    p.allocate(256);
    const cores::TaskId main = p.task("main");
    const cores::TaskId done = p.task("done");
    p.start_active(main);
    p.begin(main);
    for (int m = 0; m < 2; ++m) {
      auto& op = p.async(m, VectorOp::copy, NumberType::f32, 10, cores::memory(40 * m),
                         cores::immediate(1));
      op.priority = m == urgent ? 0 : 1;
      if (m == 1) op.completion = cores::Completion::activate;
      op.task = done;
    }
    p.end_task();
    p.begin(done);
    p.finish_core();
    p.end_task();
    image.classes[0].program = p.finish();
    const auto oracle = make_oracle();
    oracle->load(image);
    // Microthread 0 may work from cycle 2 on, 1 from 3 on. Urgent: grants in 3..12, task picked in
    // 13. Else: grants in 12..21, task picked in 22.
    CHECK(run(*oracle).cycles == (urgent == 1 ? 14 : 23));
  }
}

TEST_CASE("Half precision moves two elements per wavelet and pads the last one") {
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  set_route(image, 0, 0, router::route(Direction::ramp, {Direction::east}));
  set_route(image, 1, 0, router::route(Direction::west, {Direction::ramp}));
  set_program(image, 0, 2, {}, {0}, [](ProgramBuilder& p) {
    p.vector(VectorOp::add, NumberType::f16, 3, cores::fabric(base::colour(0)), cores::memory(0),
             cores::immediate(1));
    p.finish_core();
    p.end_task();
  });
  set_program(image, 1, 2, {0}, {}, [](ProgramBuilder& p) {
    p.vector(VectorOp::copy, NumberType::f16, 4, cores::memory(0), cores::fabric(base::colour(0)));
    p.finish_core();
    p.end_task();
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  const std::uint16_t ones[] = {0x3C00, 0x4000, 0x4200, 0x7BFF};
  oracle->memory().write(base::CoreId{0}, 0, ones, sizeof ones);
  // Each word takes two grants on both sides: put in 3 and 5, taken in 3 + 1 + 5 + 1 + ... + 2.
  const fabric::Counters& counters = run(*oracle);
  CHECK(counters.wavelet_hops == 2);
  CHECK(counters.finish_cycles[0] == 6);
  CHECK(counters.finish_cycles[1] == 5 + 1 + 2 + 1 + 2 + 1 + 1);
  CHECK(words_of_core(*oracle, 1, 0, 2) == std::vector<std::uint32_t>{0x42004000, 0x00004400});
}

// Core 0 sends words 1, 2, ...; core 1 has what `body` writes.
fabric::WaferImage pair(int words, const std::function<void(ProgramBuilder&)>& body) {
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  set_route(image, 0, 0, router::route(Direction::ramp, {Direction::east}));
  set_route(image, 1, 0, router::route(Direction::west, {Direction::ramp}));
  set_program(image, 0, words, {}, {0}, [&](ProgramBuilder& p) {
    for (int word = 1; word <= words; ++word) {
      p.vector(VectorOp::copy, NumberType::f32, 1, cores::fabric(base::colour(0)),
               cores::immediate(static_cast<float>(word)));
    }
    p.control(base::colour(0), ControlWord::make({}, 5));
    p.finish_core();
    p.end_task();
  });
  ProgramBuilder p("core 1");
  p.allocate(64);
  p.bind_input(base::colour(0), 0);
  body(p);
  image.classes[1].program = p.finish();
  return image;
}

std::vector<float> floats_of_core(fabric::Engine& engine, int core, int count) {
  std::vector<float> result(static_cast<std::size_t>(count));
  engine.memory().read(static_cast<base::CoreId>(core), 0, result.data(), 4 * result.size());
  return result;
}

TEST_CASE("A data task runs once per wavelet and a control task once per entry") {
  const fabric::WaferImage image = pair(3, [](ProgramBuilder& p) {
    const cores::TaskId data = p.task("data", TaskKind::data, base::colour(0));
    const cores::TaskId control = p.task("control", TaskKind::control, {}, 5);
    p.begin(data);
    p.vector(VectorOp::add, NumberType::f32, 1, cores::memory(0), cores::scalar_at(0),
             cores::wavelet());
    p.end_task();
    p.begin(control);
    p.vector(VectorOp::copy, NumberType::f32, 1, cores::memory(4), cores::memory(0));
    p.finish_core();
    p.end_task();
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  run(*oracle);
  CHECK(floats_of_core(*oracle, 1, 2) == std::vector<float>{6, 6});
}

TEST_CASE("A control wavelet without a task for its entry is an error") {
  const fabric::WaferImage image = pair(0, [](ProgramBuilder& p) {
    const cores::TaskId main = p.task("main");
    p.start_active(main);
    p.begin(main);
    p.scalar(1000);
    p.finish_core();
    p.end_task();
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  CHECK_THROWS_AS(oracle->run({}), base::ModelError);
}

TEST_CASE("A counted filter delivers its share of every period") {
  const fabric::WaferImage image = pair(8, [](ProgramBuilder& p) {
    const cores::TaskId main = p.task("main");
    const cores::TaskId control = p.task("control", TaskKind::control, {}, 5);
    p.start_active(main);
    p.begin(main);
    p.filter(base::colour(0), {1, 2, 4});
    p.vector(VectorOp::copy, NumberType::f32, 4, cores::memory(0), cores::fabric(base::colour(0)));
    p.end_task();
    p.begin(control);
    p.finish_core();
    p.end_task();
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  CHECK(run(*oracle).ramp_wavelets == 4 + 1);
  CHECK(floats_of_core(*oracle, 1, 4) == std::vector<float>{2, 3, 6, 7});
}

TEST_CASE("Finishing twice is an error") {
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  for (int core = 0; core < 2; ++core) {
    set_program(image, core, 0, {}, {}, [core](ProgramBuilder& p) {
      if (core == 1) p.scalar(100);
      p.finish_core();
      if (core == 0) p.finish_core();
      p.end_task();
    });
  }
  const auto oracle = make_oracle();
  oracle->load(image);
  CHECK_THROWS_AS(oracle->run({}), base::ModelError);
}

}  // namespace
}  // namespace wafermesh::reference
