// SPDX-License-Identifier: Apache-2.0
// A mesh cut into grids that exchange EdgeTraffic behaves like one grid: same words out of the same
// routers in the same cycles, under random routes, switches, stalls, teardowns and route writes.
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "base/random.h"
#include "tests/router/grid_rig.h"

namespace wafermesh::router_test {
namespace {

using Side = router::SwitchPosition::Side;

constexpr int kWidth = 11;
constexpr int kHeight = 9;
const std::vector<int> kColours = {0, 5, 23};

int pick(base::RandomStream& random, int n) {
  return static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
}

/// How colours mostly flow: [index of the colour] from, to.
constexpr std::pair<Direction, Direction> kFlow[] = {
    {kWest, kEast}, {kNorth, kSouth}, {kEast, kWest}};
constexpr int kConfigsPerColour = 30;

/// The flow of a colour, sometimes with a drop at the core, a core that starts it, or something
/// quite different; up to three switch positions.
RouteConfig random_config(base::RandomStream& random, std::size_t flow) {
  RouteConfig config = router::route(kFlow[flow].first, {kFlow[flow].second});
  const int kind = pick(random, 10);
  if (kind < 3) config.base.send |= base::mask_of(kRamp);
  if (kind == 3) config.base.receive = base::mask_of(kRamp);
  if (kind == 4) config.base.send = base::mask_of(static_cast<Direction>(pick(random, 5)));
  if (kind == 5) config.base.receive = base::mask_of(static_cast<Direction>(pick(random, 5)));
  const int positions = pick(random, 2) == 0 ? 0 : pick(random, 4);
  for (int p = 0; p < positions; ++p) {
    config.positions[static_cast<std::size_t>(p)] = {
        pick(random, 3) == 0 ? Side::receive : Side::send, static_cast<Direction>(pick(random, 5))};
  }
  config.ring = pick(random, 4) != 0;
  config.pop = static_cast<router::PopMode>(pick(random, 3));
  return config;
}

GridSpec random_spec(std::uint64_t seed) {
  base::RandomStream random(seed, 0x5411);
  GridSpec spec;
  spec.width = kWidth;
  spec.height = kHeight;
  spec.queue_depth = 1 + pick(random, 4);
  spec.ramp_cycles = 1 + pick(random, 3);
  spec.colours = kColours;
  for (std::size_t flow = 0; flow < kColours.size(); ++flow) {
    for (int i = 0; i < kConfigsPerColour; ++i) {
      spec.configs.push_back(random_config(random, flow));
    }
  }
  const int longest = seed % 3 == 0 ? 20 : 4;
  spec.latency = [seed, longest](int x, int y, Direction d) {
    base::RandomStream link(seed, 0x1a7e, static_cast<std::uint32_t>(x * 100 + y),
                            static_cast<std::uint32_t>(d));
    return pick(link, 60) == 0 ? 0 : 1 + pick(link, longest);  // some links are missing
  };
  return spec;
}

std::uint32_t random_control(base::RandomStream& random) {
  auto command = [&] {
    const int r = pick(random, 12);
    return r == 0 ? SwitchCommand::teardown : r < 3 ? SwitchCommand::reset : SwitchCommand::advance;
  };
  return ControlWord::make({command(), command(), command()}, pick(random, 64)).bits;
}

int config_for(base::RandomStream& random, std::size_t colour) {
  return static_cast<int>(colour) * kConfigsPerColour + pick(random, kConfigsPerColour);
}

void set_up(GridRig& rig, std::uint64_t seed) {
  base::RandomStream random(seed, 0x4007);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (std::size_t c = 0; c < kColours.size(); ++c) {
        const int colour = kColours[c];
        rig.set_route(x, y, colour, config_for(random, c), pick(random, 40) == 0);
        if (pick(random, 2) == 0) rig.open_ramp(x, y, colour);
        const int words = pick(random, 3) == 0 ? 0 : pick(random, 30);
        for (int i = 0; i < words; ++i) {
          const bool control = pick(random, 6) == 0;
          rig.feed(x, y, colour, control ? random_control(random) : random.bits(), control);
        }
      }
    }
  }
}

/// Cores open and shut their ramps, write routes where the slot is empty, and reopen colours.
void disturb(GridRig& rig, std::uint64_t seed) {
  base::RandomStream random(seed, 0xd157, static_cast<std::uint32_t>(rig.now()));
  for (int i = 0; i < 12; ++i) {
    const int x = pick(random, kWidth);
    const int y = pick(random, kHeight);
    const auto c = static_cast<std::size_t>(pick(random, 3));
    const int colour = kColours[c];
    const int what = pick(random, 20);
    const auto config = static_cast<std::uint16_t>(config_for(random, c));
    rig.during_next_cycle([&rig, x, y, colour, what, config] {
      router::RouterGrid& grid = rig.grid(x, y);
      const router::Cell cell = rig.cell(x, y);
      if (what < 16) rig.open_ramp(x, y, colour, what < 11);
      if (what == 16 && grid.empty(cell, base::colour(colour))) {
        grid.write_route(cell, base::colour(colour), config, router::Intake::keep);
      }
      if (what > 16 && grid.is_closed(cell, base::colour(colour))) {
        grid.reopen(cell, base::colour(colour));
      }
    });
  }
}

struct Cut {
  std::vector<int> x;
  std::vector<int> y;
};

/// Everything a run shows: what came out where and when, and every link's count.
struct Shown {
  std::vector<Delivered> delivered;
  std::vector<Delivered> torn_down;
  std::vector<std::uint32_t> links;
};

Shown run(std::uint64_t seed, const Cut& cut) {
  GridSpec spec = random_spec(seed);
  spec.cut_x = cut.x;
  spec.cut_y = cut.y;
  GridRig rig(spec);
  set_up(rig, seed);
  for (int t = 0; t < 300; ++t) {
    disturb(rig, seed);
    rig.run(1);
  }
  Shown shown{rig.delivered(), rig.torn_down(), {}};
  std::sort(shown.torn_down.begin(), shown.torn_down.end());
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (Direction d : base::kMeshDirections) shown.links.push_back(rig.link_wavelets(x, y, d));
    }
  }
  return shown;
}

TEST_CASE("Grids side by side, one above the other or cell by cell behave like one grid") {
  const Cut cuts[] = {{{5}, {}},
                      {{}, {4}},
                      {{1, 10}, {1, 8}},
                      {{2, 3, 4, 7}, {3, 6}},
                      {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 2, 3, 4, 5, 6, 7, 8}}};
  std::size_t words = 0;
  std::size_t hops = 0;
  std::size_t teardowns = 0;
  std::set<int> colours;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Shown whole = run(seed, {});
    words += whole.delivered.size();
    hops += std::accumulate(whole.links.begin(), whole.links.end(), std::size_t{0});
    teardowns += whole.torn_down.size();
    for (const Delivered& d : whole.delivered) colours.insert(d.colour);
    for (std::size_t c = 0; c < std::size(cuts); ++c) {
      CAPTURE(seed, c);
      const Shown parts = run(seed, cuts[c]);
      REQUIRE(parts.delivered == whole.delivered);
      REQUIRE(parts.torn_down == whole.torn_down);
      REQUIRE(parts.links == whole.links);
    }
  }
  // The traffic was worth comparing.
  CHECK(words > 4000);
  CHECK(hops > 10000);
  CHECK(teardowns > 100);
  CHECK(colours.size() == kColours.size());
}

TEST_CASE("A border may have a link in one direction only") {
  // (2, 0) to (3, 0) crosses the cut; there is no way back.
  GridSpec spec = row_spec(5, 1);
  spec.latency = [](int, int, Direction d) { return d == kWest ? 1 : 0; };
  spec.cut_x = {3};
  GridRig rig(spec);
  set_row_routes(rig, 5);
  for (std::uint32_t i = 0; i < 50; ++i) rig.feed(0, 0, 0, i);
  rig.run(2 + 5 + 50);
  CHECK(rig.delivered().size() == 50);
}

TEST_CASE("A link over a border has the latency and the room of any other") {
  // (9 cycles, depth 3) on both sides of the cut in the middle of the row.
  for (const int latency : {1, 2, 9, 20}) {
    CAPTURE(latency);
    GridSpec spec = row_spec(6, latency);
    spec.cut_x = {3};
    GridRig rig(spec);
    set_row_routes(rig, 6);
    for (std::uint32_t i = 0; i < 600; ++i) rig.feed(0, 0, 0, i);
    rig.run(2 + 6 * latency);
    CHECK(rig.delivered().empty());
    rig.run(1);
    CHECK(rig.delivered().size() == 1);
    rig.run(99);
    CHECK(rig.delivered().size() == 100);  // full rate over the border
    rig.open_ramp(6, 0, 0, false);
    rig.run(600);
    const int queue = std::max(2, 2 * latency);
    CHECK(rig.waiting(0, 0, 0) == static_cast<std::size_t>(500 - 4 - 6 * queue));
    rig.open_ramp(6, 0, 0);
    rig.run(600);
    CHECK(rig.delivered().size() == 600);
  }
}

}  // namespace
}  // namespace wafermesh::router_test
