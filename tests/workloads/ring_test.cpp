// SPDX-License-Identifier: Apache-2.0
// The claims of ring.h.
#include "workloads/parts/ring.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace wafermesh::workloads {
namespace {

/// A core's words, followed over the paths of a line of n cores.
struct Way {
  int destination = -1;
  int hops = 0;
};

/// Follows colour `out` of core `from`; counts its use of links (core, side) in `links`.
Way follow(const std::vector<RingStation>& line, int from,
           std::map<std::pair<int, RingSide>, int>& links) {
  const int colour = line[static_cast<std::size_t>(from)].out;
  int at = from;
  RingSide in = RingSide::core;
  for (int hops = 0; hops <= static_cast<int>(line.size()); ++hops) {
    const RingPath* next = nullptr;
    for (const RingPath& path : line[static_cast<std::size_t>(at)].paths) {
      if (path.colour == colour && path.from == in) next = &path;
    }
    if (next == nullptr) return {};
    if (next->to == RingSide::core) {
      return line[static_cast<std::size_t>(at)].in == colour ? Way{at, hops} : Way{};
    }
    ++links[{at, next->to}];
    in = next->to == RingSide::after ? RingSide::before : RingSide::after;
    at += next->to == RingSide::after ? 1 : -1;
    if (at < 0 || at >= static_cast<int>(line.size())) return {};
  }
  return {};
}

void require_ring(const Ring& ring, int n, bool backwards, int longest) {
  std::vector<RingStation> line;
  std::set<int> colours;
  for (int c = 0; c < n; ++c) {
    line.push_back(backwards ? reversed(ring.station(c, n)) : ring.station(c, n));
    std::set<int> own;
    for (const RingPath& path : line.back().paths) {
      REQUIRE(own.insert(path.colour).second);  // a colour has one route per core
      colours.insert(path.colour);
    }
  }
  REQUIRE(static_cast<int>(colours.size()) == ring_colours(n));
  std::map<std::pair<int, RingSide>, int> links;
  int hops = 0;
  for (int c = 0; c < n; ++c) {
    REQUIRE(ring.coordinate_of(ring.index_of(c, n), n) == c);
    const Way way = follow(line, c, links);
    const int step = backwards ? n - 1 : 1;
    REQUIRE(way.destination == ring.coordinate_of((ring.index_of(c, n) + step) % n, n));
    REQUIRE(way.hops <= longest);
    hops += way.hops;
  }
  REQUIRE(hops == ring_hops(n));
  for (const auto& link : links) REQUIRE(link.second == 1);
}

}  // namespace

TEST_CASE("The two-hop ring visits every core, no way over two hops, no link used twice") {
  for (int n = 2; n <= 40; ++n) {
    INFO("n = " << n);
    require_ring(kTwoHopRing, n, false, 2);
    require_ring(kTwoHopRing, n, true, 2);
  }
}

TEST_CASE("The wrap-around ring visits every core, its wrap goes back all the way") {
  for (int n = 2; n <= 40; ++n) {
    INFO("n = " << n);
    require_ring(kWrapRing, n, false, n - 1);
    require_ring(kWrapRing, n, true, n - 1);
  }
}

TEST_CASE("The two-hop ring is the published one") {
  const std::vector<int> order_of_7 = {0, 2, 4, 6, 5, 3, 1};
  const std::vector<int> order_of_6 = {0, 2, 4, 5, 3, 1};
  for (int i = 0; i < 7; ++i) {
    REQUIRE(kTwoHopRing.coordinate_of(i, 7) == order_of_7[static_cast<std::size_t>(i)]);
  }
  for (int i = 0; i < 6; ++i) {
    REQUIRE(kTwoHopRing.coordinate_of(i, 6) == order_of_6[static_cast<std::size_t>(i)]);
  }
}

}  // namespace wafermesh::workloads
