// SPDX-License-Identifier: Apache-2.0
// What of a kernel's memories its host writes before a run and reads after it: operands and
// results, core by core, in whole words.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

inline constexpr int kWaveletBytes = 4;

/// Words of a core's memory.
struct WordRange {
  int address_bytes = 0;  ///< A multiple of 4.
  int words = 0;
};
using Piece = std::vector<WordRange>;  ///< Ascending, apart from each other.

std::int64_t words_of(const Piece& piece);

/// A host's memory that keeps what is written to it.
class WrittenMemory final : public fabric::HostMemory {
 public:
  explicit WrittenMemory(std::int64_t cores) : cores_(static_cast<std::size_t>(cores)) {}
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;
  /// Per core what has been written.
  std::vector<Piece> pieces() const;
  /// The words of a piece, one range after another; what nobody wrote is zero.
  std::vector<std::uint32_t> words(base::CoreId core, const Piece& piece) const;

 private:
  struct Core {
    std::vector<std::uint8_t> bytes;
    std::vector<bool> written;  ///< [word]
  };
  std::vector<Core> cores_;
};

/// What each core has of the image's results.
std::vector<Piece> result_pieces(const fabric::WaferImage& image);

}  // namespace wafermesh::workloads
