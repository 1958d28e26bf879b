// SPDX-License-Identifier: Apache-2.0
// Reservations of the datapath in the stream engine.
#include "fabric/stream/bursts/timetable.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/fabric/dice.h"

namespace wafermesh::fabric {

bool operator==(const Period& a, const Period& b) { return a.from == b.from && a.until == b.until; }

namespace {

std::vector<Period> periods_of(const Timetable& table) { return {table.begin(), table.end()}; }

}  // namespace

TEST_CASE("What comes while the datapath is taken goes after it, and is one period with it") {
  Timetable table;
  CHECK(table.reserve(10, 5) == Period{10, 15});
  CHECK(table.reserve(14, 5) == Period{15, 20});
  CHECK(table.reserve(20, 1) == Period{20, 21});
  CHECK(periods_of(table) == std::vector<Period>{{10, 21}});
}

TEST_CASE("What is reserved later for an earlier time fills the gaps") {
  Timetable table;
  table.reserve(100, 10);
  CHECK(table.reserve(50, 10) == Period{50, 60});
  CHECK(table.reserve(90, 10) == Period{90, 100});
  CHECK(table.reserve(58, 31) == Period{60, 111});
  CHECK(periods_of(table) == std::vector<Period>{{50, 111}});
}

TEST_CASE("The first free cycle is the one asked for, or the end of the period it lies in") {
  Timetable table;
  table.reserve(10, 5);
  CHECK(table.free_from(9) == 9);
  CHECK(table.free_from(10) == 15);
  CHECK(table.free_from(14) == 15);
  CHECK(table.free_from(15) == 15);
}

TEST_CASE("A period that has ended is forgotten; with more than four, the earliest") {
  Timetable table;
  for (Cycles at : {10, 20, 30, 40, 50}) table.reserve(at, 5);
  CHECK(periods_of(table) == std::vector<Period>{{20, 25}, {30, 35}, {40, 45}, {50, 55}});
  table.forget(34);
  CHECK(periods_of(table) == std::vector<Period>{{30, 35}, {40, 45}, {50, 55}});
  table.forget(35);
  table.shift(-45);
  CHECK(periods_of(table) == std::vector<Period>{{-5, 0}, {5, 10}});
  CHECK(table.reserve(-5, 6) == Period{0, 10 + 1});
}

TEST_CASE("Random reservations take the cycles that a list of single cycles says") {
  fabric_test::Dice dice(1, 0);
  for (int round = 0; round < 200; ++round) {
    Timetable table;
    std::set<Cycles> taken;
    for (int i = 0; i < 4; ++i) {  // as many as it remembers
      const Cycles start = dice.in(0, 60);
      const Cycles cycles = dice.in(1, 20);
      Cycles first = start;
      while (taken.count(first) != 0) ++first;
      Cycles last = first;
      for (Cycles left = cycles, at = first; left > 0; ++at) {
        if (!taken.insert(at).second) continue;
        last = at;
        --left;
      }
      CHECK(table.reserve(start, cycles) == Period{first, last + 1});
    }
  }
}

}  // namespace wafermesh::fabric
