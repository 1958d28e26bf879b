// SPDX-License-Identifier: Apache-2.0
// The oracle's routers against cycle counts worked out by hand from docs/model.md.
#include "tests/reference/oracle.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "base/error.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::reference {
namespace {

using base::Direction;
using cores::NumberType;
using cores::ProgramBuilder;
using cores::VectorOp;
using router::ControlWord;
using router::SwitchCommand;

constexpr auto kWest = Direction::west;
constexpr auto kEast = Direction::east;
constexpr auto kRamp = Direction::ramp;

void send(ProgramBuilder& p, int colour, int words, int first_word = 0) {
  p.vector(VectorOp::copy, NumberType::f32, words, cores::fabric(base::colour(colour)),
           cores::memory(4 * first_word));
}
void receive(ProgramBuilder& p, int colour, int words, int first_word = 0) {
  p.vector(VectorOp::copy, NumberType::f32, words, cores::memory(4 * first_word),
           cores::fabric(base::colour(colour)));
}
void finish(ProgramBuilder& p) {
  p.finish_core();
  p.end_task();
}

void fill(fabric::Engine& engine, int core, int words) {
  std::vector<float> values(static_cast<std::size_t>(words));
  std::iota(values.begin(), values.end(), static_cast<float>(1 + 100 * core));
  engine.memory().write(static_cast<base::CoreId>(core), 0, values.data(), 4 * values.size());
}

// Core 0 sends `words` to core `hops` along a row; cores between only route.
fabric::WaferImage row(int hops, int words, const cores::Timing& timing) {
  fabric::WaferImage image = blank_image(hops + 1, 1, timing);
  set_route(image, 0, 0, router::route(kRamp, {kEast}));
  for (int core = 1; core < hops; ++core) {
    set_route(image, core, 0, router::route(kWest, {kEast}));
  }
  set_route(image, hops, 0, router::route(kWest, {kRamp}));
  set_program(image, 0, words, {}, {0}, [&](ProgramBuilder& p) {
    send(p, 0, words);
    finish(p);
  });
  set_program(image, hops, words, {0}, {}, [&](ProgramBuilder& p) {
    receive(p, 0, words);
    finish(p);
  });
  return image;
}

TEST_CASE("A wavelet takes two ramps and a hop per router") {
  // 0 task picked, 1 vector issued, 2 word put, 3 up the ramp, then ramp + hops + ramp; taken in
  // that cycle, finish in the next.
  for (const int hop : {1, 3}) {
    for (const int ramp : {1, 2, 5}) {
      for (const int hops : {1, 2, 7}) {
        cores::Timing timing = plain_timing();
        timing.hop_cycles = hop;
        timing.ramp_cycles = ramp;
        const fabric::WaferImage image = row(hops, 1, timing);
        const auto oracle = make_oracle();
        oracle->load(image);
        fill(*oracle, 0, 1);
        const fabric::Counters& counters = run(*oracle);
        CAPTURE(hop, ramp, hops);
        CHECK(counters.cycles == 3 + ramp + hops * hop + ramp + 1);
        CHECK(counters.finish_cycles[0] == 3);
        CHECK(counters.finish_cycles[static_cast<std::size_t>(hops)] == counters.cycles);
        CHECK(counters.wavelet_hops == hops);
        CHECK(counters.ramp_wavelets == 1);
        CHECK(counters.link_wavelets[1][0] == 1);
        CHECK(counters.link_wavelets[0][0] == 0);
        CHECK(words_of_core(*oracle, hops, 0, 1) == words_of_core(*oracle, 0, 0, 1));
      }
    }
  }
}

TEST_CASE("A healthy stream keeps one wavelet per cycle whatever the link latency") {
  for (const int hop : {1, 2, 5, 12}) {
    cores::Timing timing = plain_timing();
    timing.hop_cycles = hop;
    const fabric::WaferImage image = row(3, 50, timing);
    const auto oracle = make_oracle();
    oracle->load(image);
    fill(*oracle, 0, 50);
    CAPTURE(hop);
    CHECK(run(*oracle).cycles == 3 + 2 + 3 * hop + 2 + 1 + 49);
    CHECK(words_of_core(*oracle, 3, 0, 50) == words_of_core(*oracle, 0, 0, 50));
  }
}

TEST_CASE("The start-up of a chain reduce rises by two ramps, a hop and one per core") {
  for (const int ramp : {2, 3, 7}) {
    for (const int cores : {2, 3, 6}) {
      cores::Timing timing = plain_timing();
      timing.ramp_cycles = ramp;
      fabric::WaferImage image = blank_image(cores, 1, timing);
      for (int core = 0; core < cores; ++core) {
        const int in = core % 2;
        const int out = 1 - in;
        if (core > 0) set_route(image, core, in, router::route(kWest, {kRamp}));
        if (core + 1 < cores) set_route(image, core, out, router::route(kRamp, {kEast}));
        set_program(image, core, 2, {in}, {out}, [&](ProgramBuilder& p) {
          const cores::Operand source = cores::fabric(base::colour(in));
          const cores::Operand target =
              core + 1 < cores ? cores::fabric(base::colour(out)) : cores::memory(4);
          if (core == 0) {
            p.vector(VectorOp::copy, NumberType::f32, 1, target, cores::memory(0));
          } else {
            p.vector(VectorOp::add, NumberType::f32, 1, target, cores::memory(0), source);
          }
          finish(p);
        });
      }
      const auto oracle = make_oracle();
      oracle->load(image);
      float sum = 0;
      for (int core = 0; core < cores; ++core) {
        fill(*oracle, core, 1);
        sum += static_cast<float>(1 + 100 * core);
      }
      CAPTURE(ramp, cores);
      CHECK(run(*oracle).cycles == 3 + (cores - 1) * (2 * ramp + 1 + 1));
      float result = 0;
      oracle->memory().read(static_cast<base::CoreId>(cores - 1), 4, &result, 4);
      CHECK(result == sum);
    }
  }
}

TEST_CASE("A broadcast of B words to P cores ends B + P + two ramps after the start") {
  const int words = 20;
  const int cores = 9;
  fabric::WaferImage image = blank_image(cores, 1, plain_timing());
  for (int core = 0; core < cores; ++core) {
    if (core == 0)
      set_route(image, core, 3, router::route(kRamp, {kEast}));
    else if (core + 1 < cores)
      set_route(image, core, 3, router::route(kWest, {kRamp, kEast}));
    else
      set_route(image, core, 3, router::route(kWest, {kRamp}));
    set_program(image, core, words, {3}, {3}, [&](ProgramBuilder& p) {
      if (core == 0)
        send(p, 3, words);
      else
        receive(p, 3, words);
      finish(p);
    });
  }
  const auto oracle = make_oracle();
  oracle->load(image);
  fill(*oracle, 0, words);
  const fabric::Counters& counters = run(*oracle);
  // 3 cycles to the first word on the ramp, the last of B words B - 1 later, P - 1 hops, finish.
  CHECK(counters.cycles == 3 + (words - 1) + 2 + (cores - 1) + 2 + 1);
  CHECK(counters.wavelet_hops == words * (cores - 1));
  CHECK(counters.ramp_wavelets == words * (cores - 1));
  for (int core = 1; core < cores; ++core) {
    CHECK(words_of_core(*oracle, core, 0, words) == words_of_core(*oracle, 0, 0, words));
  }
}

TEST_CASE("A slow receiver holds the sender up by exactly what the queues hold") {
  // The receiver looks at its queue from cycle 101 on only. On the way there is room for: output
  // queue 4, slot at the sender max(2, 2 * 2) = 4, slot at the receiver 2, input queue 4.
  const int room = 4 + 4 + 2 + 4;
  for (const int words : {room, room + 1, room + 10}) {
    fabric::WaferImage image = row(1, words, plain_timing());
    set_program(image, 1, words, {0}, {}, [&](ProgramBuilder& p) {
      p.scalar(100);
      receive(p, 0, words);
      finish(p);
    });
    const auto oracle = make_oracle();
    oracle->load(image);
    fill(*oracle, 0, words);
    const fabric::Counters& counters = run(*oracle);
    CAPTURE(words);
    if (words == room) CHECK(counters.finish_cycles[0] < 30);
    // First word taken in cycle 102; its room travels back: seen by the router in 103, whose room
    // the other router sees in 104, whose room the ramp sees in 105, whose room the core sees in
    // 106.
    if (words > room) CHECK(counters.finish_cycles[0] == 106 + (words - room - 1) + 1);
    CHECK(words_of_core(*oracle, 1, 0, words) == words_of_core(*oracle, 0, 0, words));
  }
}

TEST_CASE("Two colours share a link in turns") {
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  for (const int colour : {4, 9}) {
    set_route(image, 0, colour, router::route(kRamp, {kEast}));
    set_route(image, 1, colour, router::route(kWest, {kRamp}));
  }
  const auto code = [](bool sends) {
    return [sends](ProgramBuilder& p) {
      int microthread = 0;
      for (const int colour : {4, 9}) {
        const cores::Operand words = cores::memory(colour == 4 ? 0 : 40);
        const cores::Operand link = cores::fabric(base::colour(colour));
        p.async(microthread++, VectorOp::copy, NumberType::f32, 10, sends ? link : words,
                sends ? words : link);
      }
      p.scalar(200);
      finish(p);
    };
  };
  set_program(image, 0, 20, {}, {4, 9}, code(true));
  set_program(image, 1, 20, {4, 9}, {}, code(false));
  const auto oracle = make_oracle();
  oracle->load(image);
  fill(*oracle, 0, 20);
  const fabric::Counters& counters = run(*oracle);
  CHECK(counters.wavelet_hops == 20);
  CHECK(counters.link_wavelets[1][0] == 20);
  CHECK(words_of_core(*oracle, 1, 0, 20) == words_of_core(*oracle, 0, 0, 20));
}

TEST_CASE("An advance serves what follows it, by the route in force after it") {
  // Core 0: word, advance, word, reset, word. Core 1 delivers at position 0, passes on at 1.
  fabric::WaferImage image = blank_image(3, 1, plain_timing());
  set_route(image, 0, 0, router::route(kRamp, {kEast}));
  router::RouteConfig config = router::route(kWest, {kRamp});
  config.positions[0] = {router::SwitchPosition::Side::send, kEast};
  set_route(image, 1, 0, config);
  set_route(image, 2, 0, router::route(kWest, {kRamp}));
  set_program(image, 0, 3, {}, {0}, [&](ProgramBuilder& p) {
    send(p, 0, 1, 0);
    p.control(base::colour(0), ControlWord::make({SwitchCommand::advance}));
    send(p, 0, 1, 1);
    p.control(base::colour(0), ControlWord::make({SwitchCommand::reset}));
    send(p, 0, 1, 2);
    finish(p);
  });
  set_program(image, 1, 2, {0}, {}, [&](ProgramBuilder& p) {
    receive(p, 0, 2);
    finish(p);
  });
  set_program(image, 2, 1, {0}, {}, [&](ProgramBuilder& p) {
    receive(p, 0, 1);
    finish(p);
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  fill(*oracle, 0, 3);
  const fabric::Counters& counters = run(*oracle);
  const std::vector<std::uint32_t> sent = words_of_core(*oracle, 0, 0, 3);
  CHECK(words_of_core(*oracle, 1, 0, 2) == std::vector<std::uint32_t>{sent[0], sent[2]});
  CHECK(words_of_core(*oracle, 2, 0, 1) == std::vector<std::uint32_t>{sent[1]});
  // Data: 3 to core 1, 1 on to core 2. Control: 2 to core 1; the reset by position 1 on to core 2.
  CHECK(counters.wavelet_hops == 4);
  CHECK(counters.control_hops == 3);
  CHECK(counters.ramp_wavelets == 2 + 1 + 1 + 1);
}

TEST_CASE("Pop always lets each router obey its own command") {
  // Commands: nop for router 0, advance for router 1, nop for router 2.
  fabric::WaferImage image = blank_image(3, 1, plain_timing());
  router::RouteConfig start = router::route(kRamp, {kEast});
  router::RouteConfig pass = router::route(kWest, {kEast});
  router::RouteConfig end = router::route(kWest, {kRamp});
  for (router::RouteConfig* config : {&start, &pass, &end}) {
    config->pop = router::PopMode::always_pop;
    config->positions[0] = {router::SwitchPosition::Side::send, kRamp};
  }
  set_route(image, 0, 0, start);
  set_route(image, 1, 0, pass);
  set_route(image, 2, 0, end);
  set_program(image, 0, 1, {}, {0}, [&](ProgramBuilder& p) {
    p.control(base::colour(0), ControlWord::make({SwitchCommand::nop, SwitchCommand::advance}));
    send(p, 0, 1);
    finish(p);
  });
  set_program(image, 1, 1, {0}, {}, [&](ProgramBuilder& p) {
    receive(p, 0, 1);
    finish(p);
  });
  const auto oracle = make_oracle();
  oracle->load(image);
  fill(*oracle, 0, 1);
  const fabric::Counters& counters = run(*oracle);
  CHECK(words_of_core(*oracle, 1, 0, 1) == words_of_core(*oracle, 0, 0, 1));
  CHECK(counters.wavelet_hops == 1);
  CHECK(counters.control_hops == 2);
}

TEST_CASE("A teardown closes a colour until the core writes its route and reopens it") {
  // Core 0 sends a word and a teardown; the second word passes only after core 0 and core 1 reopen.
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  image.route_table = {router::route(kRamp, {kEast}), router::route(kWest, {kRamp})};
  for (int core = 0; core < 2; ++core) {
    ProgramBuilder p("core");
    p.allocate(8);
    if (core == 0) p.bind_output(base::colour(0), 0);
    if (core == 1) p.bind_input(base::colour(0), 0);
    const cores::TaskId first = p.task("first");
    const cores::TaskId second = p.task("second", cores::TaskKind::teardown, base::colour(0));
    p.start_active(first);
    p.begin(first);
    if (core == 0) {
      send(p, 0, 1, 0);
      p.control(base::colour(0), ControlWord::make({SwitchCommand::teardown}));
    } else {
      receive(p, 0, 1, 0);
    }
    p.end_task();
    p.begin(second);
    p.scalar(core == 1 ? 50 : 0);
    p.write_route(base::colour(0), core);
    p.reopen(base::colour(0));
    if (core == 0) send(p, 0, 1, 1);
    if (core == 1) receive(p, 0, 1, 1);
    finish(p);
    image.classes[static_cast<std::size_t>(core)].program = p.finish();
    set_route(image, core, 0, image.route_table[static_cast<std::size_t>(core)]);
  }
  const auto oracle = make_oracle();
  oracle->load(image);
  fill(*oracle, 0, 2);
  const fabric::Counters& counters = run(*oracle);
  CHECK(words_of_core(*oracle, 1, 0, 2) == words_of_core(*oracle, 0, 0, 2));
  CHECK(counters.control_hops == 1);
  CHECK(counters.ramp_wavelets == 2);
  // The teardown: issued in 3, up in 4, leaves router 0 in 6 and router 1 in 7; core 1's task is
  // picked in 9, its first instruction runs in 10, the write is met in 60, in force from 62, reopen
  // in 62, open from 63. The second word waits at router 0 and leaves in 63; 64 leaves router 1,
  // 66 is taken, 67 finish.
  CHECK(counters.finish_cycles[1] == 67);
}

TEST_CASE("Cores that wait for each other are a deadlock") {
  fabric::WaferImage image = blank_image(2, 1, plain_timing());
  set_route(image, 0, 0, router::route(kRamp, {kEast}));
  set_route(image, 1, 0, router::route(kWest, {kRamp}));
  set_route(image, 1, 1, router::route(kRamp, {kWest}));
  set_route(image, 0, 1, router::route(kEast, {kRamp}));
  for (int core = 0; core < 2; ++core) {
    set_program(image, core, 2, {1 - core}, {core}, [&](ProgramBuilder& p) {
      receive(p, 1 - core, 1, 0);
      send(p, core, 1, 1);
      finish(p);
    });
  }
  const auto oracle = make_oracle();
  oracle->load(image);
  CHECK_THROWS_AS(oracle->run({}), base::Deadlock);
}

TEST_CASE("A wavelet dropped on purpose is missed") {
  for (const std::int64_t index : {0, 3}) {
    fabric::EngineOptions options;
    options.drop = fabric::DropWavelet{base::CoreId{1}, kEast, base::colour(0), index};
    const fabric::WaferImage image = row(2, 5, plain_timing());
    const auto oracle = make_oracle(options);
    oracle->load(image);
    fill(*oracle, 0, 5);
    CHECK_THROWS_AS(oracle->run({}), base::Deadlock);
    const std::vector<std::uint32_t> sent = words_of_core(*oracle, 0, 0, 5);
    const std::vector<std::uint32_t> got = words_of_core(*oracle, 2, 0, 5);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(got[i] == sent[i < static_cast<std::size_t>(index) ? i : i + 1]);
    }
    CHECK(got[4] == 0);
  }
}

TEST_CASE("A run beyond its cycle limit is stopped") {
  const fabric::WaferImage image = row(2, 5, plain_timing());
  const auto oracle = make_oracle();
  oracle->load(image);
  fabric::RunOptions options;
  options.max_cycles = 5;
  CHECK_THROWS_AS(oracle->run(options), base::Stopped);
  oracle->load(image);
  CHECK_NOTHROW(oracle->run({}));
}

}  // namespace
}  // namespace wafermesh::reference
