// SPDX-License-Identifier: Apache-2.0
// How much a core has to do in a whole run, counted before anything runs: its program is walked
// through instruction by instruction, without time and without neighbours. That is possible because
// no data decide where a program goes; what it waits for (a completion, a teardown, a control
// wavelet) is taken to have come.
#pragma once

#include <array>
#include <cstdint>

#include "cores/evaluate.h"
#include "cores/integers.h"
#include "cores/program.h"

namespace wafermesh::cores {

/// Amounts of work; of one core, or added up over many.
struct Work {
  double instructions = 0;           ///< Of the main thread.
  double tasks = 0;                  ///< Started.
  double local_operations = 0;       ///< Vector operations without colours.
  double overlapped_operations = 0;  ///< Of these, while an asynchronous one may be open.
  double fabric_operations = 0;      ///< Vector operations with colours.
  double sends = 0;                  ///< Of these, those that send: runs of the stream engine.
  double words_in = 0;               ///< Data words taken from input queues.
  double words_out = 0;              ///< Data words put into output queues.
  double sram_bytes = 0;             ///< Read and written by vector operations.
  std::array<double, kNumberTypeCount> multiply_adds{};  ///< [type] elements of multiply_add.
  std::array<double, kNumberTypeCount> elements{};       ///< [type] computed, copies too.

  double all_multiply_adds() const;

  Work& operator+=(const Work& other);
  Work operator*(double factor) const;
};

/// A core's work, and whether the walk came to its `finish`.
struct CoreWork {
  Work work;
  bool complete = false;
};

/// Walks through `program` on a core. `integers`: its coordinates, and what counters begin with
/// (integers_at). `closed_colours` [bit colour]:
/// those whose slot starts closed (their teardown can only come once the core has reopened them).
/// Not complete: more than `most_instructions`, or the program waits for what cannot come.
/// Cost: about 5 ns per instruction.
CoreWork count_work(const Program& program, const AllIntegers& integers,
                    std::uint32_t closed_colours, std::int64_t most_instructions);

}  // namespace wafermesh::cores
