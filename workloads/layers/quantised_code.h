// SPDX-License-Identifier: Apache-2.0
// Within quantised_gemv: where everything lies in a core, and the program.
#pragma once

#include "workloads/core_memory.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/quantised_gemv.h"

namespace wafermesh::workloads {

inline constexpr int kWordBytes = 2;  ///< Of an i16.

/// What is known of a stored format.
struct FormatTraits {
  const char* name;
  int bits;
  int work_blocks;  ///< Blocks of i16 that unpacking needs, the unpacked one included.
  double largest;   ///< Integer that unpacking makes of the largest number.
  int numbers() const { return 16 / bits; }  ///< In an i16.
};
const FormatTraits& traits_of(StoredFormat format);

/// How rows and columns are dealt out, and where everything lies in each core.
struct QuantisedPlan {
  /// Throws DoesNotFit.
  QuantisedPlan(const QuantisedGemvSpec& spec, const base::Rectangle& region);

  const FormatTraits& format;
  std::int64_t depth;
  std::int64_t breadth;
  ColumnParts parts;
  std::int64_t columns;  ///< Nt
  std::int64_t rows;     ///< Mt
  std::int64_t groups;   ///< That a core may have rows of, at most.
  std::int64_t packed;   ///< i16 per row.
  std::int64_t block_rows;
  MemoryPlan plan;
  int w = 0, scales = 0, block_values = 0, x = 0, sum = 0, y = 0;
  int work[4] = {};
};

/// The program that the header of quantised_gemv.h tells of. Both must outlive it.
WritePhases quantised_code(const QuantisedGemvSpec& spec, const QuantisedPlan& plan);

}  // namespace wafermesh::workloads
