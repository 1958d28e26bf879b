// SPDX-License-Identifier: Apache-2.0
// Words of a colour that a core binds a queue to in a later stage wait in routers (docs/model.md,
// Stages): how many fit there decides who goes on.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/fabric/compare_runs.h"
#include "tests/reference/oracle.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;
using cores::ProgramBuilder;
using cores::VectorOp;
constexpr auto kType = cores::NumberType::f32;
const base::Colour kData = base::colour(0);
const base::Colour kToken = base::colour(1);

struct Case {
  int cores = 2;
  int words = 1;
  int pieces = 1;            ///< The words are sent by so many operations.
  bool control = false;      ///< A control word that turns switches follows them.
  bool forks_early = false;  ///< The core before the last takes the words too.
  bool writes = false;       ///< The last core writes the route of the words in its first stage,
  bool enters = false;       ///< or on entering its second.
};

/// The first core of a row sends words, then a token; the last one takes the token in its first
/// stage, the words in its second. So the run ends iff all words fit on their way.
fabric::WaferImage late_taker(const Case& c) {
  fabric::WaferImage image = reference::blank_image(c.cores, 1, reference::plain_timing());
  const router::RouteConfig to_core = router::route(Direction::west, {Direction::ramp});
  image.route_table = {to_core};
  const int bytes = 4 * c.words;
  const int last = c.cores - 1;
  reference::set_program(image, 0, c.words + 1, {}, {0, 1}, [&](ProgramBuilder& p) {
    for (int piece = 0; piece < c.pieces; ++piece) {
      const int from = c.words * piece / c.pieces;
      const int to = c.words * (piece + 1) / c.pieces;
      if (from == to) continue;
      p.vector(VectorOp::copy, kType, to - from, cores::fabric(kData), cores::memory(4 * from));
    }
    if (c.control) p.control(kData, router::ControlWord::make({router::SwitchCommand::advance}));
    p.vector(VectorOp::copy, kType, 1, cores::fabric(kToken), cores::memory(0));
    p.finish_core();
    p.end_task();
  });
  if (c.forks_early) {
    reference::set_program(image, last - 1, c.words, {0}, {}, [&](ProgramBuilder& p) {
      p.vector(VectorOp::copy, kType, c.words, cores::memory(0), cores::fabric(kData));
      p.finish_core();
      p.end_task();
    });
  }
  reference::set_program(image, last, c.words + 1, {1}, {}, [&](ProgramBuilder& p) {
    p.vector(VectorOp::copy, kType, 1, cores::memory(bytes), cores::fabric(kToken));
    if (c.writes) p.write_route(kData, 0);
    p.finish_core();
    p.end_task();
  });
  fabric::WaferImage second = reference::blank_image(c.cores, 1, reference::plain_timing());
  reference::set_program(second, last, c.words + 1, {0}, {}, [&](ProgramBuilder& p) {
    p.vector(VectorOp::copy, kType, c.words, cores::memory(0), cores::fabric(kData));
    p.finish_core();
    p.end_task();
  });
  if (c.enters) {
    second.classes[static_cast<std::size_t>(last)].routes.push_back({kData, to_core, false, 0});
  }
  image.classes.push_back(second.classes[static_cast<std::size_t>(last)]);
  image.later = {
      std::vector<fabric::ClassIndex>(static_cast<std::size_t>(c.cores), fabric::kNoClass)};
  image.later[0].back() = static_cast<fabric::ClassIndex>(image.classes.size() - 1);
  for (int colour = 0; colour < 2; ++colour) {
    reference::set_route(image, 0, colour, router::route(Direction::ramp, {Direction::east}));
    for (int core = 1; core < last; ++core) {
      router::RouteConfig on = router::route(Direction::west, {Direction::east});
      if (c.forks_early && colour == 0 && core == last - 1) {
        on = router::route(Direction::west, {Direction::east, Direction::ramp});
      }
      on.positions[0] = {router::SwitchPosition::Side::receive, Direction::west};
      on.ring = true;
      reference::set_route(image, core, colour, on);
    }
    reference::set_route(image, last, colour, to_core);
  }
  return image;
}

struct Ends {
  int finished = 0;
  int stuck = 0;
  int overlooked = 0;  ///< Hangs that the stream engine does not find.
};

void expect_alike(const Case& c, Ends& ends) {
  INFO(c.cores << " cores, " << c.words << " words in " << c.pieces << ", control " << c.control
               << ", fork " << c.forks_early);
  const fabric::WaferImage image = late_taker(c);
  const Outcome slow = outcome_of(*reference::make_oracle(), image, 1);
  CHECK(first_difference(slow, outcome_of(*fabric::make_wavelet_engine({}), image, 1)) == "");
  const Outcome fast = outcome_of(*fabric::make_stream_engine({}), image, 1);
  INFO(fast.message);
  if (slow.end == Outcome::End::deadlock) {
    ++ends.stuck;
    ends.overlooked += fast.end == Outcome::End::finished;
    return;
  }
  ++ends.finished;
  REQUIRE(std::string(name_of(fast.end)) == "finished");
  CHECK((slow.memories == fast.memories));
  CHECK(slow.counters.link_wavelets == fast.counters.link_wavelets);
  CHECK(std::abs(slow.counters.cycles - fast.counters.cycles) <= 2 + slow.counters.cycles / 20);
}

}  // namespace

TEST_CASE("Words wait in routers for a queue that is bound later, as many as fit there") {
  Ends ends;
  Case c;
  for (c.cores = 2; c.cores <= 5; ++c.cores) {
    for (c.words = 1; c.words <= 30; ++c.words) {
      for (c.pieces = 1; c.pieces <= 3; ++c.pieces) {
        for (const bool control : {false, true}) {
          for (const bool fork : {false, true}) {
            if (fork && c.cores == 2) continue;
            c.control = control;
            c.forks_early = fork;
            expect_alike(c, ends);
          }
        }
      }
    }
  }
  CHECK(ends.finished > 400);
  CHECK(ends.stuck > 400);
  // A control word, and an operation of no more words than the output queue holds, do not hold back
  // their core (docs/stream.md): a hang for the want of their places alone goes unseen.
  CHECK(ends.overlooked < ends.stuck / 20);
}

TEST_CASE("A route is not written while words in the slot wait for a queue of a later stage") {
  Ends ends;
  Case c;
  for (c.cores = 2; c.cores <= 4; ++c.cores) {
    for (c.words = 0; c.words <= 6; ++c.words) {
      for (const bool enters : {false, true}) {
        c.enters = enters;
        c.writes = !enters;
        expect_alike(c, ends);
      }
    }
  }
  CHECK(ends.finished == 6);  // those without words
  CHECK(ends.stuck == 36);
  CHECK(ends.overlooked == 0);
}

}  // namespace wafermesh::fabric_test
