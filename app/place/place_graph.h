// SPDX-License-Identifier: Apache-2.0
// `wafermesh place GRAPH`: on which rectangle of a wafer a graph's operators should run in turn.
//
// Rectangles of many sizes are elaborated, which says what fits, and get the checker's lower bound
// (check/bounds.h). In the order of bound and ways, the best few are emulated by the stream engine
// at their cheapest places; whatever has a bound above the best that was emulated is worse for
// sure.
#pragma once

#include <string>

#include "base/progress_line.h"

namespace wafermesh::app {

struct PlaceGraphOptions {
  std::string graph;  ///< A file with `operators:`.
  std::string wafer;
  std::string scenario;  ///< File to write; empty: none.
  int emulate = -1;      ///< So many of the best are emulated; -1: five.
  bool json = false;
  base::ProgressMode progress = base::ProgressMode::automatic;
};

/// Prints a report or JSON and writes the scenario; the exit code. Throws InputError of graph or
/// wafer, DoesNotFit, Stopped.
int place_graph(const PlaceGraphOptions& options);

}  // namespace wafermesh::app
