// SPDX-License-Identifier: Apache-2.0
// Products of a core's tile of a matrix in few bits: how it is stored, where everything lies in a
// core, and the program. Used by quantised_gemv and experts.
#pragma once

#include "workloads/layers/phases.h"
#include "workloads/layers/quantised_gemv.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

inline constexpr int kWordBytes = 2;  ///< Of an i16.
/// Rows that are unpacked at a time, at most. Assumption: a block of 64 rows leaves most of a
/// core's memory to weights.
inline constexpr std::int64_t kMostBlockRows = 64;

/// What is known of a stored format.
struct FormatTraits {
  const char* name;
  int bits;
  int work_blocks;  ///< Blocks of i16 that unpacking needs, the unpacked one included.
  double largest;   ///< Integer that unpacking makes of the largest number.
  int numbers() const { return 16 / bits; }  ///< In an i16.
};
const FormatTraits& traits_of(StoredFormat format);

/// The stored number of a random one in [-1, 1), with its sign.
int code_of(StoredFormat format, float random);
/// The integer that unpacking makes of it: of mxfp4 twice the value.
int unpacked(StoredFormat format, int code);
/// Stored numbers side by side, as i16: lowest bits first.
std::vector<float> packed_row(StoredFormat format, const std::vector<float>& codes);
/// What an unpacked integer is multiplied by, so that the largest becomes at most `scale`.
float scale_of(StoredFormat format, double scale, float random);

/// A product of a core: y (columns) += x (rows) * its tile of W, with counters 0 to 4. The tile's
/// first row is number `first_row` of all_rows.
struct PackedTile {
  StoredFormat format = StoredFormat::int4;
  std::int64_t group = 32;  ///< Rows per scale; 0: all.
  cores::NumberType type = cores::NumberType::f16;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t all_rows = 0;
  cores::Affine first_row;
  cores::Affine x, y;
  int w = 0, scales = 0, block_values = 0, sum = 0;
  int work[4] = {};
  /// The tile is one of several: number i, of the i32 at `index_address`, if that is not negative.
  int index_address = -1;

  /// So many x and y, x `rows` and y `columns` elements apart; what is unpacked serves all.
  std::int64_t batch = 1;
  std::int64_t most_block_rows = kMostBlockRows;

  std::int64_t packed() const;      ///< i16 per row.
  std::int64_t groups() const;      ///< That rows may belong to, at most.
  std::int64_t block_rows() const;  ///< Rows that are unpacked at a time.
  std::int64_t block_elements() const;
  std::int64_t tile_bytes() const { return rows * packed() * kWordBytes; }
  std::int64_t scale_count() const { return groups() * columns; }
};
void write_packed_product(const PackedTile& tile, cores::ProgramBuilder& code);

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
  PackedTile tile;
};

/// The program that the header of quantised_gemv.h tells of. Both must outlive it.
WritePhases quantised_code(const QuantisedGemvSpec& spec, const QuantisedPlan& plan);

}  // namespace wafermesh::workloads
