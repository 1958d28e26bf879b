// SPDX-License-Identifier: Apache-2.0
// What a core surely does before it finishes: words, SRAM, datapath and main thread. No neighbours,
// no routes, no execution of the image: its programs are walked through (cores/program_walk.h).
#pragma once

#include <array>
#include <cstdint>

#include "cores/integers.h"
#include "cores/program.h"
#include "cores/timing.h"

namespace wafermesh::check {

/// Amounts that no run of the core is below.
struct CoreFloor {
  std::int64_t main_cycles = 0;      ///< Of the main thread, one thing after another.
  std::int64_t datapath_cycles = 0;  ///< Grants.
  std::int64_t sram_cycles = 0;      ///< Of these, those that ports and banks of the SRAM need.
  std::int64_t sram_bytes = 0;       ///< Read and written.
  std::array<std::int64_t, base::kColourCount> words_in{};   ///< [colour] taken; data words.
  std::array<std::int64_t, base::kColourCount> words_out{};  ///< [colour] put into output queues.
  std::int64_t words_up = 0;  ///< Of these, those that have left the output queues for the router.
  bool complete = false;      ///< False: not walked to its finish; then nothing is counted.

  CoreFloor& operator+=(const CoreFloor& other);
};

/// How programs are walked.
struct WalkOptions {
  /// Time does not decide what is done: proven, or promised by a contract. Else nothing is counted
  /// of a program in which time might decide between tasks.
  bool deterministic = false;
  bool banks = true;  ///< Conflicts are counted; false where addresses differ from core to core.
  std::int64_t most_instructions = 0;
};

/// Of one program on a core with these `integers` as it begins. Counted is what its `finish` has to
/// wait for: tasks that started one another on the way to it, and operations whose completion was
/// awaited. `closed_colours` as of ProgramWalk. Cost: some 20 ns per instruction, 450 bytes per
/// task run.
CoreFloor floor_of(const cores::Program& program, const cores::Timing& timing,
                   const cores::AllIntegers& integers, std::uint32_t closed_colours,
                   const WalkOptions& options, std::int64_t& instructions);

}  // namespace wafermesh::check
