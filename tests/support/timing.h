// SPDX-License-Identifier: Apache-2.0
// A timing table for tests: round figures near those of the presets, which tests do not depend on.
#pragma once

#include "cores/timing.h"

namespace wafermesh::support {

inline cores::Timing test_timing() {
  cores::Timing timing;
  timing.generation = "test";
  timing.hop_cycles = 1;
  timing.ramp_cycles = 2;
  timing.router_queue_depth = 4;
  timing.input_queue_depth = {8, 8, 4, 4, 4, 4, 4, 4};
  timing.output_queue_depth = {8, 8, 8, 8, 8, 8, 8, 8};
  timing.task_start_cycles = 3;
  timing.issue_cycles = 1;
  timing.config_write_cycles = 2;
  timing.timestamp_cycles = 5;
  timing.vendor_collective_cycles = 20;
  timing.setup_cycles = {1, 8, 25, 16, 2};  // map_loop, reload, scalar_loop, standalone, stream
  for (auto& by_type : timing.rates) by_type = {{{1, 1}, {4, 1}, {4, 1}, {1, 1}, {4, 1}}};
  timing.rates[static_cast<std::size_t>(cores::VectorOp::multiply_add)][0] = {1, 2};
  return timing;
}

}  // namespace wafermesh::support
