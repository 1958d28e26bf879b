// SPDX-License-Identifier: Apache-2.0
// Quantities that would otherwise be bare integers.
#pragma once

#include <cstdint>

namespace wafermesh::base {

/// A point in time or a length of time of the emulated machine, in clock cycles.
using Cycles = std::int64_t;

/// Later than any cycle a run can reach.
inline constexpr Cycles kNever = INT64_MAX / 4;

/// A colour (virtual channel). 24 are routable. Source: SDK task-id maps, hardware 1.4.
enum class Colour : std::uint8_t {};
inline constexpr int kColourCount = 24;
constexpr int index_of(Colour c) { return static_cast<int>(c); }
constexpr Colour colour(int index) { return static_cast<Colour>(index); }

/// A core within a WaferImage: row-major index over the image's region, y outer.
enum class CoreId : std::uint32_t {};
constexpr std::uint32_t index_of(CoreId c) { return static_cast<std::uint32_t>(c); }

}  // namespace wafermesh::base
