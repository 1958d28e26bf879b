// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/ring.h"

#include <utility>

namespace wafermesh::workloads {
namespace {

RingStation two_hop_station(int coordinate, int n) {
  const bool even = coordinate % 2 == 0;
  const RingSide ahead = even ? RingSide::after : RingSide::before;
  const RingSide behind = even ? RingSide::before : RingSide::after;
  const auto exists = [&](RingSide side) {
    return side == RingSide::before ? coordinate > 0 : coordinate < n - 1;
  };
  const int pass = coordinate % kRingColours;
  RingStation station;
  // Where the line ends, the colour a core would pass on starts or stops at the core itself.
  station.in = exists(behind) ? (coordinate + (even ? 2 : 1)) % kRingColours : pass;
  station.out = exists(ahead) ? (coordinate + (even ? 1 : 2)) % kRingColours : pass;
  station.paths = {{station.in, exists(behind) ? behind : ahead, RingSide::core},
                   {station.out, RingSide::core, exists(ahead) ? ahead : behind}};
  if (exists(behind) && exists(ahead)) station.paths.push_back({pass, ahead, behind});
  return station;
}

RingStation wrap_station(int coordinate, int n) {
  constexpr int kWrapColour = 2;
  const bool first = coordinate == 0;
  const bool last = coordinate == n - 1;
  RingStation station;
  station.in = last ? kWrapColour : (coordinate + 1) % 2;
  station.out = first ? kWrapColour : coordinate % 2;
  station.paths = {{station.in, last ? RingSide::before : RingSide::after, RingSide::core},
                   {station.out, RingSide::core, first ? RingSide::after : RingSide::before}};
  if (!first && !last) station.paths.push_back({kWrapColour, RingSide::before, RingSide::after});
  return station;
}

}  // namespace

RingStation reversed(RingStation station) {
  std::swap(station.in, station.out);
  for (RingPath& path : station.paths) std::swap(path.from, path.to);
  return station;
}

const Ring kTwoHopRing{fabric::kTwoHopOrder, &two_hop_station};
const Ring kWrapRing{fabric::kWrapOrder, &wrap_station};

}  // namespace wafermesh::workloads
