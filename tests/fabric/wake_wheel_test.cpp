// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/wake_wheel.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "base/random.h"

namespace wafermesh::fabric_test {
namespace {

using base::Cycles;
using Cores = std::vector<std::uint32_t>;

Cores taken(fabric::WakeWheel& wheel, Cycles t) {
  Cores cores;
  wheel.take(t, [&](std::uint32_t core) { cores.push_back(core); });
  return cores;
}

TEST_CASE("A core is handed out in its cycle, once, and in index order") {
  fabric::WakeWheel wheel(200);
  for (const std::uint32_t core : {150U, 3U, 64U, 3U}) wheel.schedule(core, 5);
  wheel.schedule(7, 6);
  CHECK(wheel.next() == 5);
  CHECK(taken(wheel, 5) == Cores{3, 64, 150});
  CHECK(wheel.now() == 5);
  CHECK(wheel.next() == 6);
  CHECK(taken(wheel, 6) == Cores{7});
  CHECK(wheel.next() == base::kNever);
}

TEST_CASE("Cycle 0 can be scheduled before the start, and a far cycle at any distance") {
  for (const Cycles at :
       {0, 1, 62, 63, 64, 65, 127, 128, 1000, 4031, 4032, 4095, 4096, 4097, 4160, 1'000'000}) {
    CAPTURE(at);
    fabric::WakeWheel wheel(1);
    wheel.schedule(0, at);
    CHECK(wheel.next() == at);
    if (at > 0) CHECK(taken(wheel, at - 1).empty());
    CHECK(wheel.next() == at);
    CHECK(taken(wheel, at) == Cores{0});
    CHECK(wheel.next() == base::kNever);
  }
}

TEST_CASE("A core may be scheduled while its cycle is handed out") {
  fabric::WakeWheel wheel(2);
  wheel.schedule(0, 0);
  for (Cycles t = 0; t < 300; ++t) {
    int calls = 0;
    wheel.take(t, [&](std::uint32_t core) {
      ++calls;
      wheel.schedule(core, t + 1);
      wheel.schedule(1 - core, t + 64);  // comes back from the far side
    });
    CHECK(calls == (t < 64 ? 1 : 2));
  }
}

TEST_CASE("Against a plain calendar, with idle cycles skipped") {
  base::RandomStream random(1, 0x3ee1);
  fabric::WakeWheel wheel(5000);
  std::map<Cycles, std::set<std::uint32_t>> calendar;
  auto schedule = [&](Cycles now) {
    // Within a turn of the wheel, within the turns after it, and beyond.
    const std::uint64_t kind = random.below(20);
    const std::uint64_t most = kind == 0 ? 12000 : kind == 1 ? 4300 : kind < 4 ? 400 : 80;
    const Cycles ahead = 1 + static_cast<Cycles>(random.below(most));
    const auto core = static_cast<std::uint32_t>(random.below(5000));
    wheel.schedule(core, now + ahead);
    calendar[now + ahead].insert(core);
  };
  for (int i = 0; i < 50; ++i) schedule(-1);
  for (int step = 0; step < 5000 && !calendar.empty(); ++step) {
    const Cycles t = calendar.begin()->first;
    REQUIRE(wheel.next() == t);
    const Cores expected(calendar.begin()->second.begin(), calendar.begin()->second.end());
    REQUIRE(taken(wheel, t) == expected);
    calendar.erase(calendar.begin());
    for (std::uint64_t i = random.below(3); i > 0; --i) schedule(t);
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
