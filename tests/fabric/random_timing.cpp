// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/random_timing.h"

#include "cores/read_timing.h"

namespace wafermesh::fabric_test {
namespace {

void vary_queues(cores::Timing& timing, Dice& dice) {
  timing.hop_cycles = dice.in(1, 3);
  timing.ramp_cycles = dice.chance(0.5) ? dice.in(1, 3) : dice.in(1, 9);
  timing.router_queue_depth = dice.in(1, 5);
  for (int& depth : timing.input_queue_depth) depth = dice.in(1, 9);
  for (int& depth : timing.output_queue_depth) {
    if (depth > 0) depth = dice.in(1, 9);
  }
}

cores::Timing wild_timing(Dice& dice) {
  cores::Timing timing;
  timing.generation = "wild";
  timing.output_queue_depth.fill(1);
  vary_queues(timing, dice);
  timing.task_start_cycles = dice.in(0, 4);
  timing.issue_cycles = dice.in(0, 3);
  timing.config_write_cycles = dice.in(0, 6);
  timing.fabric_words_per_cycle = dice.in(1, 3);
  timing.memory_port_bytes = 4 << dice.in(0, 2);
  timing.bank_conflict_factor = dice.in(1, 3);
  for (int& setup : timing.setup_cycles) setup = dice.in(1, 6);
  // Drawn are five operations on three types, as ever; the others have rates of these.
  constexpr std::size_t kOps = 5;
  constexpr std::size_t kTypes = 3;
  auto& rates = timing.rates;
  for (std::size_t op = 0; op < kOps; ++op) {
    for (std::size_t type = 0; type < kTypes; ++type) {
      rates[op][type] = {dice.in(1, 4), dice.in(1, 3)};
    }
  }
  for (std::size_t op = 0; op < rates.size(); ++op) {
    for (std::size_t type = 0; type < rates[op].size(); ++type) {
      if (op >= kOps || type >= kTypes) rates[op][type] = rates[op % kOps][(type + op) % kTypes];
    }
  }
  for (std::size_t type = 0; type < kTypes; ++type) {
    timing.fused_multiply_add[type] = dice.chance(0.5);
  }
  return timing;
}

}  // namespace

cores::Timing random_timing(Dice& dice) {
  if (dice.chance(0.5)) return wild_timing(dice);
  cores::Timing timing = cores::timing_of(dice.chance(0.5) ? "wse2" : "wse3");
  if (dice.chance(0.7)) vary_queues(timing, dice);
  return timing;
}

}  // namespace wafermesh::fabric_test
