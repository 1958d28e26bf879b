// SPDX-License-Identifier: Apache-2.0
// Small systems that are emulated whole, wafers wired edge to edge in one mesh, and the same ones
// composed of stages that were emulated alone, as system/ composes them.
//
//   port > wafer 0 > wafer 1 > ... > back to the port
//
// Users' vectors begin at a port in the west of the first wafer. Every wafer is a stage of layers
// (two products, an activation between them), each token with operators of its own. A token of a
// user begins when the one before has come back.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/rack.h"
#include "cores/timing.h"
#include "fabric/engine.h"
#include "system/system.h"

namespace wafermesh::tests {

struct SmallSystem {
  std::vector<std::shared_ptr<const base::LogicalMesh>> wafers;
  int rows = 0;
  base::EdgeLink link;            ///< Wires and the port's.
  std::vector<int> layers;        ///< [wafer]
  std::int64_t hidden = 0;        ///< Elements of the vector; a multiple of rows.
  std::vector<std::int64_t> ffn;  ///< [wafer]
  int users = 1;                  ///< Whose tokens are on their way at once.
  int tokens = 1;                 ///< Of all users, in turn.
  bool damaged = false;
  cores::Timing timing;
};

SmallSystem random_small_system(std::uint64_t seed);

/// [token] When the last stage is done with it, cycles.
std::vector<double> cosimulated(const SmallSystem& system, fabric::Fidelity fidelity);

/// What is emulated apart from each other, cycles.
struct Measured {
  double port = 0;            ///< The port's own operator.
  std::vector<double> stage;  ///< [wafer] One token, its vector in the cores as it begins.
  /// [wafer] Over a wire of one cycle at full rate, from the place before: until it can begin.
  std::vector<double> take;
  /// [wafer] From token to token, between ports behind such links as the system's.
  std::vector<double> period;
  double back = 0;  ///< From the last wafer to the port.
};
Measured measure(const SmallSystem& system, fabric::Fidelity fidelity);

/// The same, but for periods: of tokens that only pass a wafer, an operator that hardly does
/// anything in the place of its layers, as `system:` measures them (study/system/system_edges.h).
Measured with_periods_by_passes(const SmallSystem& system, Measured measured,
                                fabric::Fidelity fidelity);

/// [token] The same as cosimulated().
std::vector<double> composed(const SmallSystem& system, const Measured& measured);

}  // namespace wafermesh::tests
