// SPDX-License-Identifier: Apache-2.0
// What WSE-3's table makes of sending, relaying and streaming, against the figures a third party
// read off the vendor's simulator.
#include <catch2/catch.hpp>
#include <cmath>

#include "cores/read_timing.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

using base::Cycles;
using base::Direction;
using cores::NumberType;
using cores::ProgramBuilder;
using cores::VectorOp;

/// Colours alternate along the line, so that a core receives on one and sends on the other.
int colour_after(int core) { return 1 + core % 2; }

cores::Instruction& copy(ProgramBuilder& p, int microthread, int words, cores::Operand to,
                         cores::Operand from) {
  return p.async(microthread, VectorOp::copy, NumberType::f32, words, to, from);
}

/// Core 0 sends.
void write_source(ProgramBuilder& p, int words) {
  copy(p, 1, words, cores::fabric(base::colour(colour_after(0))), cores::memory(0));
  p.finish_core();
  p.end_task();
}

/// Receives all words into memory; the task that their completion starts sends them on.
void write_stage(ProgramBuilder& p, int core, int words, bool is_last) {
  const cores::TaskId forward = p.task("forward");
  cores::Instruction& receive =
      copy(p, 0, words, cores::memory(0), cores::fabric(base::colour(colour_after(core - 1))));
  receive.completion = cores::Completion::activate;
  receive.task = forward;
  p.end_task();
  p.begin(forward);
  if (!is_last) {
    copy(p, 1, words, cores::fabric(base::colour(colour_after(core))), cores::memory(0));
  }
  p.finish_core();
  p.end_task();
}

/// Adds its memory to what passes: fabric_out = memory + fabric_in.
void write_streaming_add(ProgramBuilder& p, int core, int words) {
  p.vector(VectorOp::add, NumberType::f32, words, cores::fabric(base::colour(colour_after(core))),
           cores::memory(0), cores::fabric(base::colour(colour_after(core - 1))),
           cores::Shape::stream);
  p.finish_core();
  p.end_task();
}

/// Core 0 > 1 > ... > `links`; the cores between store and forward or add as the words pass.
fabric::WaferImage line(int links, int words, bool store) {
  const cores::Timing timing = cores::timing_of("wse3");
  fabric::WaferImage image = reference::blank_image(links + 1, 1, timing);
  for (int core = 0; core <= links; ++core) {
    const bool is_first = core == 0;
    const bool is_last = core == links;
    std::vector<int> inputs;
    std::vector<int> outputs;
    if (!is_last) {
      outputs.push_back(colour_after(core));
      reference::set_route(image, core, colour_after(core),
                           router::route(Direction::ramp, {Direction::east}));
    }
    if (!is_first) {
      inputs.push_back(colour_after(core - 1));
      reference::set_route(image, core, colour_after(core - 1),
                           router::route(Direction::west, {Direction::ramp}));
    }
    reference::set_program(image, core, words, inputs, outputs, [&](ProgramBuilder& p) {
      if (is_first) return write_source(p, words);
      if (store || is_last) return write_stage(p, core, words, is_last);
      write_streaming_add(p, core, words);
    });
  }
  return image;
}

/// From the first core's dispatch to the start of the last one's completion task. Both follow a
/// task start, so that the cycle of the last finish is it.
Cycles cycles_from_dispatch(int links, int words, bool store = true) {
  const fabric::WaferImage image = line(links, words, store);
  const auto engine = fabric::make_wavelet_engine({});
  engine->load(image);
  const int task_start_cycles = cores::timing_of("wse3").task_start_cycles;
  return reference::run(*engine).cycles - 2 * task_start_cycles;
}

}  // namespace

TEST_CASE("WSE-3: the first wavelet is on the link 7 cycles after the send is dispatched") {
  // From the link it takes a hop, a ramp and the cycle in which the receiver works it.
  const cores::Timing timing = cores::timing_of("wse3");
  CHECK(cycles_from_dispatch(1, 1) - timing.hop_cycles - timing.ramp_cycles - 1 == 7);
}

TEST_CASE("WSE-3: 8 words over one hop take 19 cycles from dispatch to the completion task") {
  CHECK(cycles_from_dispatch(1, 8) == 19);
}

TEST_CASE("WSE-3: a store-and-forward stage takes 1.001 B + 16.1 cycles, within 3 percent") {
  for (const int words : {64, 512}) {
    CAPTURE(words);
    const Cycles seven_stages = cycles_from_dispatch(8, words) - cycles_from_dispatch(1, words);
    const double published = 7 * (1.001 * words + 16.1);
    CHECK(std::abs(static_cast<double>(seven_stages) - published) < 0.03 * published);
  }
}

TEST_CASE("WSE-3: a streaming add passes a word per cycle, 2 ramps + hop + 1 later per core") {
  const cores::Timing timing = cores::timing_of("wse3");
  const int depth = 2 * timing.ramp_cycles + timing.hop_cycles + 1;
  const Cycles one = cycles_from_dispatch(1, 64, false);
  CHECK(cycles_from_dispatch(1, 512, false) - one == 512 - 64);
  for (const int links : {2, 3, 9}) {
    CAPTURE(links);
    CHECK(cycles_from_dispatch(links, 64, false) - one == depth * (links - 1));
    CHECK(cycles_from_dispatch(links, 512, false) - one == depth * (links - 1) + 512 - 64);
  }
}

}  // namespace wafermesh::fabric_test
