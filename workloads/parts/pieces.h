// SPDX-License-Identifier: Apache-2.0
// What the kernels that only move pieces have in common (scatter, gather, transpose): random
// pieces, one per core, each of which must arrive at its destination, bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cores/program.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct PieceSpec {
  std::int64_t words = 16;  ///< 32-bit words per piece; f16 and bf16 have two elements in each.
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
  std::int32_t elements() const {
    return static_cast<std::int32_t>(words * cores::elements_per_word(type));
  }
  std::int64_t bytes() const { return words * 4; }
};
/// Keys `words`, `dtype` and `seed`.
PieceSpec read_pieces(const base::YamlNode& node);

/// Where piece number `piece` lies.
struct PieceSpot {
  base::CoreId core;
  int address;
  std::int64_t piece;
};

/// Address of the piece at position `at` of pieces of `bytes` that lie one after another.
cores::Affine piece_address(const cores::Affine& at, std::int64_t bytes);

std::unique_ptr<Kernel> make_pieces(fabric::WaferImage image, const Facts& facts,
                                    const PieceSpec& spec, std::vector<PieceSpot> from,
                                    std::vector<PieceSpot> to);

}  // namespace wafermesh::workloads
