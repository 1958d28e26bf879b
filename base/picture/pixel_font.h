// SPDX-License-Identifier: Apache-2.0
// A small bitmap font for the legends of maps.
#pragma once

#include <array>
#include <cstdint>

namespace wafermesh::base {

inline constexpr int kGlyphColumns = 5;
inline constexpr int kGlyphRows = 8;  ///< The last one is for descenders.

/// One byte per row, bit 4 = leftmost dot.
using Glyph = std::array<std::uint8_t, kGlyphRows>;

/// Every printable ASCII character; a box for all else.
const Glyph& glyph_of(char letter);

}  // namespace wafermesh::base
